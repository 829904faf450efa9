"""The transform chain of a connector: its ``transforms`` in order, each under its predicate.

A batch goes through one transform after another, not a record through all: so each transform may do for many records at
once what it would do for one, and what it works out about a schema serves the whole batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

from connect_runtime.errors import PluginError
from connect_runtime.sdk import AnyRecord, Predicate, Transform

__all__ = ["TransformChain", "TransformStep"]


@dataclass(frozen=True, slots=True)
class TransformStep:
    """One transform of a chain; it applies where ``predicate`` (``None``: everywhere) differs from ``negate``."""

    alias: str
    transform: Transform
    predicate: Predicate | None = None
    negate: bool = False


class TransformChain(Generic[AnyRecord]):
    """Applies transforms to records. Used by one thread, the task's."""

    def __init__(self, steps: Sequence[TransformStep] = ()) -> None:
        self._steps = tuple(steps)

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
        for step in self._steps:
            places, chosen = _chosen(step, results)
            if not chosen:
                continue
            changed = step.transform.apply_batch(chosen)
            if len(changed) != len(chosen):
                raise PluginError(
                    f"Transform {step.alias} answered {len(changed)} records for {len(chosen)}: "
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


def _chosen(
    step: TransformStep, records: Sequence[AnyRecord | None]
) -> tuple[Sequence[int] | None, Sequence[AnyRecord]]:
    """The records that a step applies to, and their places; ``None`` for all of them."""
    test, negate = step.predicate.test if step.predicate else None, step.negate
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
