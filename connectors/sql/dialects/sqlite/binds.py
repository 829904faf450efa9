"""How values reach SQLite, by the declared type of their column.

SQLite itself would store anything anywhere; here a value that the declared type cannot hold is refused, as by other
databases. Times go to a column declared DATE, TIME, DATETIME or TIMESTAMP, or to text, as ISO 8601 text in the form
that SQLAlchemy and SQLite's own functions read; to a number they go as milliseconds, as the Java drivers write them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Final

from connect_runtime.sdk import Schema, Type
from connectors.sql.binding import Bind, bind_all, bind_integers, bind_of_types
from connectors.sql.coerce import (
    DAY,
    to_bool,
    to_date,
    to_datetime,
    to_decimal,
    to_float,
    to_int,
    to_json,
    to_text,
    to_time,
)

__all__ = ["bind_for"]

MakeBind = Callable[[Schema | None, tzinfo], Bind]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = date(1970, 1, 1)
_MIDNIGHT: Final = datetime(1, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_TIMES: Final = frozenset((datetime, date, time, timedelta))


def bind_for(declared: str, schema: Schema | None, zone: tzinfo) -> Bind:
    """How values reach a column.

    Args:
        declared: Its declared type.
        schema: Schema of the values, ``None`` for schemaless ones.
        zone: Zone in which points in time are written as text.
    """
    name = declared.upper().partition("(")[0].strip()
    return _make_bind(name)(schema, zone)


def _make_bind(declared: str) -> MakeBind:
    """The first that fits; after the times it is SQLite's own rule for affinities."""
    if declared in _BY_NAME:
        return _BY_NAME[declared]
    if not declared:
        return _bind_anything
    return next((make for part, make in _BY_PART if part in declared), _bind_number)


def _bind_datetime(_schema: Schema | None, zone: tzinfo) -> Bind:
    return bind_all(lambda value: _datetime_text(value, zone))


def _bind_date(_schema: Schema | None, _zone: tzinfo) -> Bind:
    return bind_all(lambda value: to_date(value).isoformat())


def _bind_time(_schema: Schema | None, _zone: tzinfo) -> Bind:
    return bind_all(_time_text)


def _bind_json(schema: Schema | None, _zone: tzinfo) -> Bind:
    is_text = schema is not None and schema.type is Type.STRING
    return bind_of_types((str,), to_json) if is_text else bind_all(to_json)


def _bind_boolean(_schema: Schema | None, _zone: tzinfo) -> Bind:
    return bind_all(lambda value: int(to_bool(value)))


def _bind_integer(_schema: Schema | None, _zone: tzinfo) -> Bind:
    numbers = bind_integers("q", 64)
    times = bind_all(lambda value: to_int(_ms_of_time(value), 64))

    def bind(values: Sequence[Any]) -> Sequence[Any]:
        return numbers(values) if _TIMES.isdisjoint(map(type, values)) else times(values)

    return bind


def _bind_text(_schema: Schema | None, zone: tzinfo) -> Bind:
    return bind_of_types((str,), lambda value: _text(value, zone))


def _bind_real(_schema: Schema | None, _zone: tzinfo) -> Bind:
    return bind_of_types((float,), to_float)


def _bind_number(_schema: Schema | None, _zone: tzinfo) -> Bind:
    return bind_of_types((float,), _number)


def _bind_anything(_schema: Schema | None, zone: tzinfo) -> Bind:
    def convert(value: Any) -> Any:
        if isinstance(value, bytes | bytearray | memoryview):
            return bytes(value)
        if isinstance(value, int):
            return to_int(value, 64)
        return value if isinstance(value, float) else _text(value, zone)

    return bind_of_types((bytes, str, float), convert)


_BY_NAME: Final = {"DATE": _bind_date, "TIME": _bind_time, "DATETIME": _bind_datetime, "TIMESTAMP": _bind_datetime}
_BY_PART: Final = (
    ("JSON", _bind_json),
    ("BOOL", _bind_boolean),
    ("INT", _bind_integer),
    ("CHAR", _bind_text),
    ("CLOB", _bind_text),
    ("TEXT", _bind_text),
    ("BLOB", _bind_anything),
    ("REAL", _bind_real),
    ("FLOA", _bind_real),
    ("DOUB", _bind_real),
)


def _ms_of_time(value: Any) -> Any:
    """Milliseconds of a time; any other value as it is."""
    if isinstance(value, datetime):
        return (to_datetime(value, UTC) - _EPOCH) // _MILLISECOND
    if isinstance(value, date):
        return (value - _EPOCH_DAY) // _MILLISECOND
    if isinstance(value, time | timedelta):
        return to_time(value) // _MILLISECOND
    return value


def _number(value: Any) -> Any:
    number = _ms_of_time(value)
    if isinstance(number, float) or (isinstance(number, int) and -(1 << 63) <= number < 1 << 63):
        return number
    # As text, which the column's numeric affinity turns into the number it says.
    return str(to_decimal(number))


def _text(value: Any, zone: tzinfo) -> str:
    if isinstance(value, datetime):
        return _datetime_text(value, zone)
    if isinstance(value, timedelta):
        return _time_text(value)
    return to_text(value)


def _datetime_text(value: Any, zone: tzinfo) -> str:
    return to_datetime(value, zone).astimezone(zone).replace(tzinfo=None).isoformat(" ", "microseconds")


def _time_text(value: Any) -> str:
    since_midnight = to_time(value)
    if since_midnight == DAY:
        return "24:00:00.000000"
    return (_MIDNIGHT + since_midnight).time().isoformat("microseconds")
