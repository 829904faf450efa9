"""Schemas and values between Connect and Protobuf, where they are not simply the same."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from connect_runtime.converters.protobuf.format import ProtobufFormat
from connect_runtime.converters.protobuf.words import ProtobufOptions
from connect_runtime.converters.registry.schemas import RegisteredSchema
from connect_runtime.errors import DataError
from connect_runtime.sdk import Schema, Type, array_schema, map_schema, struct_schema
from connect_runtime.sdk.data import DATE, INT8, INT32, INT64, OPTIONAL_INT32, OPTIONAL_STRING, STRING, TIME


def fmt(**options: bool) -> ProtobufFormat:
    return ProtobufFormat(ProtobufOptions(**options))


def read(text: str, payload: bytes, imports: dict[str, str] | None = None, **options: bool) -> tuple[Schema, Any]:
    schema, value = fmt(**options).reader(RegisteredSchema(1, "PROTOBUF", text, imports or {}))(payload)
    assert schema is not None
    return schema, value


def write(schema: Schema, text: str, value: Any, **options: bool) -> bytes:
    return fmt(**options).writer(schema, RegisteredSchema(1, "PROTOBUF", text))(value)


def round_trip(schema: Schema, value: Any, **options: bool) -> Any:
    text = fmt(**options).draft(schema).text
    return read(text, write(schema, text, value, **options), None, **options)[1]


PROTO = """
// A comment.
syntax = "proto3";
package acme;
option java_package = "com.acme";
import "google/protobuf/wrappers.proto";

enum Kind {
  option allow_alias = true;
  NONE = 0;
  CLICK = 1;
  TAP = 1;
}
message Other { string a = 1; }
message Event {
  reserved 90, 91;
  message Place { string city = 1; message Deep { sint32 depth = 1; } }
  uint64 id = 1;
  uint32 count = 2;
  Kind kind = 3;
  Place place = 4;
  repeated int32 numbers = 5 [packed = true];
  map<string, Place> places = 6;
  google.protobuf.StringValue maybe = 7;
  optional int32 chance = 8;
  oneof by { string mail = 9; Place home = 10; }
  map<int32, bool> flags = 11;
}
"""
EVENT = b"\x02\x02"
NOTHING: dict[str, Any] = {
    "by_0": None, "id": 0, "count": 0, "kind": "NONE", "place": None, "numbers": [], "places": {}, "maybe": None,
    "chance": None, "flags": {},
}  # fmt: skip


def test_an_empty_message_has_zeros_where_protobuf_knows_no_null() -> None:
    assert read(PROTO, EVENT)[1] == NOTHING


def test_every_kind_of_field_is_read_and_written_again() -> None:
    schema, _ = read(PROTO, EVENT)
    value = NOTHING | {
        "by_0": {"mail": None, "home": {"city": "Rome"}},
        "id": -1,
        "count": 2**32 - 1,
        "kind": "CLICK",
        "place": {"city": ""},
        "numbers": [1, -1],
        "places": {"a": {"city": "Oslo"}},
        "maybe": {"value": "x"},
        "chance": 0,
        "flags": {-3: True},
    }

    data = write(schema, PROTO, value)

    assert read(PROTO, data) == (schema, value)
    text = fmt().draft(schema).text
    assert "uint64 id = 1;" in text
    assert "oneof by {" in text
    own = write(schema, text, value)
    assert read(text, own)[1] == value


def test_a_nested_message_is_found_by_its_place() -> None:
    assert read(PROTO, b"\x06\x02\x00\x00\x08\x05")[1] == {"depth": -3}


@pytest.mark.parametrize("payload", [b"\x02\x08", b"\x04\x02\x02", b"\x02", b"", b"\x03\x00", b"\xff\xff\xff\xff\x7f"])
def test_a_place_that_there_is_not_is_refused(payload: bytes) -> None:
    with pytest.raises(DataError):
        read(PROTO, payload)


def test_full_names_are_used_with_enhanced_support() -> None:
    schema, _ = read(PROTO, EVENT, enhanced=True)

    assert schema.name == "acme.Event"
    fields = {field.name: field.schema.name for field in schema.fields}
    assert fields["kind"] == "acme.Kind"
    assert fields["place"] == "acme.Event.Place"


def test_enums_may_be_integers() -> None:
    schema, value = read(PROTO, EVENT + b"\x18\x01", int_enums=True)

    assert value["kind"] == 1
    assert write(schema, PROTO, value, int_enums=True) == EVENT + b"\x18\x01"


def test_an_enum_value_that_the_schema_lacks_is_kept() -> None:
    schema, value = read(PROTO, EVENT + b"\x18\x09")

    assert value["kind"] == "UNKNOWN_ENUM_VALUE_Kind_9"
    assert write(schema, PROTO, value) == EVENT + b"\x18\x09"
    with pytest.raises(DataError, match="the value is none of them"):
        write(schema, PROTO, value | {"kind": "DRAG"})


def test_a_null_differs_from_zero_only_where_that_is_asked_for() -> None:
    schema = struct_schema({"n": OPTIONAL_INT32, "s": OPTIONAL_STRING}, name="R")
    nulls = {"n": None, "s": None}

    assert round_trip(schema, nulls) == {"n": 0, "s": ""}
    assert round_trip(schema, nulls, optional_for_nullables=True) == nulls
    assert round_trip(schema, nulls, wrapper_for_nullables=True) == nulls
    assert round_trip(schema, {"n": 0, "s": ""}, wrapper_for_nullables=True) == {"n": 0, "s": ""}


def test_a_schema_that_came_from_protobuf_keeps_its_numbers() -> None:
    text = 'syntax = "proto3"; message R { string a = 5; fixed64 b = 3; }'
    schema, _ = read(text, b"\x00")

    assert "string a = 5;" in fmt().draft(schema).text
    assert "fixed64 b = 3;" in fmt().draft(schema).text


def test_a_struct_without_name_gets_one() -> None:
    draft = fmt().draft(struct_schema({"m": map_schema(STRING, INT32), "s": struct_schema({"x": INT8})}))

    assert draft.name == "ConnectDefault1"
    assert "repeated ConnectDefault2Entry m = 1;" in draft.text
    assert "ConnectDefault3 s = 2;" in draft.text


def test_a_message_is_not_named_as_its_field() -> None:
    schema = struct_schema({"Inner": struct_schema({"x": INT32}, name="Inner")}, name="R")

    assert "InnerMessage Inner = 1;" in fmt().draft(schema).text
    assert round_trip(schema, {"Inner": {"x": 1}}) == {"Inner": {"x": 1}}


@pytest.mark.parametrize(
    ("schema", "value"), [(STRING, "x"), (INT64, -1), (INT32, 5), (INT8, 5)], ids=["string", "int64", "int32", "int8"]
)
def test_a_primitive_at_the_top_is_wrapped(schema: Schema, value: Any) -> None:
    assert round_trip(schema, value) == value


@pytest.mark.parametrize("schema", [array_schema(STRING), map_schema(STRING, STRING), DATE])
def test_what_is_no_message_cannot_be_at_the_top(schema: Schema) -> None:
    with pytest.raises(DataError, match="HoistField"):
        fmt().draft(schema)


def test_arrays_of_arrays_are_refused() -> None:
    with pytest.raises(DataError, match="Field 'a': Protobuf has no arrays of arrays"):
        fmt().draft(struct_schema({"a": array_schema(array_schema(STRING))}, name="R"))


def test_a_null_in_an_array_is_refused() -> None:
    with pytest.raises(DataError):
        round_trip(struct_schema({"a": array_schema(OPTIONAL_STRING)}, name="R"), {"a": ["x", None]})


def test_the_end_of_the_day_comes_back() -> None:
    midnight = {"t": dt.timedelta(days=1)}

    assert round_trip(struct_schema({"t": TIME}, name="R"), midnight) == midnight


def test_names_are_scrubbed_if_wanted() -> None:
    schema = struct_schema({"order-id": INT32}, name="my-app.R")

    with pytest.raises(DataError, match=r"scrub\.invalid\.names"):
        fmt().draft(schema)
    draft = fmt(scrub=True).draft(schema)
    assert draft.name == "my_app.R"
    assert write(schema, draft.text, {"order-id": 1}, scrub=True) == b"\x00\x08\x01"


def test_imports_are_found_among_references_and_well_known_types() -> None:
    other = (
        'syntax = "proto3"; package b; import "google/protobuf/timestamp.proto"; '
        "message B { google.protobuf.Timestamp at = 1; }"
    )
    text = 'syntax = "proto3"; import "b.proto"; message A { b.B b = 1; }'

    schema, value = read(text, b"\x00\x0a\x04\x0a\x02\x08\x3c", {"b.proto": other})

    assert value == {"b": {"at": dt.datetime(1970, 1, 1, 0, 1, tzinfo=dt.UTC)}}
    assert schema.fields[0].schema.type is Type.STRUCT
    with pytest.raises(DataError, match=r"imports b\.proto"):
        read(text, b"\x00")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("message {", "cannot be parsed"),
        ('syntax = "proto2"; message A { repeated group G = 1 { required int32 x = 1; } }', "group"),
        ('syntax = "proto3"; message A { Unknown u = 1; }', "does not hold together"),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused(text: str, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        read(text, b"\x00")


def test_proto2_fields_that_are_not_set_are_null() -> None:
    text = 'syntax = "proto2"; message A { optional int32 x = 1 [default = 7]; required string s = 2; }'

    assert read(text, b"\x00\x12\x01a")[1] == {"x": None, "s": "a"}
    assert read(text, b"\x00\x12\x01a", optional_for_proto2=False)[1]["x"] == 7
