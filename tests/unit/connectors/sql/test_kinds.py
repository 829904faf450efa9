from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from connect_runtime.sdk import Type, array_schema, map_schema, primitive_schema, struct_schema
from connectors.sql.kinds import Kind, inferred_schema, kind_of

STRING = primitive_schema(Type.STRING)


def test_every_type_has_a_kind() -> None:
    for type_ in Type:
        if type_.is_primitive:
            assert kind_of(primitive_schema(type_)) in Kind


def test_structures_are_json_and_lists_of_single_values_arrays() -> None:
    assert kind_of(struct_schema({"a": STRING})) is Kind.JSON
    assert kind_of(map_schema(STRING, STRING)) is Kind.JSON
    assert kind_of(array_schema(STRING)) is Kind.ARRAY
    assert kind_of(array_schema(array_schema(STRING))) is Kind.JSON
    assert kind_of(array_schema(None)) is Kind.JSON


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, None, 2], Kind.INT64),
        ([1, 2.5], Kind.FLOAT64),
        ([True, None], Kind.BOOLEAN),
        ([True, 1], Kind.STRING),
        (["a", 1], Kind.STRING),
        ([2**63 - 1, -(2**63)], Kind.INT64),
        ([1, 2**63], Kind.DECIMAL),
        ([Decimal(1), 1.5], Kind.DECIMAL),
        ([b"x"], Kind.BYTES),
        ([{"a": 1}, None], Kind.JSON),
        ([[1]], Kind.JSON),
        ([{"a": 1}, "x"], Kind.JSON),
        ([date(2024, 1, 1)], Kind.DATE),
        ([datetime(2024, 1, 1, tzinfo=UTC)], Kind.TIMESTAMP),
        ([time(1)], Kind.TIME),
        ([object()], Kind.STRING),
    ],
)
def test_a_schema_is_inferred_that_holds_all_values(values: list[Any], kind: Kind) -> None:
    schema = inferred_schema(values)
    assert schema is not None
    assert schema.optional
    assert kind_of(schema) is kind


@pytest.mark.parametrize("values", [[], [None], [None, None]])
def test_nothing_is_inferred_from_nothing(values: list[Any]) -> None:
    assert inferred_schema(values) is None
