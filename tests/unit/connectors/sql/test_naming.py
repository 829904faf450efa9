from __future__ import annotations

import pytest

from connect_runtime.sdk import ConfigError
from connectors.sql.naming import TableNames, parse_mapping, split_name


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("a", ["a"]),
        ("a.b", ["a", "b"]),
        ("a.b.c", ["a", "b", "c"]),
        ('"a.b".c', ["a.b", "c"]),
        ('a."b.c"', ["a", "b.c"]),
        ('"a""b"', ['a"b']),
        ('"a', ['"a']),
        ('"a"b', ['"a"b']),
        ("", [""]),
        (".a", ["", "a"]),
        ("a.", ["a", ""]),
        ("a..b", ["a", "", "b"]),
    ],
)
def test_dots_part_a_name_except_in_quotes(name: str, parts: list[str]) -> None:
    assert split_name(name) == parts


def test_a_mapped_topic_goes_before_the_format() -> None:
    names = TableNames("k_${topic}_${topic}", {"a.b": "s.t"}, normalize=True)
    assert names.table_of("a.b") == "s.t"
    assert names.table_of("a.c-d") == "k_a_c_d_a_c_d"


def test_a_mapping_is_read_from_its_items() -> None:
    assert parse_mapping(["a:t", "b:s.t:x"]) == {"a": "t", "b": "s.t:x"}


@pytest.mark.parametrize("item", ["", "a", "a:", ":t"])
def test_an_item_without_topic_or_table_is_refused(item: str) -> None:
    with pytest.raises(ConfigError, match="expected topic:table,topic:table") as raised:
        parse_mapping(["a:b", item])
    assert raised.value.key == "topics.to.tables.mapping"
