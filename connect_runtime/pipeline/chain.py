"""The transform chain of a connector: its ``transforms`` in order, each under its predicate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

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
        apply = self.apply
        return [apply(record) for record in records]

    def close(self) -> None:
        """Release the transforms and predicates."""
        for step in self._steps:
            step.transform.close()
            if step.predicate is not None:
                step.predicate.close()
