"""Headers are an ordered multimap that no operation changes in place."""

from __future__ import annotations

import datetime as dt

import pytest

from connect_runtime.errors import DataError
from connect_runtime.model.headers import (
    NO_HEADERS,
    Header,
    add_header,
    headers_with_name,
    last_header,
    map_headers,
    remove_headers,
    retain_latest_headers,
)
from connect_runtime.model.logical import DATE
from connect_runtime.model.schema import INT32, OPTIONAL_STRING, STRING

HEADERS = (Header("a", 1), Header("b", 2), Header("a", 3), Header("A", 4), Header("b", 5))


def test_headers_of_one_key_keep_their_order() -> None:
    assert [header.value for header in headers_with_name(HEADERS, "a")] == [1, 3]
    assert last_header(HEADERS, "a") == Header("a", 3)
    assert last_header(HEADERS, "c") is None


def test_removing_a_key_removes_all_of_it() -> None:
    assert [header.value for header in remove_headers(HEADERS, "a")] == [2, 4, 5]


def test_the_latest_is_retained_for_one_key_or_for_all() -> None:
    assert [header.value for header in retain_latest_headers(HEADERS, "a")] == [2, 3, 4, 5]
    assert [header.value for header in retain_latest_headers(HEADERS)] == [3, 4, 5]


def test_headers_are_changed_or_removed_one_by_one() -> None:
    def double_odd(header: Header) -> Header | None:
        return header._replace(value=header.value * 2) if header.value % 2 else None

    assert [header.value for header in map_headers(HEADERS, double_odd)] == [2, 6, 10]
    assert [header.value for header in map_headers(HEADERS, double_odd, "b")] == [1, 3, 4, 10]


def test_a_header_is_added_at_the_end_and_checked_against_its_schema() -> None:
    headers = add_header(NO_HEADERS, "a", "x", STRING)
    headers = add_header(headers, "a", None, OPTIONAL_STRING)
    headers = add_header(headers, "when", dt.date(2024, 3, 1), DATE)

    assert [header.value for header in headers] == ["x", None, dt.date(2024, 3, 1)]
    assert add_header(NO_HEADERS, "anything", object)[0].schema is None


@pytest.mark.parametrize(
    ("value", "schema"), [(None, STRING), (5, STRING), (True, INT32), (19783, DATE), (1 << 31, INT32)]
)
def test_a_header_that_is_not_what_its_schema_says_is_refused(value: object, schema: object) -> None:
    with pytest.raises(DataError, match="Header 'a'"):
        add_header(NO_HEADERS, "a", value, schema)  # type: ignore[arg-type]  # parametrized
