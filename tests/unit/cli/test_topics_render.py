from __future__ import annotations

import orjson
import pytest

from connect_runtime.cli.topics.render import Format, TopicRecord, render


def record(
    value: bytes | None,
    *,
    key: bytes | None = None,
    timestamp: int | None = 1_700_000_000_123,
    headers: tuple[tuple[str, bytes | None], ...] = (),
) -> TopicRecord:
    return TopicRecord("flights", 2, 41, timestamp, key, value, headers)


def test_a_text_line_holds_place_time_key_value_and_headers() -> None:
    shown = render(record(b'{"a":1}', key=b"k", headers=(("h", b"1"), ("none", None))), Format.TEXT)
    assert shown == '2:41  2023-11-14T22:13:20.123Z  key=k  {"a":1}  headers: h=1, none=null'


def test_the_envelope_of_json_with_a_schema_is_named_and_not_shown() -> None:
    named = orjson.dumps({"schema": {"type": "struct", "name": "flights.Value", "fields": []}, "payload": {"a": "ü"}})
    assert render(record(named), Format.TEXT).endswith('  {"a":"ü"} (schema: flights.Value)')
    unnamed = orjson.dumps({"schema": {"type": "string"}, "payload": "x"})
    assert render(record(unnamed), Format.TEXT).endswith('  "x" (schema: string)')
    schemaless = orjson.dumps({"schema": None, "payload": [1]})
    assert render(record(schemaless), Format.TEXT).endswith("  [1] (schema: none)")


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (None, "null"),
        (b"", ""),
        (b"two\nlines\t\x1b[31m", "two\\nlines\\t\\x1b[31m"),
        ("grüße ✓".encode(), "grüße ✓"),
        (b"\xff\x00", "0xff00"),
        (b'{"payload": 1}', '{"payload": 1}'),
        (b'{"payload": 1', '{"payload": 1'),
    ],
)
def test_any_value_stays_on_one_readable_line(data: bytes | None, shown: str) -> None:
    assert render(record(data, timestamp=None), Format.TEXT) == f"2:41  {shown}"


def test_a_timestamp_that_no_calendar_holds_is_shown_as_it_is() -> None:
    assert render(record(b"x", timestamp=2**62), Format.TEXT) == f"2:41  {2**62} ms  x"


def test_json_lines_keep_what_the_bytes_meant() -> None:
    shown = orjson.loads(render(record(b'{"a":[1.5]}', key=b"plain", headers=(("h", b"\xff"),)), Format.JSON))
    assert shown == {
        "topic": "flights",
        "partition": 2,
        "offset": 41,
        "timestamp": 1_700_000_000_123,
        "key": "plain",
        "value": {"a": [1.5]},
        "headers": [["h", {"hex": "ff"}]],
    }
    assert orjson.loads(render(record(None), Format.JSON))["value"] is None


def test_hex_shows_sixteen_bytes_a_line_beside_their_text() -> None:
    shown = render(record(bytes(range(60, 78))), Format.HEX).splitlines()
    assert shown == [
        "2:41  2023-11-14T22:13:20.123Z",
        "  key: null",
        "  value: 18 bytes",
        "    000000  3c 3d 3e 3f 40 41 42 43 44 45 46 47 48 49 4a 4b  <=>?@ABCDEFGHIJK",
        "    000010  4c 4d                                            LM",
    ]
