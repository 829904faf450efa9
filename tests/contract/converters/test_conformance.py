"""The converters do to every value and message what Kafka Connect's do."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest

from connect_runtime.converters import plugins
from connect_runtime.errors import ConfigError, DataError
from connect_runtime.sdk import Converter, HeaderConverter
from tests.support.conformance import Case, cases, same, schema_of, value_of

CLASSES = {f"{cls.__module__}.{cls.__qualname__}": cls for cls in plugins.connect_converters()}
ERRORS = {"DataError": DataError, "ConfigError": ConfigError}
TOPIC = "topic"


@pytest.mark.parametrize("case", cases("converter"), ids=str)
def test_converters_behave_as_in_kafka_connect(case: Case) -> None:
    if case.error is None:
        _run(case)
    else:
        with pytest.raises(ERRORS[case.error]):
            _run(case)


def _run(case: Case) -> None:
    operation = case.input["op"]
    converter = CLASSES[plugins.connect_aliases()[case.cls]]()
    if operation.endswith("_header"):
        assert isinstance(converter, HeaderConverter)
        converter.configure(case.config)
    else:
        assert isinstance(converter, Converter)
        converter.configure(case.config, is_key=False)
    if operation.startswith("from_connect"):
        _assert_written(case, converter)
    else:
        _assert_read(case, converter)


def _assert_written(case: Case, converter: Any) -> None:
    schema = schema_of(case.input["schema"])
    value = value_of(schema, case.input["value"])
    if case.input["op"] == "from_connect":
        written = converter.from_connect(TOPIC, schema, value)
        assert list(converter.from_connect_batch(TOPIC, [schema], [value])) == [written]
    else:
        written = converter.from_connect_header(TOPIC, "key", schema, value)

    assert case.output is not None
    assert written == _bytes(case.output["data"])


def _assert_read(case: Case, converter: Any) -> None:
    data = _bytes(case.input["data"])
    if case.input["op"] == "to_connect":
        schema, value = converter.to_connect(TOPIC, data)
        schemas, values = converter.to_connect_batch(TOPIC, [data])
        assert (list(schemas), list(values)) == ([schema], [value])
    else:
        schema, value = converter.to_connect_header(TOPIC, "key", data)

    assert case.output is not None
    expected = schema_of(case.output["schema"])
    assert schema == expected
    assert same(expected, value, value_of(expected, case.output["value"])), value


def _bytes(spec: dict[str, str] | None) -> bytes | None:
    match spec:
        case None:
            return None
        case {"$utf8": text}:
            return text.encode()
        case _:
            return b64decode(spec["$bytes"])
