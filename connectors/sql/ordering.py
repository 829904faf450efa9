"""In which order the rows of a batch are written, when there are several plans for one table.

Rows with the same key must be written in the order of their records. Rows with different keys need no order, so records
whose schemas alternate can still be written in a few large statements.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from connectors.sql.naming import TableId
from connectors.sql.plan import BoundRows, PlannedRows
from connectors.sql.table import Operation

__all__ = ["in_order", "needs_order"]


def needs_order(planned: Sequence[PlannedRows]) -> bool:
    """Whether rows of two plans may be the same row of a table."""
    tables = Counter(rows.plan.table.id for rows in planned)
    return any(tables[rows.plan.table.id] > 1 and rows.plan.operation is not Operation.INSERT for rows in planned)


def in_order(batch: Sequence[BoundRows]) -> list[BoundRows]:
    """The rows of a batch, split and sorted so that writing one after the other keeps the order within every key."""
    tables: dict[TableId, list[BoundRows]] = {}
    for rows in batch:
        tables.setdefault(rows.plan.table.id, []).append(rows)
    return [step for rows in tables.values() for step in _steps(rows)]


def _steps(batch: list[BoundRows]) -> list[BoundRows]:
    """The same for one table.

    A row goes into the first wave; if its key was there before, into the same wave as long as it is the same plan's,
    and into the next wave otherwise. So within a wave no key is touched by two plans.
    """
    if len(batch) == 1 or all(rows.plan.operation is Operation.INSERT for rows in batch):
        return batch
    keys = _keys_of(batch)
    waves: list[dict[int, list[int]]] = []
    last: dict[Any, tuple[int, int]] = {}
    for _, which, row in sorted(
        (place, which, row) for which, rows in enumerate(batch) for row, place in enumerate(rows.group.places)
    ):
        key = keys[which][row]
        before, wave = last.get(key, (which, 0))
        if before != which:
            wave += 1
        last[key] = which, wave
        if wave == len(waves):
            waves.append({})
        waves[wave].setdefault(which, []).append(row)
    return [_some(batch[which], rows) for wave in waves for which, rows in wave.items()]


def _keys_of(batch: list[BoundRows]) -> list[list[tuple[Any, ...]]]:
    """Keys of all rows. Where plans have different key columns, nobody can tell which rows are the same: all may be."""
    names = {tuple(rows.plan.columns[place].name for place in rows.plan.keys) for rows in batch}
    if len(names) == 1:
        return [rows.keys() for rows in batch]
    return [[()] * len(rows.group.records) for rows in batch]


def _some(bound: BoundRows, rows: list[int]) -> BoundRows:
    return bound if len(rows) == len(bound.group.records) else bound.at(rows)
