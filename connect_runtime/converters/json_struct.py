"""Structs to what the JSON encoder writes: checked in C, touched in Python only where a field is not right as it is.

Strings, booleans, integers and containers of these are checked, with ranges and nulls, by a type made of the schema.
Numbers with a fraction are looked at, because Java writes some of them in another form; everything else is encoded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from connect_runtime.sdk import DataError

__all__ = ["FieldEncoder", "StructEncoder"]


class FieldEncoder(NamedTuple):
    """How one field is written.

    Attributes:
        name: The field.
        encode: Encoder of its values, ``None`` included.
        json_type: Type whose values are written as they are; ``None`` when all must be encoded.
        null_is_direct: Whether ``None`` is, too.
        is_float: Whether it is a FLOAT64.
    """

    name: str
    encode: Callable[[Any], Any]
    json_type: Any
    null_is_direct: bool
    is_float: bool


class StructEncoder:
    """Encoder of the structs of one schema.

    Args:
        fields: Its fields, in the schema's order.

    Attributes:
        json_type: The type of structs as they are written.
        is_direct: Whether converting to that type is all there is to do.
    """

    def __init__(self, fields: Iterable[FieldEncoder]) -> None:
        self._fields = {f"f{place}": field for place, field in enumerate(fields)}
        self._floats = [(at, field.encode) for at, field in self._fields.items() if field.is_float]
        self._others = [
            (at, field.encode) for at, field in self._fields.items() if field.json_type is None and not field.is_float
        ]
        self.is_direct = not self._floats and not self._others
        self.json_type = msgspec.defstruct(
            "struct",
            [_member(at, field) for at, field in self._fields.items()],
            rename={at: field.name for at, field in self._fields.items()},
            forbid_unknown_fields=True,
            kw_only=True,
            gc=False,
        )

    def __call__(self, struct: Any) -> Any:
        """What to write. Raises: DataError, naming the field at fault."""
        try:
            encoded = msgspec.convert(struct, self.json_type)
            for at, encode in self._floats:
                number = getattr(encoded, at)
                # Between these Java writes no exponent. NaN is never between.
                if type(number) is not float or not (0.001 <= number < 1e7 or -1e7 < number <= -0.001 or number == 0):  # noqa: PLR2004
                    setattr(encoded, at, encode(number))
            for at, encode in self._others:
                setattr(encoded, at, encode(getattr(encoded, at)))
        except (msgspec.ValidationError, DataError):
            return self._one_by_one(struct)
        return encoded

    def _one_by_one(self, struct: Any) -> dict[str, Any]:
        if not isinstance(struct, Mapping):
            raise DataError(f"Invalid type for STRUCT: {type(struct).__name__} ({struct!r:.100})")
        names = [field.name for field in self._fields.values()]
        unknown = [name for name in struct if name not in names]
        if unknown:
            raise DataError(f"{unknown[0]!r} is not a valid field name: the struct's schema has {names}")
        encoded = {}
        for field in self._fields.values():
            try:
                encoded[field.name] = field.encode(struct.get(field.name))
            except DataError as exc:
                raise DataError(f"Field {field.name!r}: {exc}") from exc
        return encoded


def _member(at: str, field: FieldEncoder) -> tuple[str, Any] | tuple[str, Any, Any]:
    if field.json_type is None:
        return at, Any, None
    return (at, field.json_type, None) if field.null_is_direct else (at, field.json_type)
