"""The two ways of rows into PostgreSQL: a binary COPY, and statements that unnest arrays."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from connectors.sql.dialects.base import Write
from connectors.sql.dialects.postgresql.catalog import fingerprint
from connectors.sql.dialects.postgresql.cells import Cells, array_of
from connectors.sql.dialects.postgresql.codecs import codec_of
from connectors.sql.dialects.postgresql.failures import ColumnsChangedError
from connectors.sql.dialects.postgresql.statements import copy_statement, statement
from connectors.sql.table import Column, Operation, Table

__all__ = ["write_of"]

Columns = Sequence[Sequence[Any]]


def write_of(
    operation: Operation, table: Table, columns: Sequence[Column], keys: Sequence[int], batch_rows: int | None
) -> Write:
    """The fastest way that does it; see `Dialect.write`."""
    wires = [wire for column in columns if (wire := codec_of(column).wire) is not None]
    if operation is Operation.INSERT and table.is_plain and len(wires) == len(columns):
        return _Copy(copy_statement(table, columns), table, wires)
    query = statement(operation, table, columns, keys)
    return (
        _nothing
        if query is None
        else _Unnest(query, columns, () if operation is Operation.INSERT else keys, batch_rows)
    )


def _nothing(connection: Any, columns: Columns) -> None:
    """An update that has no columns to set."""


class _Copy:
    """Streams rows; the server works on the first while the last are being written.

    A binary COPY does not say of which types its values are: into a column that was BIGINT when the plan was made and
    is DOUBLE PRECISION now, wrong numbers would go without an error. So the types are looked at afterwards, while the
    transaction keeps them from changing.
    """

    def __init__(self, query: bytes, table: Table, wires: list[str]) -> None:
        self._query = query
        self._table = table
        self._wires = wires

    def __call__(self, connection: Any, columns: Columns) -> None:
        with connection.cursor() as cursor, cursor.copy(self._query) as copy:
            copy.set_types(self._wires)
            deque(map(copy.write_row, zip(*columns, strict=True)), maxlen=0)
        if fingerprint(connection, self._table.id) != self._table.fingerprint:
            raise ColumnsChangedError("columns were changed since they were last looked at")


class _Unnest:
    """Sends blocks of rows as arrays; the server works on one block while the next is being made.

    Within one statement a row can be changed only once, so of rows with the same key the last alone is sent.
    """

    def __init__(self, query: bytes, columns: Sequence[Column], keys: Sequence[int], batch_rows: int | None) -> None:
        self._query = query
        self._keys = keys
        self._batch_rows = batch_rows
        codecs = [codec_of(column) for column in columns]
        self._encoders = [
            (codec.encode, column.type_id if codec.element is None else codec.element)
            for codec, column in zip(codecs, columns, strict=True)
        ]

    def __call__(self, connection: Any, columns: Columns) -> None:
        rows = self._last_of_each_key(columns) if self._keys else columns
        count = len(rows[0])
        size = self._batch_rows or count
        with connection.cursor() as cursor:
            if count <= size:
                cursor.execute(self._query, self._arrays(rows))
                return
            with connection.pipeline():
                for start in range(0, count, size):
                    block = [values[start : start + size] for values in rows]
                    cursor.execute(self._query, self._arrays(block))

    def _last_of_each_key(self, columns: Columns) -> Columns:
        keys = (
            columns[self._keys[0]]
            if len(self._keys) == 1
            else list(zip(*itemgetter(*self._keys)(columns), strict=True))
        )
        last = dict(zip(keys, range(len(keys)), strict=True))
        if len(last) == len(keys):
            return columns
        places = list(last.values())
        return [[values[place] for place in places] for values in columns]

    def _arrays(self, columns: Columns) -> list[Cells]:
        return [
            array_of(element, len(values), encode(values))
            for (encode, element), values in zip(self._encoders, columns, strict=True)
        ]
