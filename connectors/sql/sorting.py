"""Finds the plans by which the records of a batch are to be written."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, Final

from connect_runtime.sdk import SinkRecord
from connectors.sql.fields import UnfitRecordError
from connectors.sql.grouping import Group, by_fields, by_kind, groups_of
from connectors.sql.plan import PlannedRows, unfit
from connectors.sql.planner import Planner
from connectors.sql.settings import InsertMode, PkMode, SinkSettings

__all__ = ["Evenness", "Sorter"]

_NO_DELETES: Final = (
    "it has no value, and delete.enabled=false. Set delete.enabled=true to delete the row of its key, or drop such "
    "records with a transform."
)
_NO_FIELDS: Final[frozenset[str]] = frozenset()


class Evenness(Enum):
    """How sure it has to be that records without schema have the same fields before one plan serves them."""

    LIKELY = "they have as many fields; if others, `FieldsDifferError` tells when they are written"
    CHECKED = "every field was looked at"


class Sorter:
    """Sorts records by their looks.

    Args:
        settings: The sink's.
        planner: Makes the plans.
    """

    def __init__(self, settings: SinkSettings, planner: Planner) -> None:
        self._deletes = settings.deletes
        self._inserts = settings.insert_mode is InsertMode.INSERT
        self._keys_matter = settings.pk_mode is PkMode.RECORD_KEY
        self._planner = planner

    def sorted(self, records: Sequence[SinkRecord], evenness: Evenness) -> list[PlannedRows]:
        """The records of a batch with their plans.

        Raises:
            DataError: A record cannot be written.
            ConnectError: A table is not as it must be, or cannot be made so.
        """
        groups = groups_of(records, keys=self._keys_matter)
        return [planned for group in groups for planned in self._planned(group, evenness)]

    def _planned(self, group: Group, evenness: Evenness) -> list[PlannedRows]:
        if not group.has_values and not self._deletes:
            raise unfit(group, UnfitRecordError(_NO_DELETES))
        without_schema = self._without_schema(group)
        if without_schema and (evenness is Evenness.CHECKED or not all(map(_are_even, without_schema))):
            return self._parted(group)
        return self._with_plan(group, fill=False)

    def _parted(self, group: Group) -> list[PlannedRows]:
        """Records without schema that do not all have the same fields.

        What a record lacks is left to the database, and, in an upsert, left alone. So records with other fields need
        other statements, except that an insert can as well write null where that is what the database would do.
        """
        fill = self._inserts and group.has_values
        planned = []
        for same_kind in by_kind(group):
            ignored = self._fillable(same_kind) if fill else _NO_FIELDS
            for alike in by_fields(same_kind, keys=self._keys_matter, ignored=ignored):
                planned += self._with_plan(alike, fill=fill)
        return planned

    def _fillable(self, group: Group) -> frozenset[str]:
        planned = self._with_plan(group, fill=True)
        return planned[0].plan.fillable if planned else _NO_FIELDS

    def _with_plan(self, group: Group, *, fill: bool) -> list[PlannedRows]:
        try:
            plan = self._planner.plan_for(group, fill=fill)
        except UnfitRecordError as exc:
            raise unfit(group, exc) from exc
        return [] if plan is None else [PlannedRows(plan, group)]

    def _without_schema(self, group: Group) -> list[list[Any]]:
        parts: list[list[Any]] = []
        if group.value_schema is None and group.has_values:
            parts.append(group.values)
        if group.key_schema is None and group.has_keys and self._keys_matter:
            parts.append(group.keys)
        return parts


def _are_even(part: Sequence[Any]) -> bool:
    """Whether all have as many fields, or none has any."""
    if isinstance(part[0], dict):
        return {dict}.issuperset(map(type, part)) and len(set(map(len, part))) == 1
    return dict not in map(type, part)
