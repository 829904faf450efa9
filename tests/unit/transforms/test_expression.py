"""Conditions and computed fields, and that compiled expressions come to what the library's own interpreter says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connect_runtime.sdk import ConfigError, DataError, Header, Schema, SinkRecord, struct_schema
from connect_runtime.sdk.data import BYTES, DATE, FLOAT64, INT32, OPTIONAL_STRING, STRING, decimal_schema
from connect_runtime.sdk.testing import sink_record, source_record
from connect_runtime.transforms.expression import Expression, MatchesExpression
from connect_runtime.transforms.expression_code import compile_node
from connect_runtime.transforms.expression_functions import ExpressionFunctions
from tests.support.strategies import PLAIN

ORDER = struct_schema({"id": INT32, "price": FLOAT64, "note": OPTIONAL_STRING}, name="order")


def made(options: Mapping[str, str]) -> Expression:
    transform = Expression()
    transform.configure(options)
    return transform


def applied(options: Mapping[str, str], value: Any, schema: Schema | None = None, **record: Any) -> SinkRecord | None:
    return made(options).apply(sink_record(value, schema=schema, **record))


def computed(expression: str, value: Any, schema: Schema | None = None, **record: Any) -> Any:
    after = applied({"set": f"{{x: {expression}}}"}, value, schema, **record)
    assert after is not None
    return after.value["x"]


@pytest.mark.parametrize(
    ("condition", "passes"),
    [
        ("value.n > `4`", True),
        ("value.n >= `5.5`", False),
        ("value.missing", False),
        ("value.missing > `4`", False),
        ("topic == 'test' && !(value.flag)", True),
        ("contains(['a', 'b'], value.s)", True),
        ("length(value.list[?@ > `1`]) == `2`", True),
        ("headers.h == `2` && key.id == `1` && offset == `9` && partition == `0` && timestamp == `3`", True),
    ],
)
def test_a_filter_lets_through_what_it_is_true_for(condition: str, passes: bool) -> None:
    value = {"n": 5, "flag": False, "s": "a", "list": [1, 2, 3]}
    headers = [Header("h", 1), Header("h", 2)]
    after = applied({"filter": condition}, value, key={"id": 1}, offset=9, timestamp=3, headers=headers)
    assert (after is not None) is passes
    assert after is None or after.value is value


def test_a_condition_must_be_true_or_false() -> None:
    with pytest.raises(DataError, match=r"must come to true or false, not to a int: value\.n"):
        applied({"filter": "value.n"}, {"n": 5})


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("add(value.n, `1`)", 3),
        ("subtract(value.n, `1`)", 1),
        ("multiply(value.n, `1.5`)", 3.0),
        ("divide(value.n, `4`)", 0.5),
        ("concat(upper(value.s), '-', lower('B'))", "A B-b"),
        ("replace(trim(concat(' ', value.s)), ' ', '')", "ab"),
        ("split(value.s, ' ')[1]", "b"),
        ("split(value.s, '')", ["a", " ", "b"]),
        ("value", {"n": 2, "s": "a b"}),
        ("sort_by([{a: `2`}, {a: `1`}], &a)[0].a", 1),
        ("not_null(value.none, topic)", "test"),
    ],
)
def test_fields_are_computed(expression: str, value: Any) -> None:
    assert computed(expression, {"n": 2, "s": "a b"}) == value


def test_fields_are_computed_from_the_record_as_it_was() -> None:
    after = applied({"set": "{a: value.b, b: value.a}"}, {"a": 1, "b": 2, "c": 3})
    assert after is not None
    assert after.value == {"a": 2, "b": 1, "c": 3}


def test_what_json_does_not_know_is_shown_as_text_or_number() -> None:
    inner = struct_schema({"day": DATE, "data": BYTES, "amount": decimal_schema(2), "s": STRING})
    schema = struct_schema({"in": inner, "x": OPTIONAL_STRING})
    value = {"in": {"day": dt.date(2024, 3, 1), "data": b"\x01", "amount": Decimal("2.50"), "s": "t"}}
    shown = computed("join(' ', [value.in.day, value.in.data, value.in.s, to_string(value.in.amount)])", value, schema)
    assert shown == "2024-03-01 AQ== t 2.5"
    assert value["in"]["day"] == dt.date(2024, 3, 1)


def test_new_fields_of_structs_have_the_types_one_says() -> None:
    options = {
        "set": "{total: multiply(value.price, `2`), origin: topic, id: `7.0`, none: value.note}",
        "set.types": "total:float64, origin:STRING,none:boolean",
    }
    after = applied(options, {"id": 1, "price": 3, "note": None}, ORDER)
    assert after is not None
    assert after.value == {"id": 7, "price": 3, "note": None, "total": 6.0, "origin": "test", "none": None}
    assert type(after.value["id"]) is int
    assert type(after.value["total"]) is float
    assert after.value_schema is not None
    assert [field.name for field in after.value_schema.fields] == ["id", "price", "note", "total", "origin", "none"]
    assert after.value_schema.field("total") is not None
    assert after.value_schema.name == "order"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("{other: topic}", "no field other: say its type, e.g. set.types=other:string"),
        ("{id: topic}", "Invalid value for schema type INT32"),
        ("{id: value.nothing}", "null used for required field"),
        ("{id: divide(value.price, `0`)}", "divides by 0"),
        ("{id: add(value.note, `1`)}", r"add\(\) takes a number, not a string"),
        ("{note: concat(topic, value.price)}", r"concat\(\) takes strings only"),
    ],
)
def test_a_field_that_cannot_be_set_is_the_records_fault(fields: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        applied({"set": fields}, {"id": 1, "price": 2.5, "note": "secret"}, ORDER)


def test_an_error_does_not_show_the_value() -> None:
    with pytest.raises(DataError) as raised:
        applied({"set": "{a: add(value.note, `1`)}"}, {"note": "secret"})
    assert "secret" not in str(raised.value)


def test_a_tombstone_has_no_fields_to_set() -> None:
    assert applied({"set": "{a: topic}"}, None) == sink_record(None)
    assert applied({"set": "{a: topic}", "filter": "value != null"}, None) is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "set filter or set"),
        ({"filter": "value >"}, "no JMESPath expression"),
        ({"filter": "nothing(value)"}, r"nothing\(\), which is no function"),
        ({"filter": "add(value.a) > `1`"}, r"add\(\) with 1 arguments, but it takes 2: add"),
        ({"set": "{a: value.b || lower(topic, 'x')}"}, r"lower\(\) with 2 arguments, but it takes 1: "),
        ({"set": "{a: concat()}"}, r"concat\(\) with 0 arguments, but it takes 1 or more: "),
        ({"set": "value.a"}, "must have the form"),
        ({"set": "{a: foo(b)}"}, "no function"),
        ({"set": "{a: b}", "set.types": "a:decimal"}, "is not name:type"),
        ({"set": "{a: b}", "set.types": "string"}, "is not name:type"),
    ],
)
def test_bad_options_are_refused(options: Mapping[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        made(options)


def test_a_predicate_asks_an_expression() -> None:
    predicate = MatchesExpression()
    predicate.configure({"expression": "offset == null && value == 'x'"})
    assert predicate.test(source_record("x"))
    assert not predicate.test(sink_record("x"))
    predicate.configure({"expression": "value"})
    with pytest.raises(DataError, match="true or false"):
        predicate.test(sink_record("x"))


NAMES = st.sampled_from(["a", "b", "value"])
LITERALS = st.sampled_from(["`1`", "`0`", "`true`", "`null`", "'a'", "`[]`", "`{}`", "`0.0`"])
EXPRESSIONS = st.recursive(
    NAMES | LITERALS | st.sampled_from(["@", "a.b", "value.a.b", "a[0]", "a[*].b", "*.a", "{x: a, y: b}", "[a, b]"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "&&", "||", "|"]), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        ),
        inner.map(lambda text: f"!({text})"),
        inner.map(lambda text: f"({text}).a"),
        inner.map(lambda text: f"type({text})"),
        st.tuples(inner, inner).map(lambda parts: f"not_null({parts[0]}, {parts[1]})"),
    ),
    max_leaves=6,
)


@given(EXPRESSIONS, st.dictionaries(st.sampled_from(["a", "b", "value"]), PLAIN, max_size=3))
def test_compiled_expressions_come_to_what_the_library_says(text: str, document: Any) -> None:
    parsed = jmespath.compile(text)
    code = compile_node(parsed.parsed, ExpressionFunctions())
    try:
        expected = parsed.search(document)
    except TypeError:  # the library compares a text to a number: a bug of its own
        return
    assert repr(code(document)) == repr(expected)
