"""How values travel to each type of PostgreSQL column.

A type that is listed in `CODECS` travels in its binary form. Any other (``inet``, ``interval``, arrays, types of
extensions) travels as text that the server reads as it reads a literal of that type.

Points in time are microseconds and days since 2000-01-01 there, so they travel as integers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from psycopg import adapters
from psycopg.pq import Format

from connect_runtime.sdk import Schema, Type
from connectors.sql.binding import Bind, bind_all, bind_floats, bind_integers, bind_of_types
from connectors.sql.coerce import (
    to_bool,
    to_bytes,
    to_date,
    to_datetime,
    to_decimal,
    to_json,
    to_text,
    to_time,
    to_uuid,
)
from connectors.sql.dialects.postgresql.cells import Encode, encode_booleans, encode_bytes, encode_fixed, encode_text
from connectors.sql.table import Column

__all__ = ["CODECS", "Codec", "MakeBind", "codec_of"]

MakeBind = Callable[[Schema | None, tzinfo], Bind]
"""Takes the schema of the values, ``None`` for schemaless ones, and the zone of columns without zone."""

_NUMERIC_OID: Final = 1700
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = date(2000, 1, 1).toordinal()
_MICROSECOND: Final = timedelta(microseconds=1)
_JSONB_VERSION: Final = b"\1"


@dataclass(frozen=True, slots=True)
class Codec:
    """The way of one type.

    Attributes:
        wire: Name of the type by which psycopg writes bound values in a binary COPY; ``None`` for types that a binary
            COPY cannot take.
        bind: Makes what checks and converts values.
        encode: Bound values as elements of an array.
        is_text: Whether bound values are text, which the server casts to the column's type.
    """

    wire: str | None
    bind: MakeBind
    encode: Encode
    is_text: bool = False


def codec_of(column: Column) -> Codec:
    """The way of values to a column."""
    return CODECS.get(column.type_name, _AS_TEXT)


def _plain(bind: Bind) -> MakeBind:
    return lambda _schema, _zone: bind


def _to_literal(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return "\\x" + bytes(value).hex()
    if isinstance(value, list | tuple):
        return "{" + ",".join(map(_to_element, value)) + "}"
    return to_text(value)


def _to_element(value: Any) -> str:
    if value is None:
        return "NULL"
    text = _to_literal(value)
    if isinstance(value, list | tuple):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _bind_json(schema: Schema | None, _zone: tzinfo) -> Bind:
    if _is_json_text(schema):
        return bind_of_types((str,), to_json)
    return bind_all(to_json)


def _bind_jsonb(schema: Schema | None, _zone: tzinfo) -> Bind:
    is_text = _is_json_text(schema)

    def convert(value: Any) -> bytes:
        return _JSONB_VERSION + (value if is_text and isinstance(value, str) else to_json(value)).encode()

    return bind_all(convert)


def _is_json_text(schema: Schema | None) -> bool:
    """Whether text is JSON, as where a source read a JSON column; without a schema it is just a string."""
    return schema is not None and schema.type is Type.STRING


def _bind_timestamp(_schema: Schema | None, zone: tzinfo) -> Bind:
    epoch = _EPOCH.replace(tzinfo=None)

    def convert(value: Any) -> int:
        return (to_datetime(value, zone).astimezone(zone).replace(tzinfo=None) - epoch) // _MICROSECOND

    return _bind_timestamptz(None, zone) if zone is UTC else bind_all(convert)


def _bind_timestamptz(_schema: Schema | None, zone: tzinfo) -> Bind:
    return bind_all(lambda value: (to_datetime(value, zone) - _EPOCH) // _MICROSECOND)


_NUMERIC_DUMPER: Final = adapters.get_dumper_by_oid(_NUMERIC_OID, Format.BINARY)(Decimal)


def _encode_numeric(values: Any) -> bytes:
    dump = _NUMERIC_DUMPER.dump
    return encode_bytes([None if value is None else bytes(dump(value) or b"") for value in values])


_INT4_CELLS, _INT8_CELLS = encode_fixed("i"), encode_fixed("q")
_TEXT: Final = Codec("text", _plain(bind_of_types((str,), to_text)), encode_text, is_text=True)
_AS_TEXT: Final = Codec(None, _plain(bind_of_types((str,), _to_literal)), encode_text, is_text=True)

CODECS: Final[Mapping[str, Codec]] = MappingProxyType(
    {
        "bool": Codec("bool", _plain(bind_of_types((bool,), to_bool)), encode_booleans),
        "int2": Codec("int2", _plain(bind_integers("h", 16)), encode_fixed("h")),
        "int4": Codec("int4", _plain(bind_integers("i", 32)), _INT4_CELLS),
        "int8": Codec("int8", _plain(bind_integers("q", 64)), _INT8_CELLS),
        "float4": Codec("float4", _plain(bind_floats(single=True)), encode_fixed("f")),
        "float8": Codec("float8", _plain(bind_floats()), encode_fixed("d")),
        "numeric": Codec("numeric", _plain(bind_of_types((Decimal, int), to_decimal)), _encode_numeric),
        "text": _TEXT,
        "varchar": _TEXT,
        "bpchar": _TEXT,
        "name": _TEXT,
        "citext": _TEXT,
        "enum": _TEXT,
        "bytea": Codec("bytea", _plain(bind_of_types((bytes,), to_bytes)), encode_bytes),
        "uuid": Codec("bytea", _plain(bind_all(lambda value: to_uuid(value).bytes)), encode_bytes),
        "json": Codec("text", _bind_json, encode_text, is_text=True),
        "jsonb": Codec("bytea", _bind_jsonb, encode_bytes),
        "timestamp": Codec("int8", _bind_timestamp, _INT8_CELLS),
        "timestamptz": Codec("int8", _bind_timestamptz, _INT8_CELLS),
        "date": Codec("int4", _plain(bind_all(lambda value: to_date(value).toordinal() - _EPOCH_DAY)), _INT4_CELLS),
        "time": Codec("int8", _plain(bind_all(lambda value: to_time(value) // _MICROSECOND)), _INT8_CELLS),
    }
)
