"""Neighbouring transforms that edit fields of the same part, as one: a record and its value are copied once for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeGuard

from connect_runtime.sdk import AnyRecord, DataError, Schema, SinkRecord, SourceRecord, Transform
from connect_runtime.transforms.part import Edit, PartTransform, Plan, Planner, kept_plans, with_part_changed
from connect_runtime.transforms.structs import NullRule

__all__ = ["FusedTransforms", "can_be_fused"]


def can_be_fused(transform: Transform) -> TypeGuard[PartTransform]:
    """Whether it may go into `FusedTransforms`, with others of its part."""
    return (
        isinstance(transform, PartTransform)
        and transform.edits_fields
        and type(transform).apply is PartTransform.apply  # a subclass may do as it likes
        and type(transform).apply_batch is PartTransform.apply_batch
    )


class FusedTransforms:
    """Does what these transforms do one after another. Used by one thread, the task's.

    Args:
        transforms: At least one, configured, all of one part; `can_be_fused` holds for each.
    """

    def __init__(self, transforms: Sequence[PartTransform]) -> None:
        self._transforms = transforms
        self._part = transforms[0].part
        self._passes_null = all(transform.passes_null for transform in transforms)
        self._plans = kept_plans(_fused([transform.plans for transform in transforms]))

    def apply_batch(self, records: Sequence[AnyRecord]) -> Sequence[AnyRecord | None]:
        """The records after all transforms; what raises is the first transform that refuses a record.

        Raises:
            DataError: A record is bad.
        """
        try:
            return with_part_changed(self._part, records, self._plans, passes_null=self._passes_null)
        except Exception:  # noqa: BLE001  # whatever it is, the transform that it comes from raises it again
            for transform in self._transforms:
                records = transform.apply_batch(records)
            return records


def _fused(planners: Sequence[Planner]) -> Planner:
    def plan(schema: Schema | None) -> Plan:
        plans = []
        for planner in planners:
            plans.append(planner(schema))
            schema = plans[-1].schema
        return _joined(plans)

    return plan


def _joined(plans: Sequence[Plan]) -> Plan:
    edits: list[Edit] = []
    filled: frozenset[str] = frozenset()
    for place, plan in enumerate(plans):
        if not plan.edits:
            raise DataError("What replaces the whole works by itself")  # nobody sees this: see apply_batch
        unknown = plan.nulls.beyond(filled)
        if place > 0 and unknown.names:  # the first plan's copy obeys
            edits.append(_enforcing(unknown))
        edits += plan.edits
        filled = _filled_after(plan, filled | plan.nulls.names)
    return plans[0]._replace(schema=plans[-1].schema, edits=tuple(edits))


def _enforcing(nulls: NullRule) -> Edit:
    def edit(structs: list[dict[Any, Any]], records: Sequence[SourceRecord | SinkRecord]) -> None:
        del records
        for struct in structs:
            nulls.enforce(struct)

    return edit


def _filled_after(plan: Plan, filled: frozenset[str]) -> frozenset[str]:
    """Fields known not to be null, from those known before the plan's edits."""
    if plan.sources is None:
        return filled
    return frozenset(name for name, source in plan.sources.items() if source in filled)
