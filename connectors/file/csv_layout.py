"""What a CSV file's columns are: names from its header, types declared or inferred from its first rows."""

from __future__ import annotations

import codecs
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from connect_runtime.sdk import ConfigError, Schema, struct_schema
from connectors.file.column_types import ColumnType, inferred_type
from connectors.file.csv_rows import CsvOptions, Rows
from connectors.file.parsing import Fault

__all__ = ["SAMPLE_BYTES", "SAMPLE_ROWS", "Layout", "read_layout"]

logger = logging.getLogger(__name__)
SAMPLE_ROWS = 10_000
SAMPLE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns of one CSV file.

    Attributes:
        names: Their names.
        types: Their types.
        schema: Struct of all columns, each optional.
        key_fields: Columns of the key.
        key_schema: Struct of the key's columns, each required; ``None`` for no key.
        nulls: Texts that mean no value.
        header_bytes: Bytes before the first row of data.
        header_lines: Lines before it.
        sample: Bytes that types were inferred from, ``None`` when all were declared.
    """

    names: Sequence[str]
    types: Sequence[ColumnType]
    schema: Schema
    key_fields: Sequence[str]
    key_schema: Schema | None
    nulls: frozenset[str]
    header_bytes: int
    header_lines: int
    sample: int | None

    def values(self, rows: Sequence[Sequence[str]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]] | None]:
        """Values and keys of rows. Raises: Fault, for the first that is found not to fit."""
        columns = self._columns(rows)
        names = self.names
        # There are as many columns as names: checking that for each row again would cost a fifth more.
        values = [dict(zip(names, row)) for row in zip(*columns, strict=True)]  # noqa: B905
        if not self.key_fields:
            return values, None
        return values, self._keys(columns)

    def _columns(self, rows: Sequence[Sequence[str]]) -> list[list[Any]]:
        try:
            columns = list(zip(*rows, strict=True))
        except ValueError:
            columns = []
        if len(columns) != len(self.names):
            raise Fault(f"it has {len(rows[0])} fields where {len(self.names)} are expected")
        return [self._column(*column) for column in zip(self.names, self.types, columns, strict=True)]

    def _column(self, name: str, type_: ColumnType, texts: Sequence[str]) -> list[Any]:
        try:
            return type_.convert(texts, self.nulls)
        except Fault as fault:
            raise Fault(
                f"the value of column {name!r} {fault.reason}; "
                f"if such values are right, declare the column, e.g. csv.types={name}:string",
                fault.found,
            ) from fault

    def _keys(self, columns: Sequence[list[Any]]) -> list[dict[str, Any]]:
        chosen = [columns[self.names.index(name)] for name in self.key_fields]
        for name, column in zip(self.key_fields, chosen, strict=True):
            if None in column:
                raise Fault(f"its column {name!r}, named in key.fields, has no value")
        return [dict(zip(self.key_fields, row, strict=True)) for row in zip(*chosen, strict=True)]


def read_layout(file: str, head: bytes, options: CsvOptions) -> Layout | None:
    """The layout of a CSV file that begins with ``head``, ``None`` when there is no row yet.

    The same head gives the same layout, and so does a longer one cut to ``Layout.sample``.

    Args:
        file: Its name, for messages.
        head: Its first bytes, up to the end of a row.
        options: How it is written.

    Raises:
        ConfigError: The columns are not what the configuration says about them.
    """
    mark = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    rows = Rows(head[mark:].decode(options.encoding, "replace"), options)
    named = options.columns or next(_filled(rows), [])
    if not named:
        return None
    names = _names(file, named)
    header_lines = rows.lines
    sample = list(islice((row for row in _filled(rows) if len(row) == len(names)), SAMPLE_ROWS))
    types = _types(file, names, sample, options)
    lines = head.splitlines(keepends=True)
    keys = _key_fields(file, names, options)
    schemas = dict(zip(names, (type_.schema for type_ in types), strict=True))
    return Layout(
        names=names,
        types=types,
        schema=struct_schema(schemas),
        key_fields=keys,
        key_schema=struct_schema({name: schemas[name].with_(optional=False) for name in keys}) if keys else None,
        nulls=options.nulls,
        header_bytes=max(mark, sum(map(len, lines[:header_lines]))),
        header_lines=header_lines,
        sample=sum(map(len, lines[: rows.lines])) if _infers(names, options) else None,
    )


def _filled(rows: Rows) -> Iterator[list[str]]:
    """Rows with something in them; a row that cannot be read tells nothing here, it is reported when its turn comes."""
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except Fault:
            continue
        if row:
            yield row


def _names(file: str, header: Sequence[str]) -> list[str]:
    names = [name.strip() or f"column_{place}" for place, name in enumerate(header, start=1)]
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise ConfigError(
            f"{file} has two columns named {double!r}: name the columns yourself with csv.columns "
            "and remove the header row, or correct the header",
            key="csv.columns",
        )
    return names


def _types(file: str, names: Sequence[str], sample: Sequence[Sequence[str]], options: CsvOptions) -> list[ColumnType]:
    _require(file, "csv.types", [name for name in options.types if name != "*"], names)
    texts = list(zip(*sample, strict=True)) if sample else [()] * len(names)
    other = options.types.get("*")
    types = [
        options.types.get(name) or other or inferred_type(column, options.nulls)
        for name, column in zip(names, texts, strict=True)
    ]
    logger.info(
        "Columns of %s: %s", file, ", ".join(f"{name} {type_.name}" for name, type_ in zip(names, types, strict=True))
    )
    return types


def _infers(names: Sequence[str], options: CsvOptions) -> bool:
    return "*" not in options.types and any(name not in options.types for name in names)


def _key_fields(file: str, names: Sequence[str], options: CsvOptions) -> Sequence[str]:
    _require(file, "key.fields", options.key_fields, names)
    return options.key_fields


def _require(file: str, key: str, wanted: Sequence[str], names: Sequence[str]) -> None:
    missing = [name for name in wanted if name not in names]
    if missing:
        raise ConfigError(
            f"{key} names {', '.join(map(repr, missing))}, but the columns of {file} are {', '.join(names)}", key=key
        )
