from __future__ import annotations

import pytest

from connect_runtime.plugins.versions import VersionRange


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("1.2", "1.2.0", "1.2.1"),
        ("[1.2]", "1.2", "1.3"),
        ("[1.2,2)", "1.10", "2"),
        ("[1.2,2)", "1.2", "1.1"),
        ("(1.2,2]", "2.0", "1.2"),
        ("[0.0.1,99)", "1", "99"),
        ("[1.2,)", "7", "1.1"),
        ("(,2]", "0.1", "2.1"),
        (" [1,2) , [3,4) ", "3.5", "2.5"),
        ("7.4.1-ce", "7.4.1-ce", "7.4.1-ee"),
        ("[7.4.1-ce,8)", "7.4.2-ce", "7.4.0-ce"),
    ],
)
def test_a_version_is_in_the_ranges_that_name_it(text: str, inside: str, outside: str) -> None:
    assert inside in VersionRange.parse(text)
    assert outside not in VersionRange.parse(text)
    assert str(VersionRange.parse(text)) == text


@pytest.mark.parametrize("text", ["", "  ", "[1,", "1,2", "(1)", "[]", "[2,1]", "[1,2)x", "[1,2,3]"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="version"):
        VersionRange.parse(text)
