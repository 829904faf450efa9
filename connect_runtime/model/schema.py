"""Schemas: what a value is, told apart from the value.

Struct values are plain ``dict``s (field name to stored value) beside their schema. Schemas are immutable and interned:
two equal schemas that came through the functions here are the same object, so hot paths may compare with ``is`` first.

A struct may contain itself, as a tree's node does (`recursive_schema`): then its schema is reached again from its own
fields. Whoever walks through schemas without a value to guide the way has to stop where a struct `is_recursive`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any, overload

from connect_runtime.errors import DataError, SchemaBuilderError

__all__ = [
    "BOOLEAN",
    "BYTES",
    "FLOAT32",
    "FLOAT64",
    "INT8",
    "INT16",
    "INT32",
    "INT64",
    "OPTIONAL_BOOLEAN",
    "OPTIONAL_BYTES",
    "OPTIONAL_FLOAT32",
    "OPTIONAL_FLOAT64",
    "OPTIONAL_INT8",
    "OPTIONAL_INT16",
    "OPTIONAL_INT32",
    "OPTIONAL_INT64",
    "OPTIONAL_STRING",
    "STRING",
    "Field",
    "Schema",
    "Type",
    "array_schema",
    "is_recursive",
    "map_schema",
    "primitive_schema",
    "recursive_schema",
    "struct_schema",
]


class Type(Enum):
    """The twelve kinds of value; the values are their names in JSON schemas."""

    INT8 = "int8"
    INT16 = "int16"
    INT32 = "int32"
    INT64 = "int64"
    FLOAT32 = "float"
    FLOAT64 = "double"
    BOOLEAN = "boolean"
    STRING = "string"
    BYTES = "bytes"
    ARRAY = "array"
    MAP = "map"
    STRUCT = "struct"

    @property
    def is_primitive(self) -> bool:
        """Whether values of it hold no other values."""
        return self not in (Type.ARRAY, Type.MAP, Type.STRUCT)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a struct schema: its name, its place from 0, its schema."""

    name: str
    index: int
    schema: Schema


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """What a value is. Make one with the functions of this module, which intern it.

    Attributes:
        type: Kind of value.
        optional: Whether ``None`` is a valid value.
        default: Value in place of an absent one; ``None`` means that there is none.
        name: Name of the schema, e.g. of a logical type.
        version: Version of the named schema.
        doc: Text for people.
        parameters: Further facts by name, ``None`` when there are none.
        key_schema: Schema of a map's keys; ``None`` otherwise, or unknown (text parsing only).
        value_schema: Schema of an array's items or a map's values; ``None`` otherwise, or unknown.
        fields: Fields of a struct, in order; empty otherwise.
    """

    type: Type
    optional: bool = False
    default: Any = None
    name: str | None = None
    version: int | None = None
    doc: str | None = None
    parameters: Mapping[str, str] | None = None
    key_schema: Schema | None = None
    value_schema: Schema | None = None
    fields: Sequence[Field] = ()
    _by_name: dict[str, Field] = field(init=False, repr=False)
    _identity: tuple[Any, ...] = field(init=False, repr=False)
    _hash: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_name = self.fields.by_name if isinstance(self.fields, _Knot) else {f.name: f for f in self.fields}
        object.__setattr__(self, "_by_name", by_name)
        identity = (
            self.type,
            self.optional,
            _frozen(self.default),
            self.name,
            self.version,
            self.doc,
            tuple(sorted(self.parameters.items())) if self.parameters else None,
            self.key_schema,
            self.value_schema,
            self.fields,
        )
        object.__setattr__(self, "_identity", identity)
        object.__setattr__(self, "_hash", hash(identity))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Schema) and self._hash == other._hash and self._identity == other._identity

    @property
    def own_attributes(self) -> tuple[Any, ...]:
        """What can be compared of it without looking at the schemas inside."""
        return self._identity[:-3]

    def field(self, name: str) -> Field | None:
        """The field of that name, ``None`` when there is none.

        Raises:
            DataError: The schema is not a struct's.
        """
        if self.type is not Type.STRUCT:
            raise DataError(f"Cannot look up field {name!r} on a {self.type.value} schema: only a struct has fields")
        return self._by_name.get(name)

    def get(self, struct: Mapping[str, Any], name: str) -> Any:
        """The value of a field of ``struct``, or the field's default where none is stored.

        Raises:
            DataError: The schema has no such field.
        """
        found = self.field(name)
        if found is None:
            raise DataError(f"{name} is not a valid field name")
        value = struct.get(name)
        return found.schema.default if value is None else value

    def as_optional(self) -> Schema:
        """The same schema with ``None`` allowed."""
        return self if self.optional else self.with_(optional=True)

    def with_(self, **changes: Any) -> Schema:
        """A copy with other attributes, interned."""
        kept = {name: getattr(self, name) for name in _ATTRIBUTES} | changes
        return _interned(Schema(**kept))


_ATTRIBUTES = (
    "type", "optional", "default", "name", "version", "doc", "parameters", "key_schema", "value_schema", "fields",
)  # fmt: skip
_INTERN: dict[Schema, Schema] = {}
_INTERN_LIMIT = 10_000


def primitive_schema(type_: Type, **attributes: Any) -> Schema:
    """Schema of a value that holds no others; ``attributes`` as in `Schema`.

    Raises:
        SchemaBuilderError: The type is an array, map or struct.
    """
    if not type_.is_primitive:
        raise SchemaBuilderError(f"{type_.value} is not a primitive type")
    return _interned(Schema(type_, **attributes))


def array_schema(items: Schema | None, **attributes: Any) -> Schema:
    """Schema of a list; ``items`` is ``None`` only where text parsing could not tell."""
    return _interned(Schema(Type.ARRAY, value_schema=items, **attributes))


def map_schema(keys: Schema | None, values: Schema | None, **attributes: Any) -> Schema:
    """Schema of a map; either part is ``None`` only where text parsing could not tell."""
    return _interned(Schema(Type.MAP, key_schema=keys, value_schema=values, **attributes))


def struct_schema(fields: Mapping[str, Schema], **attributes: Any) -> Schema:
    """Schema of a struct, its fields in the mapping's order.

    Raises:
        SchemaBuilderError: A field has an empty name.
    """
    return _interned(Schema(Type.STRUCT, fields=_built(fields), **attributes))


def recursive_schema(make: Callable[[Callable[[], Schema]], Mapping[str, Schema]], **attributes: Any) -> Schema:
    """Schema of a struct that may contain itself.

    Args:
        make: Makes the fields; what it is given answers the struct's own schema, the fields of which are not there yet.
            A `make` that does not ask for it makes a struct like any other.
        **attributes: As in `Schema`; what stands inside has them, too.

    Raises:
        SchemaBuilderError: A field has an empty name.
    """
    knot = _Knot(attributes.get("name"))
    itself: list[Schema] = []

    def own() -> Schema:
        if not itself:
            itself.append(Schema(Type.STRUCT, fields=knot, **attributes))
        return itself[0]

    fields = make(own)
    if not itself:
        return struct_schema(fields, **attributes)
    knot.tie(_built(fields))
    return _interned(itself[0])


def is_recursive(schema: Schema) -> bool:
    """Whether a struct contains itself. Its ``fields`` are the same object wherever it does."""
    return isinstance(schema.fields, _Knot)


class _Knot(Sequence[Field]):
    """The fields of a struct that contains itself: made first, said once they are there.

    Two are equal when nothing tells them apart however far one follows them.
    """

    __slots__ = ("_fields", "_name", "by_name")

    def __init__(self, name: str | None) -> None:
        self._name = name
        self._fields: tuple[Field, ...] | None = None
        self.by_name: dict[str, Field] = {}

    def tie(self, fields: tuple[Field, ...]) -> None:
        """Say what the fields are, once."""
        self.by_name.update({field.name: field for field in fields})
        self._fields = fields  # last: from then on other threads may find this equal to theirs, and take it

    @overload
    def __getitem__(self, index: int) -> Field: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Field]: ...
    def __getitem__(self, index: int | slice) -> Field | Sequence[Field]:
        return (self._fields or ())[index]

    def __len__(self) -> int:
        return len(self._fields or ())

    def __hash__(self) -> int:
        return hash(self._name)  # known before the fields are, and of finite size

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, _Knot) and None not in (self._fields, other._fields) and _same_fields(self, other, set())
        )

    def __repr__(self) -> str:
        return f"<the {len(self)} fields of {self._name or 'a struct'}, which contains itself>"


def _same_fields(one: Sequence[Field], other: Sequence[Field], assumed: set[tuple[int, int]]) -> bool:
    pair = (id(one), id(other))
    if one is other or pair in assumed:
        return True
    assumed.add(pair)  # on the way round they are as equal as the rest of them is
    return len(one) == len(other) and all(
        mine.name == its.name and _same(mine.schema, its.schema, assumed) for mine, its in zip(one, other, strict=True)
    )


def _same(one: Schema | None, other: Schema | None, assumed: set[tuple[int, int]]) -> bool:
    if one is None or other is None or one is other:
        return one is other
    return (
        one.own_attributes == other.own_attributes
        and _same(one.key_schema, other.key_schema, assumed)
        and _same(one.value_schema, other.value_schema, assumed)
        and _same_fields(one.fields, other.fields, assumed)
    )


def _built(fields: Mapping[str, Schema]) -> tuple[Field, ...]:
    if any(not name for name in fields):
        raise SchemaBuilderError("fieldName cannot be null or empty: every field of a struct needs a name")
    return tuple(Field(name, index, schema) for index, (name, schema) in enumerate(fields.items()))


def _interned(schema: Schema) -> Schema:
    # Data may bring endless schemas: equality still holds after a reset, only `is` stops being a shortcut.
    if len(_INTERN) >= _INTERN_LIMIT:
        _INTERN.clear()
    return _INTERN.setdefault(schema, schema)


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return ("map", frozenset((_frozen(k), _frozen(v)) for k, v in value.items()))
    if isinstance(value, list | tuple):
        return ("list", tuple(_frozen(item) for item in value))
    if isinstance(value, float | Decimal):
        return (type(value).__name__, str(value))  # NaN is itself here, 0.0 not -0.0, 1.0 not 1.00: as in Java
    return (type(value).__name__, value)


BOOLEAN = primitive_schema(Type.BOOLEAN)
INT8 = primitive_schema(Type.INT8)
INT16 = primitive_schema(Type.INT16)
INT32 = primitive_schema(Type.INT32)
INT64 = primitive_schema(Type.INT64)
FLOAT32 = primitive_schema(Type.FLOAT32)
FLOAT64 = primitive_schema(Type.FLOAT64)
STRING = primitive_schema(Type.STRING)
BYTES = primitive_schema(Type.BYTES)
OPTIONAL_BOOLEAN = BOOLEAN.as_optional()
OPTIONAL_INT8 = INT8.as_optional()
OPTIONAL_INT16 = INT16.as_optional()
OPTIONAL_INT32 = INT32.as_optional()
OPTIONAL_INT64 = INT64.as_optional()
OPTIONAL_FLOAT32 = FLOAT32.as_optional()
OPTIONAL_FLOAT64 = FLOAT64.as_optional()
OPTIONAL_STRING = STRING.as_optional()
OPTIONAL_BYTES = BYTES.as_optional()
