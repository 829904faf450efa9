"""The two ways of rows into PostgreSQL: a binary COPY, and statements that unnest arrays."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, Final

from connectors.sql.dialects.base import Write
from connectors.sql.dialects.postgresql.catalog import fingerprint
from connectors.sql.dialects.postgresql.cells import Cells, array_of, joined_text
from connectors.sql.dialects.postgresql.codecs import Codec, codec_of
from connectors.sql.dialects.postgresql.failures import ColumnsChangedError
from connectors.sql.dialects.postgresql.statements import copy_statement, statement
from connectors.sql.rows import Rows
from connectors.sql.table import Column, Operation, Table

__all__ = ["write_of"]

Columns = Sequence[Sequence[Any]]
_TEXT_OID: Final = 25


def write_of(operation: Operation, table: Table, columns: Sequence[Column], keys: Sequence[int]) -> Write:
    """The fastest way that does it; see `Dialect.write`."""
    wires = [wire for column in columns if (wire := codec_of(column).wire) is not None]
    if operation is Operation.INSERT and table.is_plain and len(wires) == len(columns):
        return _Copy(copy_statement(table, columns), table, wires)
    queries = [statement(operation, table, columns, keys, joined=joined) for joined in (True, False)]
    if queries[0] is None or queries[1] is None:
        return _nothing
    return _Unnest(queries[0], queries[1], columns, () if operation is Operation.INSERT else keys)


def _nothing(connection: Any, blocks: Iterable[Rows]) -> None:
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

    def __call__(self, connection: Any, blocks: Iterable[Rows]) -> None:
        with connection.cursor() as cursor, cursor.copy(self._query) as copy:
            copy.set_types(self._wires)
            for rows in blocks:
                deque(map(copy.write_row, rows.tuples()), maxlen=0)
        if fingerprint(connection, self._table.id) != self._table.fingerprint:
            raise ColumnsChangedError("columns were changed since they were last looked at")


class _Unnest:
    """Sends blocks of rows, a parameter for each column; the server works on one block while the next is being made.

    Within one statement a row can be changed only once, so of rows with the same key the last alone is sent.

    Args:
        joined: Statement for blocks whose text can be joined.
        arrays: Statement for all others.
        columns: Columns in the order of the parameters.
        keys: Places of the key columns; empty where rows are taken as they come.
    """

    def __init__(self, joined: bytes, arrays: bytes, columns: Sequence[Column], keys: Sequence[int]) -> None:
        self._joined = joined
        self._arrays = arrays
        self._keys = keys
        self._codecs = [(codec_of(column), column.type_id) for column in columns]

    def __call__(self, connection: Any, blocks: Iterable[Rows]) -> None:
        with connection.pipeline(), connection.cursor() as cursor:
            for rows in blocks:
                cursor.execute(*self._statement(self._last_of_each_key(rows) if self._keys else rows.columns))

    def _last_of_each_key(self, rows: Rows) -> Columns:
        keys = list(zip(*(rows.columns[place] for place in self._keys), strict=True))
        last = dict(zip(keys, range(len(keys)), strict=True))
        return rows.columns if len(last) == len(keys) else rows.at(list(last.values())).columns

    def _statement(self, columns: Columns) -> tuple[bytes, list[object]]:
        parameters: list[object] = []
        for (codec, type_id), values in zip(self._codecs, columns, strict=True):
            parameter = joined_text(values) if codec.is_text else _array(codec, type_id, values)
            if parameter is None:
                return self._arrays, [
                    _array(*codec, values) for codec, values in zip(self._codecs, columns, strict=True)
                ]
            parameters.append(parameter)
        return self._joined, parameters


def _array(codec: Codec, type_id: int, values: Sequence[Any]) -> Cells:
    return array_of(_TEXT_OID if codec.is_text else type_id, len(values), codec.encode(values))
