"""The transform chain of a connector: its ``transforms`` in order, each under its predicate.

A batch goes through one transform after another, not a record through all: so each transform may do for many records at
once what it would do for one, and what it works out about a schema serves the whole batch. Neighbours that edit fields
of the same part take a batch together, and copy each record once. A single record goes step by step, which is how those
of a batch that failed are done again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Generic, NamedTuple

from connect_runtime.errors import PluginError
from connect_runtime.sdk import AnyRecord, Predicate, Transform
from connect_runtime.transforms.fused import FusedTransforms, can_be_fused
from connect_runtime.transforms.part import Part

__all__ = ["TransformChain", "TransformStep"]


@dataclass(frozen=True, slots=True)
class TransformStep:
    """One transform of a chain; it applies where ``predicate`` (``None``: everywhere) differs from ``negate``."""

    alias: str
    transform: Transform
    predicate: Predicate | None = None
    negate: bool = False


class _Stage(NamedTuple):
    """What takes a batch at once: a step, or neighbours as one."""

    alias: str
    transform: Transform | FusedTransforms
    predicate: Predicate | None = None
    negate: bool = False


class TransformChain(Generic[AnyRecord]):
    """Applies transforms to records. Used by one thread, the task's."""

    def __init__(self, steps: Sequence[TransformStep] = ()) -> None:
        self._steps = tuple(steps)
        runs = groupby(self._steps, _fusable_part)
        self._stages = [stage for part, run in runs for stage in _stages(part, list(run))]

    @property
    def is_empty(self) -> bool:
        """Whether records pass unchanged."""
        return not self._steps

    @property
    def steps(self) -> Sequence[TransformStep]:
        """The transforms in order."""
        return self._steps

    def apply(self, record: AnyRecord) -> AnyRecord | None:
        """The record after all transforms, ``None`` when one dropped it."""
        current: AnyRecord | None = record
        for step in self._steps:
            if current is None:
                return None
            if step.predicate is None or step.predicate.test(current) is not step.negate:
                current = step.transform.apply(current)
        return current

    def apply_batch(self, records: Sequence[AnyRecord]) -> Sequence[AnyRecord | None]:
        """`apply` to each; the first failure raises."""
        if not self._steps:
            return records
        results: list[AnyRecord | None] = list(records)
        for stage in self._stages:
            places, chosen = _chosen(stage, results)
            if not chosen:
                continue
            changed = stage.transform.apply_batch(chosen)
            if len(changed) != len(chosen):
                raise PluginError(
                    f"Transform {stage.alias} answered {len(changed)} records for {len(chosen)}: "
                    "apply_batch must give one result for each, None for those it drops"
                )
            if places is None:
                results = list(changed)
            else:
                for place, record in zip(places, changed, strict=True):
                    results[place] = record
        return results

    def close(self) -> None:
        """Release the transforms and predicates."""
        for step in self._steps:
            step.transform.close()
            if step.predicate is not None:
                step.predicate.close()


def _fusable_part(step: TransformStep) -> Part | None:
    """The part that a step could share a copy of with neighbours, ``None`` when it works by itself."""
    transform = step.transform
    return transform.part if step.predicate is None and can_be_fused(transform) else None


def _stages(part: Part | None, run: Sequence[TransformStep]) -> Sequence[_Stage]:
    """Neighbouring steps with this in common."""
    if part is None or len(run) == 1:
        return [_Stage(step.alias, step.transform, step.predicate, step.negate) for step in run]
    fused = FusedTransforms([step.transform for step in run if can_be_fused(step.transform)])
    return [_Stage(", ".join(step.alias for step in run), fused)]


def _chosen(stage: _Stage, records: Sequence[AnyRecord | None]) -> tuple[Sequence[int] | None, Sequence[AnyRecord]]:
    """The records that a stage applies to, and their places; ``None`` for all of them."""
    test, negate = stage.predicate.test if stage.predicate else None, stage.negate
    if test is None:
        kept = [record for record in records if record is not None]
        if len(kept) == len(records):
            return None, kept
        return [place for place, record in enumerate(records) if record is not None], kept
    places, chosen = [], []
    for place, record in enumerate(records):
        if record is not None and test(record) is not negate:
            places.append(place)
            chosen.append(record)
    return (None if len(chosen) == len(records) else places), chosen
