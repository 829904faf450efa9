"""From text to value and back, one rule per type, as in Kafka's ``ConfigDef.parseType`` and ``convertToString``."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, assert_never

from connect_runtime.config.types import HIDDEN, ConfigType, Password
from connect_runtime.errors import ConfigError, PluginNotFoundError

__all__ = ["ResolveClass", "invalid_value", "parse_value", "to_text", "trimmed"]

ResolveClass = Callable[[str, str], type[Any] | str]
"""Takes key and text; answers the class, or the text if that key's is to be kept. Raises: PluginNotFoundError."""

_BLANKS = "".join(map(chr, range(0x21)))
_COMMA = re.compile(r"\s*,\s*", re.ASCII)
_INTEGER = re.compile(r"([+-]?)0*([0-9]{1,20})")
_DECIMAL = re.compile(r"([+-]?(?:NaN|Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?))[fFdD]?")
_HEXADECIMAL = re.compile(r"([+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+)[fFdD]?")
_BITS = {ConfigType.SHORT: 16, ConfigType.INT: 32, ConfigType.LONG: 64}
_PLAIN_FROM, _PLAIN_BELOW = 1e-3, 1e7


def invalid_value(name: str, value: object, reason: str) -> ConfigError:
    """The error of a bad value, worded as Kafka words it."""
    return ConfigError(f"Invalid value {_shown(value)} for configuration {name}: {reason}", key=name)


def trimmed(text: str) -> str:
    """``text`` without blanks and control characters (up to U+0020) at its ends."""
    return text.strip(_BLANKS)


def parse_value(name: str, type_: ConfigType, raw: Any, resolve_class: ResolveClass | None = None) -> Any:
    """The value of a text, or of a value that is parsed already.

    Args:
        name: Key, for the error.
        type_: What to parse it to.
        raw: Text, a value of the type, or ``None``, which stays ``None``.
        resolve_class: Turns the text of a ``CLASS`` into the class; without it the text is kept.

    Raises:
        ConfigError: Neither text of that type nor a value of it.
    """
    if raw is None:
        return None
    value = trimmed(raw) if isinstance(raw, str) else raw
    parsed: Any
    match type_:
        case ConfigType.BOOLEAN:
            parsed = _boolean(name, value)
        case ConfigType.STRING:
            parsed = _string(name, value)
        case ConfigType.PASSWORD:
            parsed = value if isinstance(value, Password) else Password(_string(name, value, secret=True))
        case ConfigType.INT | ConfigType.SHORT | ConfigType.LONG:
            parsed = _integer(name, type_, value)
        case ConfigType.DOUBLE:
            parsed = _double(name, value)
        case ConfigType.LIST:
            parsed = _list(name, value)
        case ConfigType.CLASS:
            parsed = _class(name, value, resolve_class)
        case _:
            assert_never(type_)
    return parsed


def to_text(type_: ConfigType | None, value: Any) -> str | None:
    """Text of a parsed value: lists joined by commas, classes by path, passwords hidden, ``None`` for ``None``."""
    if value is None:
        return None
    if type_ is ConfigType.PASSWORD:
        return HIDDEN
    if isinstance(value, list | tuple):
        return ",".join(_plain(item) for item in value)
    return _plain(value)


def _boolean(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise invalid_value(name, value, "Expected value to be either true or false")


def _string(name: str, value: Any, *, secret: bool = False) -> str:
    if isinstance(value, str):
        return value
    shown = HIDDEN if secret else value
    raise invalid_value(name, shown, f"Expected value to be a string, but it was a {type(value).__name__}")


def _integer(name: str, type_: ConfigType, value: Any) -> int:
    bits = _BITS[type_]
    if isinstance(value, str):
        found = _INTEGER.fullmatch(value)
        number = int(found[1] + found[2]) if found else None
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value
    else:
        reason = f"Expected value to be a {bits}-bit integer, but it was a {type(value).__name__}"
        raise invalid_value(name, value, reason)
    if number is None or not -(1 << bits - 1) <= number < 1 << bits - 1:
        raise invalid_value(name, value, f"Not a number of type {type_.value}")
    return number


def _double(name: str, value: Any) -> float:
    if isinstance(value, str):
        if found := _DECIMAL.fullmatch(value):
            return float(found[1])
        if found := _HEXADECIMAL.fullmatch(value):
            return _from_hexadecimal(found[1])
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return float(value)
    raise invalid_value(name, value, "Not a number of type DOUBLE")


def _from_hexadecimal(text: str) -> float:
    try:
        return float.fromhex(text)
    except OverflowError:  # Java answers infinity
        return math.copysign(math.inf, -1 if text.startswith("-") else 1)


def _list(name: str, value: Any) -> list[Any]:
    if isinstance(value, str):
        return _COMMA.split(value) if value else []
    if isinstance(value, Sequence):
        return list(value)
    raise invalid_value(name, value, "Expected a comma separated list.")


def _class(name: str, value: Any, resolve_class: ResolveClass | None) -> type[Any] | str:
    if isinstance(value, type):
        return value
    if not isinstance(value, str):
        raise invalid_value(name, value, "Expected a Class instance or class name.")
    if resolve_class is None:
        return value
    try:
        return resolve_class(name, value)
    except PluginNotFoundError as exc:
        raise invalid_value(name, value, f"Class {value} could not be found. {exc.hint}".rstrip()) from exc


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _double_text(value)
    if isinstance(value, type):
        return f"{value.__module__}.{value.__qualname__}"
    return str(value)


def _double_text(number: float) -> str:
    """As Java prints it: plain from 0.001 to below 10 million, else ``d.dddE<n>``."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0 or _PLAIN_FROM <= abs(number) < _PLAIN_BELOW:
        return f"{Decimal(repr(number)):f}"
    sign, digits, exponent = Decimal(repr(number)).as_tuple()
    figures = "".join(map(str, digits)).rstrip("0")
    return f"{'-' * sign}{figures[0]}.{figures[1:] or '0'}E{len(digits) - 1 + int(exponent)}"


def _shown(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_shown(item) for item in value)}]"
    return _plain(value)
