from __future__ import annotations

import re

import pytest

from connect_runtime.config.regex import compile_regex


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        (r"(?<word>\w+)-\k<word>", "ab-ab", "ab-cd"),
        (r"\Qa.b[\E+", "a.b[[", "axb["),
        (r"\Qa+", "a+", "aa"),
        (r"a\Q\Eb", "ab", "a"),
        (r"\p{Alpha}[\p{Digit}_]+\P{Space}", "a1_x", "1a_x"),
        (r"[\p{Punct}]+", "-]^!", "a"),
        (r"\d+", "42", "٤٢"),
        (r"a\z", "a", "a\n"),
        (r"a\Z\n?", "a\n", "b"),
        (r"a\hb", "a\u00a0b", "a\nb"),
        (r"a\Rb", "a\r\nb", "a b"),
        (r"(?<!x)a++", "aa", "b"),
        (r"[]a]+", "]a", "b"),
        (r"[a~~||]+", "a~|", "b"),
        (r"\[[\[]\]", "[[]", "[]"),
        (r"(?i)Orders-.*", "orders-1", "order-1"),
    ],
)
def test_java_syntax_matches_as_in_java(pattern: str, matching: str, other: str) -> None:
    assert compile_regex(pattern).fullmatch(matching)
    assert not compile_regex(pattern).fullmatch(other)


@pytest.mark.parametrize(
    "pattern", [r"[a-z&&[^x]]", r"[a[bc]]", r"\p{IsGreek}", r"[\P{Alpha}]", "(", "*", "[a", "\\", "a{99999999999}"]
)
def test_what_cannot_be_done_is_refused(pattern: str) -> None:
    with pytest.raises(re.error):
        compile_regex(pattern)
