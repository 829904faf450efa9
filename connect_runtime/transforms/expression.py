"""Expression: records chosen and fields computed by JMESPath expressions; and the predicate that asks one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from connect_runtime.sdk import (
    AnyRecord,
    ConfigDef,
    ConfigError,
    ConfigKey,
    ConfigType,
    DataError,
    Importance,
    Predicate,
    Schema,
    SinkRecord,
    SourceRecord,
    Transform,
    Type,
    primitive_schema,
    validators,
)
from connect_runtime.sdk.data import INTEGER_BITS, logical_type, validate
from connect_runtime.transforms.cast_values import OUTPUT_TYPES
from connect_runtime.transforms.expression_code import Code
from connect_runtime.transforms.expressions import (
    RecordView,
    compiled,
    compiled_members,
    expression_check,
    members_check,
    truth,
)
from connect_runtime.transforms.structs import copied_map, rebuilt_schema, require_struct_schema

__all__ = ["Expression", "MatchesExpression"]

_PURPOSE: Final = "setting fields by expression"
_FILTER: Final = "filter"
_SET: Final = "set"
_TYPES: Final = "set.types"
_EXPRESSION: Final = "expression"
_MOST_SCHEMAS: Final = 256
_CLASSES: Final[Mapping[Type, type]] = MappingProxyType({Type.FLOAT64: float, Type.STRING: str, Type.BOOLEAN: bool})
"""What values of a type are, where the class says enough."""


class _Plan(NamedTuple):
    """The schema that values have with their fields set, and what makes each result a value of its field."""

    schema: Schema
    fits: Sequence[tuple[str, Callable[[Any], Any]]]


class Expression(Transform):
    """Drops records that a condition does not hold for, and computes fields of the value, by JMESPath expressions.

    An expression sees the record as an object with ``topic``, ``partition``, ``offset``, ``timestamp``, ``key``,
    ``value`` and ``headers``; dates and times are ISO text in it, bytes base64, decimals numbers. Besides JMESPath's
    functions there are ``add``, ``subtract``, ``multiply``, ``divide``, ``concat``, ``lower``, ``upper``, ``trim``,
    ``split`` and ``replace``. Numbers in expressions stand between backticks, texts between single quotes; what ``!``
    turns round needs parentheses, ``!(value.paid)``.

    With a schema, a computed field that the schema does not have needs a type in ``set.types``; one that it has keeps
    its own. A tombstone has no fields to set and goes on as it is, if the filter lets it.
    """

    _view: RecordView
    _filter: tuple[Code, str] | None
    _members: Mapping[str, Code]
    _plan: Callable[[Schema], _Plan]

    @classmethod
    def config_def(cls) -> ConfigDef:
        """``filter``, ``set``, ``set.types``."""
        return ConfigDef(
            [
                ConfigKey(
                    _FILTER,
                    validator=expression_check(),
                    importance=Importance.HIGH,
                    doc="Condition that must come to true for a record to go on; false and null drop it. E.g. "
                    "value.total > `100` && topic == 'orders'",
                ),
                ConfigKey(
                    _SET,
                    validator=members_check(),
                    importance=Importance.HIGH,
                    doc="Fields of the value to set, all computed from the record as it was. E.g. "
                    "{total: multiply(value.price, value.count), origin: topic}",
                ),
                ConfigKey(
                    _TYPES,
                    ConfigType.LIST,
                    default="",
                    validator=_TypesCheck(),
                    doc="Types of new fields of values with a schema, e.g. total:float64,origin:string.",
                ),
            ]
        )

    def configure(self, config: Mapping[str, str]) -> None:
        """Take the expressions. Raises: ConfigError."""
        options = self.config_def().parse(config)
        condition, fields = options[_FILTER], options[_SET]
        if condition is None and fields is None:
            raise ConfigError(f"Expression has nothing to do: set {_FILTER} or {_SET}")
        self._view = RecordView(filter(None, (condition, fields)))
        self._filter = None if condition is None else (compiled(condition, _FILTER), condition)
        self._members = {} if fields is None else compiled_members(fields, _SET)
        names, types = list(self._members), _parsed_types(options[_TYPES])
        self._plan = lru_cache(_MOST_SCHEMAS)(lambda schema: _planned(schema, names, types))

    def apply(self, record: AnyRecord) -> AnyRecord | None:
        """The record with its fields set, ``None`` if the condition does not hold. Raises: DataError."""
        view = self._view(record)
        if self._filter is not None:
            condition, text = self._filter
            if not truth(condition(view), text):
                return None
        if not self._members or record.value is None:
            return record
        fields = {name: code(view) for name, code in self._members.items()}
        if record.value_schema is None:
            return replace(record, value=copied_map(record.value, _PURPOSE) | fields)
        schema, fits = self._plan(record.value_schema)
        value = copied_map(record.value, _PURPOSE)
        for name, fit in fits:
            value[name] = fit(fields[name])
        return replace(record, value=value, value_schema=schema)


class MatchesExpression(Predicate):
    """True for records for which a JMESPath expression comes to true.

    The expression sees what those of the transform ``Expression`` see.
    """

    _view: RecordView
    _condition: Code
    _text: str

    @classmethod
    def config_def(cls) -> ConfigDef:
        """``expression``."""
        return ConfigDef(
            [
                ConfigKey(
                    _EXPRESSION,
                    required=True,
                    validator=validators.all_of(validators.non_null(), expression_check()),
                    importance=Importance.HIGH,
                    doc="Condition that comes to true, or to false or null. E.g. value.country == 'AT'",
                )
            ]
        )

    def configure(self, config: Mapping[str, str]) -> None:
        """Take the expression. Raises: ConfigError."""
        self._text = self.config_def().parse(config)[_EXPRESSION]
        self._view, self._condition = RecordView([self._text]), compiled(self._text, _EXPRESSION)

    def test(self, record: SourceRecord | SinkRecord) -> bool:
        """Whether the expression comes to true. Raises: DataError, if to something that is no truth."""
        return truth(self._condition(self._view(record)), self._text)


class _TypesCheck:
    def __call__(self, name: str, value: Any) -> None:
        del name
        _parsed_types(value or [])

    def __str__(self) -> str:
        return f"list of name:type, types {', '.join(OUTPUT_TYPES)}"


def _parsed_types(items: Sequence[str]) -> dict[str, Type]:
    types = {}
    for item in items:
        name, _, type_ = (part.strip() for part in item.rpartition(":"))
        if not name or type_.lower() not in OUTPUT_TYPES:
            known = ", ".join(OUTPUT_TYPES)
            raise ConfigError(f"{_TYPES}: {item!r} is not name:type; types are {known}", key=_TYPES)
        types[name] = OUTPUT_TYPES[type_.lower()]
    return types


def _planned(schema: Schema, names: Sequence[str], types: Mapping[str, Type]) -> _Plan:
    require_struct_schema(schema, _PURPOSE)
    fields = {field.name: field.schema for field in schema.fields}
    for name in names:
        if name in types:
            fields[name] = primitive_schema(types[name], optional=True)
        elif name not in fields:
            raise DataError(f"The schema of the value has no field {name}: say its type, e.g. {_TYPES}={name}:string")
    target = rebuilt_schema(schema, fields.items(), optional=schema.optional)
    return _Plan(target, [(name, _fitting(fields[name], name)) for name in names])


def _fitting(schema: Schema, name: str) -> Callable[[Any], Any]:
    """Makes results values of a schema: JSON has but one kind of number. What it gives raises `DataError`."""
    exact = None if logical_type(schema) else _CLASSES.get(schema.type)
    is_integer, is_float = schema.type in INTEGER_BITS, schema.type in (Type.FLOAT32, Type.FLOAT64)

    def fit(found: Any) -> Any:
        if type(found) is exact:
            return found
        if is_integer and isinstance(found, float) and found.is_integer():
            found = int(found)
        elif is_float and type(found) is int:
            found = float(found)
        validate(schema, found, name)
        return found

    return fit
