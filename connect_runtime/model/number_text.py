"""Numbers as Java prints them: the form that topics, headers and other Connect workers know."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Final

from connect_runtime.model.float32 import Float32, to_float32

__all__ = ["decimal_text", "float32_text", "float64_text", "float_text"]

_PLAIN_FROM: Final = 1e-3
_PLAIN_BELOW: Final = 1e7
_MOST_DIGITS_32: Final = 9


def float_text(value: float) -> str:
    """`float32_text` of a `Float32`, `float64_text` of any other number."""
    return float32_text(value) if isinstance(value, Float32) else float64_text(value)


def float64_text(value: float) -> str:
    """Java's ``Double.toString``: ``100.0``, ``1.25E7``, ``2.5E-4``, ``NaN``, ``-Infinity``."""
    if _PLAIN_FROM <= value < _PLAIN_BELOW or -_PLAIN_BELOW < value <= -_PLAIN_FROM or value == 0:
        # The same shortest digits, never with an exponent in this range. Most are no subclass, and repr() is quicker.
        return repr(value) if type(value) is float else float.__repr__(value)
    if not math.isfinite(value):
        return _not_finite(value)
    return _scientific(float.__repr__(value), value)


def float32_text(value: float) -> str:
    """Java's ``Float.toString``: the shortest digits that no other 32-bit number is nearer to."""
    exact = to_float32(value)
    if exact == 0:
        return float.__repr__(exact)
    if not math.isfinite(exact):
        return _not_finite(exact)
    by_length = (f"{exact:.{digits}e}" for digits in range(1, _MOST_DIGITS_32))
    shortest = next(text for text in by_length if to_float32(float(text)) == exact)
    if _PLAIN_FROM <= abs(exact) < _PLAIN_BELOW:
        return float.__repr__(float(shortest))
    return _scientific(shortest, exact)


def decimal_text(value: Decimal) -> str:
    """Java's ``BigDecimal.toString``: plain down to exponent -6, else ``5E+3``; no negative zero."""
    return str(value.copy_abs() if value.is_zero() else value)


def _not_finite(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _scientific(shortest: str, value: float) -> str:
    sign, digits, exponent = Decimal(shortest).normalize().as_tuple()
    if len(digits) == 1:
        # Java always prints a fraction digit, and then the nearest one: 4.9E-324 where Python says 5e-324.
        sign, digits, exponent = Decimal(f"{value:.1e}").as_tuple()
    fraction = "".join(map(str, digits[1:]))
    power = int(exponent) + len(fraction)
    return f"{'-' if sign else ''}{digits[0]}.{fraction.rstrip('0') or '0'}E{power}"
