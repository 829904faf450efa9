from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from api.json_text import encode

TEXTS = st.text()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
)


@given(VALUES)
def test_what_is_written_reads_back_the_same(value: object) -> None:
    assert json.loads(encode(value)) == value  # type: ignore[arg-type]  # Hypothesis gives no narrower type


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_text_is_raw_but_for_control_characters_and_those_outside_the_basic_plane(text: str) -> None:
    written = encode(text).decode("utf-8")
    assert all(character <= "\uffff" for character in written)
    for character in text:
        if " " <= character <= "\uffff" and character not in '"\\':
            assert character in written


def test_hex_digits_are_upper_case_in_escapes_only() -> None:
    assert encode("\x1f\x0b\t\n\b\f\r😀\\u001f\\x1f") == (rb'"\u001F\u000B\t\n\b\f\r\uD83D\uDE00\\u001f\\x1f"')


def test_members_keep_their_order_without_blanks() -> None:
    assert encode({"b": [1, True, None], "a": {}}) == b'{"b":[1,true,null],"a":{}}'


def test_text_that_is_no_unicode_is_escaped() -> None:
    assert encode({"path": "a\udc80é"}) == rb'{"path":"a\udc80\u00e9"}'
