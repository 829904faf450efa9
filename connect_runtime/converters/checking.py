"""Encoders that check what they are given; the building blocks of converters that bring values into another form."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from connect_runtime.sdk import DataError, Schema, Type
from connect_runtime.sdk.data import INTEGER_BITS, class_text, type_check

__all__ = [
    "Encode",
    "LateBound",
    "checked",
    "given_branch",
    "known",
    "made_once",
    "of_type",
    "optionally",
    "struct_encoder",
]

Encode = Callable[[Any], Any]
"""Brings a value into another form. Raises: DataError, when it is not what it should be."""

_USUAL: Final[Mapping[Type, type]] = MappingProxyType(
    {
        Type.FLOAT64: float,
        Type.BOOLEAN: bool,
        Type.STRING: str,
        Type.BYTES: bytes,
        Type.ARRAY: list,
        Type.MAP: dict,
        Type.STRUCT: dict,
    }
)


class LateBound:
    """A function that is there before what it does is known: for values that contain such as themselves."""

    __slots__ = ("_function",)

    def __init__(self) -> None:
        self._function: Encode | None = None

    def bind(self, function: Encode) -> Encode:
        """Say what it does; gives ``function``, which is faster to call."""
        self._function = function
        return function

    def __call__(self, value: Any) -> Any:
        """What the function that was bound makes of the value."""
        assert self._function is not None  # noqa: S101  # bound before any value comes
        return self._function(value)


def made_once(made: dict[Any, Encode], key: Any, make: Callable[[], Encode]) -> Encode:
    """The function of a key in ``made``, which `make` makes when it is missing, and may ask for while it does."""
    if key not in made:
        late = made[key] = LateBound()
        try:
            made[key] = late.bind(make())
        except BaseException:
            del made[key]
            raise
    return made[key]


def of_type(type_: Type, encode: Encode | None = None) -> Encode:
    """`checked` for values of a type."""
    if type_ in INTEGER_BITS and encode is None:
        return _integer(type_)
    return checked(type_.name, type_check(type_), encode, usual=_USUAL.get(type_))


def checked(
    expected: str, is_valid: Callable[[Any], bool], encode: Encode | None, *, usual: type | None = None
) -> Encode:
    """Checks first; ``encode`` is ``None`` where valid values are right as they are.

    Args:
        expected: What is valid, for the message.
        is_valid: The check.
        encode: What becomes of valid values.
        usual: A class whose values are valid all; most are of it.
    """
    if encode is None:

        def check(value: Any) -> Any:
            if type(value) is usual or is_valid(value):
                return value
            raise _invalid(expected, value)

        return check

    def check_and_encode(value: Any) -> Any:
        if type(value) is usual or is_valid(value):
            return encode(value)
        raise _invalid(expected, value)

    return check_and_encode


def _integer(type_: Type) -> Encode:
    lowest, highest = -(1 << INTEGER_BITS[type_] - 1), (1 << INTEGER_BITS[type_] - 1) - 1

    def check(value: Any) -> Any:
        if type(value) is int and lowest <= value <= highest:
            return value
        raise _invalid(type_.name, value)

    return check


def optionally(schema: Schema, encode: Encode, default: Any, *, null_is_valid: bool) -> Encode:
    """Encodes ``None`` as the default, if there is one, or else as it is where that is valid."""
    if default is not None:
        instead = encode(default)
        return lambda value: instead if value is None else encode(value)
    if null_is_valid:
        return lambda value: None if value is None else encode(value)

    def required(value: Any) -> Any:
        if value is None:
            raise DataError(f"Found null value for a required {schema.type.name} that has no default value")
        return encode(value)

    return required


def struct_encoder(schema: Schema, fields: Sequence[tuple[str, str, Encode]]) -> Encode:
    """Encoder of structs to ``dict``s.

    Args:
        schema: The struct's schema.
        fields: For each field to write: its name, its name in the result, the encoder of its values.
    """
    names = {field.name for field in schema.fields}

    def encode(value: Any) -> Any:
        if type(value) is not dict and not isinstance(value, Mapping):
            raise _invalid("STRUCT", value)
        if not value.keys() <= names:
            unknown = next(name for name in value if name not in names)
            raise DataError(f"{unknown!r} is not a valid field name: the struct's schema has {sorted(names)}")
        get = value.get
        encoded = {}
        for name, written, encode_field in fields:
            try:
                encoded[written] = encode_field(get(name))
            except DataError as exc:
                raise DataError(f"Field {name!r}: {exc}") from exc
        return encoded

    return encode


def given_branch(union: Any, branches: Collection[str]) -> str:
    """The field of a union's struct that has its value. Raises: DataError, unless it is one of ``branches`` alone."""
    given = [name for name, item in union.items() if item is not None] if isinstance(union, Mapping) else []
    if len(given) != 1 or given[0] not in branches:
        raise DataError(f"A union has the value of exactly one of {list(branches)}, not of {given}")
    return str(given[0])


def known(schema: Schema | None) -> Schema:
    """The schema of a part of another. Raises: DataError, when it is not known."""
    if schema is None:
        raise DataError(
            "A schema with elements of unknown type cannot be converted: give arrays and maps element schemas"
        )
    return schema


def _invalid(expected: str, value: Any) -> DataError:
    return DataError(f"Invalid type for {expected}: {class_text(value)}")
