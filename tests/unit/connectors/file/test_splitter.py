from __future__ import annotations

import pytest

from connect_runtime.sdk import DataError
from connectors.file.parsing import Origin
from connectors.file.splitter import LineSplitter


def splitter(position: int = 0, before: bytes = b"", max_bytes: int = 100) -> LineSplitter:
    return LineSplitter(Origin("f", position, before), max_bytes)


def test_a_line_without_terminator_waits_for_it() -> None:
    lines = splitter()
    assert lines.feed(b"one\ntw") == b"one\n"
    assert lines.position == 4
    assert lines.feed(b"o") == b""
    assert lines.feed(b"\nthree") == b"two\n"
    assert (lines.position, lines.rest) == (8, b"three")


def test_a_carriage_return_at_the_end_waits_for_its_newline() -> None:
    lines = splitter()
    assert lines.feed(b"one\r") == b""
    assert lines.feed(b"\ntwo\r") == b"one\r\n"
    assert lines.feed(b"three\n") == b"two\rthree\n"


def test_what_is_given_back_comes_again_with_the_next_line() -> None:
    lines = splitter(position=10)
    assert lines.feed(b'a\n"b\nc') == b'a\n"b\n'
    lines.give_back(b'"b\n')
    assert lines.position == 12
    assert lines.feed(b'"\n') == b'"b\nc"\n'
    assert lines.position == 18


def test_the_terminator_of_a_line_that_was_taken_early_is_no_line() -> None:
    for late in (b"\n", b"\r\n", b"\r"):
        lines = splitter()
        lines.feed(b"one")
        assert lines.take_rest() == b"one"
        assert lines.feed(late[:1]) == b""
        assert lines.feed(late[1:] + b"two\n") == b"two\n"
        assert not lines.continues
        assert lines.position == 3 + len(late) + 4


def test_a_line_that_goes_on_after_it_was_taken_is_told_apart() -> None:
    lines = splitter()
    lines.feed(b"one")
    lines.take_rest()
    assert lines.feed(b"more\ntwo\n") == b"more\ntwo\n"
    assert lines.continues
    assert lines.feed(b"three\n") == b"three\n"
    assert not lines.continues


def test_a_newline_after_a_return_that_was_taken_belongs_to_it() -> None:
    lines = splitter()
    assert lines.feed(b"one\r") == b""
    assert lines.take_rest() == b"one\r"
    assert lines.feed(b"\ntwo\n") == b"two\n"
    assert not lines.continues


def test_reading_that_goes_on_within_a_line_is_told_apart() -> None:
    lines = splitter(position=3, before=b"e")
    assert lines.feed(b"\ntwo\n") == b"two\n"
    assert not lines.continues
    lines = splitter(position=2, before=b"n")
    assert lines.feed(b"e\ntwo\n") == b"e\ntwo\n"
    assert lines.continues
    lines = splitter(position=4, before=b"\n")
    lines.feed(b"two\n")
    assert not lines.continues


@pytest.mark.parametrize("pieces", [[b"short\n", b"x" * 11], [b"short\n" + b"x" * 11 + b"\n"], [b"x" * 6] * 3])
def test_a_line_that_is_too_long_is_refused_with_its_place(pieces: list[bytes]) -> None:
    lines = splitter(max_bytes=10)
    place = 6 if b"short" in pieces[0] else 0
    with pytest.raises(DataError, match=rf"record at byte {place} of f is longer than max\.line\.bytes=10"):
        list(map(lines.feed, pieces))


def test_lines_may_be_as_long_as_the_limit() -> None:
    lines = splitter(max_bytes=4)
    assert lines.feed(b"abc\nabc\nabc\n") == b"abc\nabc\nabc\n"
