"""Every built-in transform and predicate keeps the contract of its kind."""

# ruff: noqa: RUF012  # the class attributes of a contract suite are annotated where they are declared

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from connect_runtime.sdk import (
    Header,
    Predicate,
    Schema,
    SinkRecord,
    SourceRecord,
    Transform,
    TransformContext,
    struct_schema,
)
from connect_runtime.sdk.data import (
    FLOAT64,
    INT32,
    OPTIONAL_INT32,
    OPTIONAL_STRING,
    STRING,
    TIMESTAMP,
)
from connect_runtime.sdk.testing import PredicateContract, TransformContract, sink_record, source_record
from connect_runtime.transforms import plugins
from connect_runtime.transforms.python_function import PythonFunction

PLACE = struct_schema({"city": STRING, "zip": OPTIONAL_INT32}, name="place")
ORDER = struct_schema(
    {
        "id": INT32,
        "note": OPTIONAL_STRING,
        "price": FLOAT64.with_(default=9.5),
        "at": TIMESTAMP,
        "place": PLACE.as_optional(),
    },
    name="order",
    version=2,
    doc="what somebody bought",
)
FULL = {
    "id": 7,
    "note": "quick",
    "price": 1.25,
    "at": dt.datetime(2024, 3, 1, 12, tzinfo=dt.UTC),
    "place": {"city": "Graz", "zip": 8010},
}
SPARSE = {"id": 8, "note": None, "price": None, "at": dt.datetime(1999, 12, 31, tzinfo=dt.UTC), "place": None}
PLAIN = {"id": 7, "note": "quick", "price": 1.25, "at": 1_709_294_400_000, "place": {"city": "Graz", "zip": 8010}}
HEADERS = (Header("trace", "a", STRING), Header("env", 1, INT32), Header("trace", None, None))


def both_kinds(value: Any, schema: Schema | None) -> list[SourceRecord | SinkRecord]:
    """A source and a sink record with this key and value."""
    return [
        source_record(value, schema=schema, key=value, key_schema=schema, timestamp=1_700_000_000_123, headers=HEADERS),
        sink_record(
            value, schema=schema, key=value, key_schema=schema, timestamp=1_700_000_000_123, headers=HEADERS, offset=5
        ),
    ]


STRUCTS = [*both_kinds(FULL, ORDER), *both_kinds(SPARSE, ORDER)]
MAPS = both_kinds(PLAIN, None)
NULLS = [*both_kinds(None, None), *both_kinds(None, ORDER.as_optional())]
TEXTS = [*both_kinds("text", STRING), *both_kinds("text", None)]


class BuiltIn(TransformContract):
    """A transform by class name without ``Key`` or ``Value``, both of which are tried if they exist."""

    __test__ = False
    name: ClassVar[str]
    options: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls) -> None:
        cls.__test__ = True

    @pytest.fixture(params=["Key", "Value"])
    def transform(self, request: pytest.FixtureRequest) -> Transform:
        classes = {cls.__name__: cls for cls in plugins.connect_transforms()}
        transform = (classes.get(f"{self.name}{request.param}") or classes[self.name])()
        transform.configure(self.options)
        return transform


class TestCast(BuiltIn):
    name = "Cast"
    options = {"spec": "id:string,price:int8"}
    records = STRUCTS + MAPS + NULLS
    bad_records = TEXTS


class TestDropHeaders(BuiltIn):
    name = "DropHeaders"
    options = {"headers": "trace"}
    records = STRUCTS + MAPS + NULLS + TEXTS


class TestExtractField(BuiltIn):
    name = "ExtractField"
    options = {"field": "place.city", "field.syntax.version": "V2"}
    records = STRUCTS + MAPS + NULLS
    bad_records = TEXTS


class TestFilter(BuiltIn):
    name = "Filter"
    records = STRUCTS + MAPS + NULLS + TEXTS


class TestFlatten(BuiltIn):
    name = "Flatten"
    options = {"delimiter": "_"}
    records = STRUCTS + MAPS + NULLS
    bad_records = TEXTS


class TestHeaderFromCopies(BuiltIn):
    name = "HeaderFrom"
    options = {"fields": "id,note", "headers": "id,trace", "operation": "copy"}
    records = STRUCTS + MAPS
    bad_records = TEXTS + NULLS


class TestHeaderFromMoves(TestHeaderFromCopies):
    options = {"fields": "id,note", "headers": "id,trace", "operation": "move"}


class TestHoistField(BuiltIn):
    name = "HoistField"
    options = {"field": "all"}
    records = STRUCTS + MAPS + NULLS + TEXTS


class TestInsertField(BuiltIn):
    name = "InsertField"
    options = {
        "topic.field": "topic",
        "partition.field": "partition",
        "timestamp.field": "sent!",
        "static.field": "s",
        "static.value": "x",
    }
    records = STRUCTS + MAPS + NULLS
    bad_records = TEXTS


class TestInsertHeader(BuiltIn):
    name = "InsertHeader"
    options = {"header": "trace", "value.literal": "[1,300]"}
    records = STRUCTS + MAPS + NULLS + TEXTS


class TestMaskField(BuiltIn):
    name = "MaskField"
    options = {"fields": "note,at"}
    records = STRUCTS + MAPS
    bad_records = TEXTS + NULLS


class TestMaskFieldWithReplacement(TestMaskField):
    options = {"fields": "note,id", "replacement": "12"}


class TestRegexRouter(BuiltIn):
    name = "RegexRouter"
    options = {"regex": "t(.*)", "replacement": "$1"}
    records = STRUCTS + MAPS + NULLS + TEXTS


class TestReplaceField(BuiltIn):
    name = "ReplaceField"
    options = {"exclude": "at", "renames": "id:number,note:id"}
    records = STRUCTS + MAPS + NULLS
    bad_records = TEXTS


class TestSetSchemaMetadata(BuiltIn):
    name = "SetSchemaMetadata"
    options = {"schema.name": "purchase", "schema.version": "3"}
    records = STRUCTS + NULLS
    bad_records = TEXTS + MAPS


class TestTimestampConverter(BuiltIn):
    name = "TimestampConverter"
    options = {"field": "at", "target.type": "string", "format": "yyyy-MM-dd HH:mm"}
    records = STRUCTS + MAPS + NULLS
    bad_records = TEXTS


class TestTimestampRouter(BuiltIn):
    name = "TimestampRouter"
    records = STRUCTS + MAPS + NULLS + TEXTS
    bad_records = [source_record("x"), sink_record("x")]


EVENT = struct_schema(
    {
        "before": ORDER.as_optional(),
        "after": ORDER.as_optional(),
        "source": struct_schema({"table": STRING}),
        "op": STRING,
    },
    name="server.db.order.Envelope",
)


def event(op: str, before: Any, after: Any) -> list[SourceRecord | SinkRecord]:
    change = {"before": before, "after": after, "source": {"table": "order"}, "op": op}
    return [*both_kinds(change, EVENT), *both_kinds(change, None)]


class TestUnwrap(BuiltIn):
    name = "Unwrap"
    options = {
        "delete.tombstone.handling.mode": "rewrite-with-tombstone",
        "add.fields": "op,source.table:from",
        "add.headers": "op,nothing",
    }
    records = event("c", None, FULL) + event("d", SPARSE, None) + event("t", None, None) + STRUCTS + MAPS + NULLS
    bad_records = event("d", None, None)


class TestExpression(BuiltIn):
    name = "Expression"
    options = {
        "filter": "topic == 'test' && value.id != `9`",
        "set": "{note: concat(topic, '-', value.at), double: multiply(value.price || `0`, `2`)}",
        "set.types": "double:float64",
    }
    records = [*STRUCTS, *both_kinds(PLAIN | {"at": "now"}, None), *both_kinds(PLAIN | {"id": 9}, None)]
    bad_records = [*both_kinds(PLAIN, None), *both_kinds({"price": "dear"}, None)]


class TestPythonFunction(BuiltIn):
    name = "PythonFunction"
    options = {"function": "tests.support.functions:shout"}
    records = TEXTS + NULLS
    bad_records = MAPS

    @pytest.fixture(params=["shout", "shout_all"])
    def transform(self, request: pytest.FixtureRequest) -> Transform:
        transform = PythonFunction()
        transform.initialize(TransformContext(frozenset({"tests.support.functions"})))
        is_batch = "true" if request.param == "shout_all" else "false"
        transform.configure({"function": f"tests.support.functions:{request.param}", "batch": is_batch})
        return transform


class TestValueToKey(BuiltIn):
    name = "ValueToKey"
    options = {"fields": "price,id"}
    records = STRUCTS + MAPS
    bad_records = TEXTS + NULLS


class BuiltInPredicate(PredicateContract):
    """A predicate by class name."""

    __test__ = False
    name: ClassVar[str]
    options: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls) -> None:
        cls.__test__ = True

    @pytest.fixture
    def predicate(self) -> Predicate:
        predicate = {cls.__name__: cls for cls in plugins.connect_predicates()}[self.name]()
        predicate.configure(self.options)
        return predicate


class TestHasHeaderKey(BuiltInPredicate):
    name = "HasHeaderKey"
    options = {"name": "trace"}
    matching = TEXTS + NULLS
    others = [source_record("x"), sink_record("x", headers=[Header("Trace", "a", STRING)])]


class TestRecordIsTombstone(BuiltInPredicate):
    name = "RecordIsTombstone"
    matching = NULLS
    others = TEXTS


class TestTopicNameMatches(BuiltInPredicate):
    name = "TopicNameMatches"
    options = {"pattern": "tes.?"}
    matching = TEXTS
    others = [source_record("x", topic=None), sink_record("x", topic="tests"), source_record("x", topic="a-test")]


class TestMatchesExpression(BuiltInPredicate):
    name = "MatchesExpression"
    options = {"expression": "value.id > `7` || starts_with(value.place.city || '', 'Gr')"}
    matching = [*both_kinds(FULL, ORDER), *both_kinds(SPARSE, ORDER), *MAPS]
    others = NULLS + both_kinds({"id": 7}, None)


def test_no_built_in_is_forgotten() -> None:
    tried = {cls.name for cls in BuiltIn.__subclasses__()}
    there = {cls.__name__ for cls in plugins.connect_transforms()}
    assert {name.removesuffix("Key").removesuffix("Value") for name in there} | {"ValueToKey"} == tried | {"ValueTo"}
    assert {cls.name for cls in BuiltInPredicate.__subclasses__()} == {
        cls.__name__ for cls in plugins.connect_predicates()
    }
