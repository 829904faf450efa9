"""One value at a time into what a column takes, without losing anything.

Every function raises `ValueError` with a reason when it cannot. Text is read where it says exactly such a value, since
records that came from CSV files and the like have nothing else.

Numbers in columns of time mean what they mean in Kafka Connect: days of a date, milliseconds of a time or a timestamp.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

import orjson

__all__ = [
    "DAY",
    "to_bool",
    "to_bytes",
    "to_date",
    "to_datetime",
    "to_decimal",
    "to_float",
    "to_int",
    "to_json",
    "to_text",
    "to_time",
    "to_uuid",
]

DAY: Final = timedelta(days=1)
_MILLISECOND: Final = timedelta(milliseconds=1)
_TOO_LARGE: Final = 1 << 64
_MOST_SHOWN: Final = 60  # characters of a value in a message
_INTEGER: Final = re.compile(r"\s*[+-]?[0-9]+\s*", re.ASCII)
_TRUTHS: Final = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


def to_bool(value: Any) -> bool:
    """A truth value: a ``bool``, 0, 1, or text like ``true``."""
    if isinstance(value, str):
        found = _TRUTHS.get(value.strip().lower())
        if found is not None:
            return found
    elif isinstance(value, int | float | Decimal) and value in (0, 1):
        return bool(value)
    raise _no("a boolean", value)


def to_int(value: Any, bits: int) -> int:
    """A whole number that fits into ``bits`` bits."""
    if (
        isinstance(value, int)
        or (isinstance(value, float | Decimal) and _is_whole(value))
        or (isinstance(value, str) and _INTEGER.fullmatch(value))
    ):
        number = int(value)
    else:
        raise _no("an integer", value)
    limit = 1 << bits - 1
    if not -limit <= number < limit:
        raise ValueError(f"{_shown(value)} is out of range: the column holds {-limit} to {limit - 1}")
    return number


def to_float(value: Any) -> float:
    """A floating-point number; digits beyond its precision are rounded, as everywhere."""
    if isinstance(value, int | float | Decimal | str):
        try:
            return float(value)
        except (ValueError, OverflowError):
            pass
    raise _no("a number", value)


def to_decimal(value: Any) -> Decimal:
    """A decimal number with exactly the digits that ``value`` shows."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int):
        return Decimal(int(value))
    if isinstance(value, float):
        return Decimal(repr(float(value)))
    if isinstance(value, str):
        try:
            return Decimal(value.strip())
        except InvalidOperation:
            pass
    raise _no("a number", value)


def to_text(value: Any) -> str:
    """Text: as it is; numbers and truth values as in JSON, times as in ISO 8601, structures as JSON."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal | UUID):
        return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Mapping | list | tuple):
        return to_json(value)
    raise _no("text", value)


def to_bytes(value: Any) -> bytes:
    """Bytes."""
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    raise _no("bytes", value)


def to_uuid(value: Any) -> UUID:
    """A UUID, from one or from its text."""
    if isinstance(value, UUID):
        return value
    if isinstance(value, str):
        try:
            return UUID(value.strip())
        except ValueError:
            pass
    raise _no("a UUID", value)


def to_date(value: Any) -> date:
    """A date; a number counts days since 1970-01-01, a point in time must be midnight."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            raise _no("a date like 2024-12-31", value) from None
    if isinstance(value, datetime):
        if value.time() != time():
            raise ValueError(f"{_shown(value)} has a time of day, which the column cannot hold")
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return date.fromordinal(value + _EPOCH_DAY)
        except (ValueError, OverflowError):
            raise ValueError(f"{value} days since 1970-01-01 lie outside the years 1 to 9999") from None
    raise _no("a date", value)


def to_time(value: Any) -> timedelta:
    """A time of day as the time since midnight, up to 24:00; a number counts milliseconds."""
    if isinstance(value, str):
        try:
            value = time.fromisoformat(value.strip())
        except ValueError:
            raise _no("a time like 23:59:00", value) from None
    if isinstance(value, time) and value.tzinfo is None:
        return timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
    if isinstance(value, int) and not isinstance(value, bool):
        value = timedelta(milliseconds=value) if 0 <= value <= DAY // _MILLISECOND else value
    if isinstance(value, timedelta) and timedelta() <= value <= DAY:
        return value
    raise _no("a time of day without time zone", value)


def to_datetime(value: Any, zone: tzinfo) -> datetime:
    """A point in time, with its zone.

    A number counts milliseconds since 1970 UTC; a `datetime` without a zone is UTC; text without a zone is in ``zone``.
    """
    if isinstance(value, str):
        try:
            read = datetime.fromisoformat(value.strip())
        except ValueError:
            raise _no("a point in time like 2024-12-31T23:59:00Z", value) from None
        return read if read.tzinfo is not None else read.replace(tzinfo=zone)
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return _EPOCH + timedelta(milliseconds=value)
        except OverflowError:
            raise ValueError(f"{value} milliseconds since 1970 lie outside the years 1 to 9999") from None
    raise _no("a point in time", value)


def to_json(value: Any) -> str:
    """JSON text. Bytes become base64, decimals and integers of any size keep their digits."""
    try:
        return orjson.dumps(value, _json_default, orjson.OPT_NON_STR_KEYS).decode()
    except (TypeError, ValueError):
        pass  # an integer of more than 64 bits, or a decimal: the slower encoder can
    try:
        return json.dumps(value, default=_json_default, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as exc:
        raise ValueError(f"it cannot be written as JSON: {exc}") from None


def _is_whole(value: float | Decimal) -> bool:
    # Not beyond 64 bits: the digits of 1E+999999999 would fill the memory.
    return math.isfinite(value) and -_TOO_LARGE < value < _TOO_LARGE and value == int(value)


def _json_default(value: Any) -> Any:
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Decimal):
        return _json_number(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return "24:00:00" if value == DAY else str(value)
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _json_number(value: Decimal) -> Any:
    # A number where a double says the same; else text, since JSON readers would round it.
    if value == value.to_integral_value() and abs(value) < 1 << 53:
        return int(value)
    number = float(value)
    return number if math.isfinite(number) and Decimal(repr(number)) == value else str(value)


def _no(expected: str, value: Any) -> ValueError:
    return ValueError(f"{_shown(value)} is not {expected}")


def _shown(value: Any) -> str:
    text = repr(value)
    return f"{text[:_MOST_SHOWN]}..." if len(text) > _MOST_SHOWN else text
