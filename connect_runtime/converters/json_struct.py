"""Structs to what the JSON encoder writes: checked in C, touched in Python only where a field is not right as it is.

Strings, booleans, integers and containers of these are checked, with ranges and nulls, by a type made of the schema.
Numbers with a fraction are looked at, because Java writes some of them in another form; everything else is encoded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final, NamedTuple

import msgspec

from connect_runtime.sdk import DataError
from connect_runtime.sdk.data import class_text

__all__ = ["FieldEncoder", "StructEncoder"]

_ESCAPED: Final = re.compile(r'["\\\x00-\x1f\ud800-\udfff]')


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
        json_type: The type of structs as they are written; ``None`` when a field's name keeps it from having one.
        is_direct: Whether converting to that type is all there is to do.
    """

    def __init__(self, fields: Iterable[FieldEncoder]) -> None:
        self._fields = {f"f{place}": field for place, field in enumerate(fields)}
        self._floats = [(at, field.encode) for at, field in self._fields.items() if field.is_float]
        self._others = [
            (at, field.encode) for at, field in self._fields.items() if field.json_type is None and not field.is_float
        ]
        self._numbers = _getter([at for at, _ in self._floats])
        self.is_direct = _can_be_typed(self._fields.values()) and not self._floats and not self._others
        self.json_type = _struct_type(self._fields) if _can_be_typed(self._fields.values()) else None

    def __call__(self, struct: Any) -> Any:
        """What to write. Raises: DataError, naming the field at fault."""
        if self.json_type is None:
            return self._one_by_one(struct)
        try:
            encoded = msgspec.convert(struct, self.json_type)
            for number in self._numbers(encoded):
                # Between these limits Java writes no exponent. NaN is never between.
                if type(number) is not float or not (0.001 <= number < 1e7 or -1e7 < number <= -0.001 or number == 0):  # noqa: PLR2004
                    _encode(encoded, self._floats)
                    break
            _encode(encoded, self._others)
        except (msgspec.ValidationError, DataError):
            return self._one_by_one(struct)
        return encoded

    def _one_by_one(self, struct: Any) -> dict[str, Any]:
        if not isinstance(struct, Mapping):
            raise DataError(f"Invalid type for STRUCT: {class_text(struct)}")
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


def _can_be_typed(fields: Iterable[FieldEncoder]) -> bool:
    return not any(_ESCAPED.search(field.name) for field in fields)


def _struct_type(fields: Mapping[str, FieldEncoder]) -> Any:
    return msgspec.defstruct(
        "struct",
        [_member(at, field) for at, field in fields.items()],
        rename={at: field.name for at, field in fields.items()},
        forbid_unknown_fields=True,
        kw_only=True,
        gc=False,
    )


def _encode(struct: Any, fields: Iterable[tuple[str, Callable[[Any], Any]]]) -> None:
    for at, encode in fields:
        setattr(struct, at, encode(getattr(struct, at)))


def _getter(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    if not names:
        return lambda _: ()
    return attrgetter(*names, names[0])  # with one name alone it would give no tuple


def _member(at: str, field: FieldEncoder) -> tuple[str, Any] | tuple[str, Any, Any]:
    if field.json_type is None:
        return at, Any, None
    return (at, field.json_type, None) if field.null_is_direct else (at, field.json_type)
