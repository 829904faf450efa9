"""Runs cases through the classes that plugin packages announce, as the runtime would."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from connect_runtime.cli.conformance.cases import Case
from connect_runtime.errors import ConfigError, ConnectError, DataError, PluginNotFoundError
from connect_runtime.model import Schema, SinkRecord, SourceRecord, Type
from connect_runtime.model.described import same, schema_of, spec_of_schema, spec_of_value, value_of
from connect_runtime.model.described_record import AnyRecord, record_of, same_record, spec_of_record
from connect_runtime.pipeline import TransformChain
from connect_runtime.pipeline.build import build_chain
from connect_runtime.plugins import PluginRegistry
from connect_runtime.sdk import AnyRecord as AnyKind
from connect_runtime.sdk import Converter, HeaderConverter
from connect_runtime.sdk.data import (
    DATE,
    TIME,
    TIMESTAMP,
    convert_to_boolean,
    convert_to_date,
    convert_to_decimal,
    convert_to_float,
    convert_to_integer,
    convert_to_list,
    convert_to_map,
    convert_to_string,
    convert_to_struct,
    convert_to_time,
    convert_to_timestamp,
    decimal_schema,
    infer_schema,
    parse_string,
    project,
    validate,
)

__all__ = ["Outcome", "run_case"]

_TOPIC: Final = "topic"
_CONVERSIONS: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType(
    {
        "convertToBoolean": convert_to_boolean,
        "convertToByte": partial(convert_to_integer, Type.INT8),
        "convertToShort": partial(convert_to_integer, Type.INT16),
        "convertToInteger": partial(convert_to_integer, Type.INT32),
        "convertToLong": partial(convert_to_integer, Type.INT64),
        "convertToFloat": partial(convert_to_float, Type.FLOAT32),
        "convertToDouble": partial(convert_to_float, Type.FLOAT64),
        "convertToString": convert_to_string,
        "convertToList": convert_to_list,
        "convertToMap": convert_to_map,
        "convertToStruct": convert_to_struct,
        "convertToDate": convert_to_date,
        "convertToTime": convert_to_time,
        "convertToTimestamp": convert_to_timestamp,
        "convertToDecimal": convert_to_decimal,
    }
)
_RESULT_SCHEMAS: Final[Mapping[str, Schema]] = MappingProxyType(
    {
        "convertToDate": DATE,
        "convertToTime": TIME,
        "convertToTimestamp": TIMESTAMP,
        "convertToDecimal": decimal_schema(0),
    }
)


@dataclass(frozen=True)
class Outcome:
    """What became of a case.

    Attributes:
        passed: Whether it is what was expected.
        expected: That, as JSON or the kind of error.
        got: What came instead, as JSON or the error.
    """

    passed: bool
    expected: str
    got: str


class _Got(NamedTuple):
    """What a plugin gave back: whether that was right, and how to show it."""

    is_right: bool
    shown: Any


def run_case(case: Case, plugins: PluginRegistry) -> Outcome:
    """Run one case. What a plugin raises is an outcome too."""
    expected = case.error or _json(case.output)
    try:
        got = _RUNNERS[case.kind](case, plugins)
    except Exception as exc:  # noqa: BLE001  # plugin calls end here, the error is what the case is about
        return Outcome(_kind(exc) == case.error, expected, f"{_kind(exc)}: {exc}")
    return Outcome(case.error is None and got.is_right, expected, _json(got.shown))


def _kind(error: Exception) -> str:
    if isinstance(error, PluginNotFoundError):
        return ConfigError.__name__  # as in Kafka, where a class is a value of a key
    for kind in (ConfigError, DataError):
        if isinstance(error, kind):
            return kind.__name__
    return type(error).__name__


def _run_transform(case: Case, plugins: PluginRegistry) -> _Got:
    if case.cls == "chain":
        config = case.config
    else:
        options = {f"transforms.it.{name}": value for name, value in case.config.items()}
        config = {**options, "transforms": "it", "transforms.it.type": case.cls}
    after = _transformed(config, record_of(case.input), plugins)
    if after is None or case.output is None:
        return _Got(after is None and case.output is None, None if after is None else spec_of_record(after))
    return _Got(same_record(after, record_of(case.output)), spec_of_record(after))


def _transformed(config: Mapping[str, str], record: AnyRecord, plugins: PluginRegistry) -> AnyRecord | None:
    if isinstance(record, SourceRecord):
        return _both_ways(build_chain(config, plugins, SourceRecord), record)
    return _both_ways(build_chain(config, plugins, SinkRecord), record)


def _both_ways(chain: TransformChain[AnyKind], record: AnyKind) -> AnyKind | None:
    after = chain.apply(record)
    in_batch = chain.apply_batch([record])[0]
    is_same = after is in_batch if after is None or in_batch is None else same_record(in_batch, after)
    if not is_same:
        raise ConnectError("apply and apply_batch give different records")
    return after


def _run_predicate(case: Case, plugins: PluginRegistry) -> _Got:
    predicate = plugins.find_predicate(case.cls)()
    predicate.configure(case.config)
    got = {"result": predicate.test(record_of(case.input))}
    return _Got(got == case.output, got)


def _run_converter(case: Case, plugins: PluginRegistry) -> _Got:
    operation: str = case.input["op"]
    converter = _converter(case, plugins)
    if operation.startswith("from_connect"):
        schema = schema_of(case.input["schema"])
        value = value_of(schema, case.input["value"])
        if isinstance(converter, Converter):
            data = converter.from_connect(_TOPIC, schema, value)
            if list(converter.from_connect_batch(_TOPIC, [schema], [value])) != [data]:
                raise ConnectError("from_connect and from_connect_batch give different bytes")
        else:
            data = converter.from_connect_header(_TOPIC, "key", schema, value)
        expected = None if case.output is None else _bytes(case.output["data"])
        return _Got(data == expected, {"data": _spec_of_bytes(data, case.input.get("as"))})
    raw = _bytes(case.input["data"])
    if isinstance(converter, Converter):
        found, value = converter.to_connect(_TOPIC, raw)
    else:
        found, value = converter.to_connect_header(_TOPIC, "key", raw)
    return _compared(case, found, value)


def _converter(case: Case, plugins: PluginRegistry) -> Converter | HeaderConverter:
    if case.input["op"].endswith("_header"):
        header_converter = plugins.find_header_converter(case.cls)()
        header_converter.configure(case.config)
        return header_converter
    converter = plugins.find_converter(case.cls)()
    converter.configure(case.config, is_key=False)
    return converter


def _bytes(spec: Mapping[str, str] | None) -> bytes | None:
    match spec:
        case None:
            return None
        case {"$utf8": text}:
            return text.encode()
        case _:
            return b64decode(spec["$bytes"])


def _spec_of_bytes(data: bytes | None, form: str | None) -> Any:
    return (
        {"$utf8": data.decode("utf-8", "replace")} if data is not None and form == "utf8" else spec_of_value(None, data)
    )


def _compared(case: Case, schema: Schema | None, value: Any) -> _Got:
    shown = {"schema": spec_of_schema(schema), "value": spec_of_value(schema, value)}
    if case.output is None:
        return _Got(is_right=False, shown=shown)
    expected = schema_of(case.output["schema"])
    is_right = schema == expected and same(expected, value, value_of(expected, case.output["value"]))
    return _Got(is_right, shown)


def _run_values(case: Case, plugins: PluginRegistry) -> _Got:
    del plugins
    match case.input["fn"]:
        case "parseString":
            return _compared(case, *parse_string(case.input["text"]))
        case "inferSchema":
            got = {"schema": spec_of_schema(infer_schema(value_of(None, case.input["value"])))}
            return _Got(case.output is not None and schema_of(got["schema"]) == schema_of(case.output["schema"]), got)
        case "validate":
            schema = _required(case.input["schema"])
            validate(schema, value_of(schema, case.input["value"]))
            return _Got(case.output == {"valid": True}, {"valid": True})
        case "project":
            source, target = _required(case.input["source"]), _required(case.input["target"])
            return _result(case, target, project(source, value_of(source, case.input["value"]), target))
        case function:
            return _converted(case, function)


def _converted(case: Case, function: str) -> _Got:
    schema = schema_of(case.input["schema"])
    scale = [case.input["scale"]] if "scale" in case.input else []
    value = _CONVERSIONS[function](schema, value_of(schema, case.input["value"]), *scale)
    return _result(case, _RESULT_SCHEMAS.get(function), value)


def _result(case: Case, schema: Schema | None, value: Any) -> _Got:
    is_right = case.output is not None and same(schema, value, value_of(schema, case.output["value"]))
    return _Got(is_right, {"value": spec_of_value(schema, value)})


def _required(spec: Mapping[str, Any]) -> Schema:
    schema = schema_of(spec)
    if schema is None:
        raise ConnectError("The case has no schema where one is needed")
    return schema


def _json(shown: Any) -> str:
    return json.dumps(shown, ensure_ascii=False)


_RUNNERS: Final[Mapping[str, Callable[[Case, PluginRegistry], _Got]]] = MappingProxyType(
    {"transform": _run_transform, "predicate": _run_predicate, "converter": _run_converter, "values": _run_values}
)
