"""Parsing, conversion, inference, projection and validation give what Kafka Connect gives."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from connect_runtime.errors import DataError
from connect_runtime.model import values
from connect_runtime.model.logical import DATE, TIME, TIMESTAMP, decimal_schema
from connect_runtime.model.project import project
from connect_runtime.model.schema import Type
from connect_runtime.model.validate import validate
from tests.support.conformance import Case, cases, same, schema_of, value_of

CONVERSIONS: dict[str, Callable[..., Any]] = {
    "convertToBoolean": values.convert_to_boolean,
    "convertToByte": partial(values.convert_to_integer, Type.INT8),
    "convertToShort": partial(values.convert_to_integer, Type.INT16),
    "convertToInteger": partial(values.convert_to_integer, Type.INT32),
    "convertToLong": partial(values.convert_to_integer, Type.INT64),
    "convertToFloat": partial(values.convert_to_float, Type.FLOAT32),
    "convertToDouble": partial(values.convert_to_float, Type.FLOAT64),
    "convertToString": values.convert_to_string,
    "convertToList": values.convert_to_list,
    "convertToMap": values.convert_to_map,
    "convertToStruct": values.convert_to_struct,
    "convertToDate": values.convert_to_date,
    "convertToTime": values.convert_to_time,
    "convertToTimestamp": values.convert_to_timestamp,
    "convertToDecimal": values.convert_to_decimal,
}
RESULTS = {
    "convertToDate": DATE,
    "convertToTime": TIME,
    "convertToTimestamp": TIMESTAMP,
    "convertToDecimal": decimal_schema(0),
}


@pytest.mark.parametrize("case", cases("values"), ids=str)
def test_values_behave_as_in_kafka_connect(case: Case) -> None:
    run = {"parseString": _parse, "inferSchema": _infer, "project": _project, "validate": _validate}.get(
        case.input["fn"], _convert
    )
    if case.error is None:
        run(case)
    else:
        assert case.error == "DataError"
        with pytest.raises(DataError):
            run(case)


def _parse(case: Case) -> None:
    schema, value = values.parse_string(case.input["text"])

    assert case.output is not None
    assert schema == schema_of(case.output["schema"])
    assert same(schema, value, value_of(schema, case.output["value"])), value


def _infer(case: Case) -> None:
    schema = values.infer_schema(value_of(None, case.input["value"]))

    assert case.output is not None
    assert schema == schema_of(case.output["schema"])


def _project(case: Case) -> None:
    source, target = schema_of(case.input["source"]), schema_of(case.input["target"])
    assert source is not None
    assert target is not None
    value = project(source, value_of(source, case.input["value"]), target)

    assert case.output is not None
    assert same(target, value, value_of(target, case.output["value"])), value


def _validate(case: Case) -> None:
    schema = schema_of(case.input["schema"])
    assert schema is not None
    validate(schema, value_of(schema, case.input["value"]))

    assert case.output == {"valid": True}


def _convert(case: Case) -> None:
    schema = schema_of(case.input["schema"])
    arguments = [case.input["scale"]] if "scale" in case.input else []
    value = CONVERSIONS[case.input["fn"]](schema, value_of(schema, case.input["value"]), *arguments)

    assert case.output is not None
    expected = value_of(RESULTS.get(case.input["fn"]), case.output["value"])
    assert same(None, value, expected), value
