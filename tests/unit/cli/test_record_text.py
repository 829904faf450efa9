from __future__ import annotations

import pytest

from connect_runtime.cli.record_text import part_text, shown_part


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ({"id": {"$int8": 7}, "total": {"$decimal": "12.30"}}, '{"id": 7, "total": "12.30"}'),
        ({"$map": [[{"$int32": 1}, {"$timestamp": 0}]]}, '{"1": "1970-01-01T00:00:00Z"}'),
        ([{"$timestamp": 10**18}], '["1000000000000000000 ms"]'),
    ],
)
def test_values_are_shown_as_json_without_markers(spec: object, text: str) -> None:
    assert part_text("value", spec) == text


def test_a_schema_is_shown_in_short() -> None:
    fields = [{"field": "id", "type": "int32"}, {"field": "note", "type": "string", "optional": True}]
    assert part_text("value_schema", {"type": "struct", "name": "order", "version": 2, "fields": fields}) == (
        "order v2 {id int32, note string?}"
    )


def test_bars_are_escaped_for_a_table() -> None:
    assert shown_part("value", "a|b") == '"a\\|b"'
