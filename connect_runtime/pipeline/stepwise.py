"""A transform chain applied to one record, each transform judged for itself."""

from __future__ import annotations

from typing import TypeVar

from connect_runtime.model import SinkRecord, SourceRecord
from connect_runtime.pipeline.chain import TransformChain, TransformStep
from connect_runtime.pipeline.tolerance import Operations, Skipped, Stage

__all__ = ["transformed"]

RecordKind = TypeVar("RecordKind", SourceRecord, SinkRecord)
Subject = TypeVar("Subject")


def transformed(
    chain: TransformChain[RecordKind], record: RecordKind, subject: Subject, operations: Operations[Subject]
) -> RecordKind | Skipped | None:
    """The record after all transforms, ``None`` when one dropped it, `Skipped` when one failed and that is tolerated.

    A failure names the transform at fault, and only that one is tried again, as in Kafka Connect.

    Raises:
        ConnectError: One failed and ``errors.tolerance`` is ``none``.
    """
    current: RecordKind | Skipped | None = record
    for step in chain.steps:
        if current is None or isinstance(current, Skipped):
            return current
        current = _through(step, current, subject, operations)
    return current


def _through(
    step: TransformStep, record: RecordKind, subject: Subject, operations: Operations[Subject]
) -> RecordKind | Skipped | None:
    predicate = step.predicate
    if predicate is not None:
        matches = operations.run(
            Stage.TRANSFORMATION, predicate, subject, lambda: predicate.test(record), name=step.alias
        )
        if isinstance(matches, Skipped):
            return matches
        if matches is step.negate:
            return record
    return operations.run(
        Stage.TRANSFORMATION, step.transform, subject, lambda: step.transform.apply(record), name=step.alias
    )
