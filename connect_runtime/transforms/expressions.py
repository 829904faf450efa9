"""JMESPath expressions over records.

To an expression a record is an object with ``topic``, ``partition``, ``offset`` (``null`` at a source), ``timestamp``
(milliseconds), ``key``, ``value`` and ``headers`` (the last value of each name). Structs and maps are objects. What
JSON does not know is text - dates and times in ISO form, bytes as base64 - or, for decimals, a number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import jmespath
from jmespath.exceptions import JMESPathError, JMESPathTypeError

from connect_runtime.sdk import (
    ConfigError,
    DataError,
    Schema,
    SinkRecord,
    SourceRecord,
    Type,
    validators,
)
from connect_runtime.sdk.data import convert_to_string, is_recursive, logical_type
from connect_runtime.transforms.expression_code import Code, compile_node, names_seen
from connect_runtime.transforms.expression_functions import ExpressionFunctions

__all__ = ["RecordView", "compiled", "compiled_members", "expression_check", "members_check", "truth"]

_View = Callable[[Any], Any]
_ViewOf = Callable[[Schema], _View | None]
_MOST_VIEWS: Final = 256


def compiled(text: str, key: str) -> Code:
    """An expression as a function of what `RecordView` gives.

    Raises:
        ConfigError: The text is no expression.
    """
    return _translating_errors(compile_node(_parsed(text, key), ExpressionFunctions()), text)


def compiled_members(text: str, key: str) -> dict[str, Code]:
    """The members of an expression such as ``{total: value.total}``, each as `compiled`.

    Raises:
        ConfigError: The text is no expression, or one of another form.
    """
    node = _parsed(text, key)
    if node["type"] != "multi_select_dict":
        raise ConfigError(f"{key} must have the form {{name: expression, name: expression}}: {text}", key=key)
    functions = ExpressionFunctions()
    return {
        member["value"]: _translating_errors(compile_node(member["children"][0], functions), text)
        for member in node["children"]
    }


def expression_check() -> validators.Check:
    """A validator: a JMESPath expression, or ``None``."""
    return _check("JMESPath expression", compiled)


def members_check() -> validators.Check:
    """A validator: an expression of the form ``{name: expression, ...}``, or ``None``."""
    return _check("JMESPath expression of the form {name: expression, ...}", compiled_members)


def truth(found: Any, text: str) -> bool:
    """What a condition came to; null is false.

    Raises:
        DataError: It is neither true nor false.
    """
    if found is None or found is False:
        return False
    if found is True:
        return True
    raise DataError(f"A condition must come to true or false, not to a {type(found).__name__}: {text}")


class RecordView:
    """Shows records to expressions. Used by one thread, the task's.

    Args:
        texts: The expressions, which are valid; what none of them asks for is not shown.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        seen = [names_seen(jmespath.compile(text).parsed) for text in texts]
        names = frozenset(_SHOWN) if None in seen else frozenset[str]().union(*filter(None, seen))
        self._shown = [(name, show) for name, show in _SHOWN.items() if name in names]
        self._view_of = lru_cache(_MOST_VIEWS)(_view)

    def __call__(self, record: SourceRecord | SinkRecord) -> dict[str, Any]:
        """The object that expressions see."""
        view_of = self._view_of
        return {name: show(record, view_of) for name, show in self._shown}


def _key(record: SourceRecord | SinkRecord, view_of: _ViewOf) -> Any:
    view = None if record.key_schema is None or record.key is None else view_of(record.key_schema)
    return record.key if view is None else view(record.key)


def _value(record: SourceRecord | SinkRecord, view_of: _ViewOf) -> Any:
    view = None if record.value_schema is None or record.value is None else view_of(record.value_schema)
    return record.value if view is None else view(record.value)


_SHOWN: Final[Mapping[str, Callable[[SourceRecord | SinkRecord, _ViewOf], Any]]] = MappingProxyType(
    {
        "topic": lambda record, _: record.topic,
        "partition": lambda record, _: record.kafka_partition,
        "offset": lambda record, _: record.kafka_offset if isinstance(record, SinkRecord) else None,
        "timestamp": lambda record, _: record.timestamp,
        "key": _key,
        "value": _value,
        "headers": lambda record, _: {header.key: _plain(header.value) for header in record.headers},
    }
)


def _parsed(text: str, key: str) -> Mapping[str, Any]:
    try:
        node: Mapping[str, Any] = jmespath.compile(text).parsed
    except JMESPathError as exc:
        raise ConfigError(f"{key} is no JMESPath expression: {text}\n{exc}", key=key) from exc
    problem = _misused_function(node)
    if problem:
        raise ConfigError(f"{key} calls {problem}: {text}", key=key)
    return node


def _misused_function(node: Mapping[str, Any]) -> str | None:
    if node["type"] == "function_expression":
        name, count = node["value"], len(node["children"])
        function = ExpressionFunctions.FUNCTION_TABLE.get(name)
        if function is None:
            return f"{name}(), which is no function"
        wanted = len(function["signature"])
        is_variadic = wanted > 0 and function["signature"][-1].get("variadic", False)
        if count < wanted or (count > wanted and not is_variadic):
            return f"{name}() with {count} arguments, but it takes {wanted}{' or more' if is_variadic else ''}"
    return next(filter(None, map(_misused_function, node["children"])), None)


def _check(text: str, compile_text: Callable[[str, str], object]) -> validators.Check:
    def reason(value: Any) -> str | None:
        try:
            if value is not None:
                compile_text(value, "It")
        except ConfigError as exc:
            return str(exc)
        return None

    return validators.Check(text, reason)


def _translating_errors(code: Code, text: str) -> Code:
    def evaluate(view: Any) -> Any:
        try:
            return code(view)
        except JMESPathTypeError as exc:
            # The error's own text shows the value.
            raise DataError(
                f"{exc.function_name}() takes a {' or '.join(exc.expected_types)}, not a {exc.actual_type}: {text}"
            ) from None
        except (JMESPathError, TypeError, ValueError, ArithmeticError) as exc:
            raise DataError(f"{type(exc).__name__} in the expression {text}") from None

    return evaluate


def _view(schema: Schema) -> _View | None:
    """How values of a schema are shown; ``None``: as they are."""
    if is_recursive(schema):
        return _plain
    if logical_type(schema) is not None or schema.type is Type.BYTES:
        return _plain
    match schema.type:
        case Type.STRUCT:
            inner = {field.name: view for field in schema.fields if (view := _view(field.schema)) is not None}
            return _struct_view(inner) if inner else None
        case Type.ARRAY | Type.MAP:
            return None if schema.value_schema is None or _view(schema.value_schema) is None else _plain
        case _:
            return None


def _struct_view(views: Mapping[str, _View]) -> _View:
    def show(struct: Any) -> Any:
        if not isinstance(struct, Mapping):
            return struct
        shown = dict(struct)
        for name, view in views.items():
            item = shown.get(name)
            if item is not None:
                shown[name] = view(item)
        return shown

    return show


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case date() | time() | timedelta() | bytes() | bytearray() | memoryview():
            return convert_to_string(None, value)
        case list() | tuple():
            return [_plain(item) for item in value]
        case Mapping():
            return {key: _plain(item) for key, item in value.items()}
        case _:
            return value
