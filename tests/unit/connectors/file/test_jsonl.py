from __future__ import annotations

from collections.abc import Sequence

import pytest

from connectors.file.jsonl import JsonLinesParser
from connectors.file.parsing import BadRecords, OnBadRecord, Origin


def parser(keys: Sequence[str] = (), policy: OnBadRecord = OnBadRecord.FAIL) -> JsonLinesParser:
    return JsonLinesParser(Origin("f.jsonl"), 1000, 5.0, keys, BadRecords("f.jsonl", policy))


def test_each_line_is_a_document_and_blank_lines_are_none() -> None:
    parsed = parser().feed(b'\xef\xbb\xbf{"a": 1}\n\n[2, "\xc3\xbc"]\r\n  \n3\n')
    assert parsed.values == [{"a": 1}, [2, "ü"], 3]
    assert parsed.ends == [12, 24, 29]
    assert parsed.keys is None


def test_a_line_that_is_no_document_is_named() -> None:
    parsed = parser().feed(b'{"a": 1}\n\n{"a": \n{"a": 3}\n')
    assert parsed.values == [{"a": 1}]
    assert str(parsed.failure).startswith("f.jsonl, line 3: it is not a JSON document: ")
    assert "(found '{\"a\":')" in str(parsed.failure)


def test_two_documents_that_make_sense_only_together_are_bad() -> None:
    assert parser().feed(b"[1\n2]\n3,4\n").failure is not None


def test_bad_lines_can_be_skipped() -> None:
    parsed = parser(policy=OnBadRecord.SKIP).feed(b'{"a": 1}\nnonsense\n{"a": 3}\n')
    assert parsed.values == [{"a": 1}, {"a": 3}]
    assert parsed.failure is None


def test_members_of_the_document_are_the_key() -> None:
    lines = parser(["b", "a"])
    assert lines.feed(b'{"a": 1, "b": 2, "c": 3}\n').keys == [{"b": 2, "a": 1}]
    assert "line 2: its member 'b', named in key.fields, is missing or null" in str(lines.feed(b'{"a": 1}\n').failure)
    assert "line 1: it is not a JSON object" in str(parser(["a"]).feed(b"[]\n").failure)


def test_a_last_document_without_line_end_counts_after_a_while() -> None:
    lines = parser()
    assert lines.feed(b'{"a": 1}\n{"a"').values == [{"a": 1}]
    assert lines.quiet(60.0).values == []
    lines.feed(b": 2}")
    assert lines.quiet(4.9).values == []
    parsed = lines.quiet(5.0)
    assert (parsed.values, parsed.ends) == ([{"a": 2}], [17])
    assert lines.feed(b'\n{"a": 3}\n').values == [{"a": 3}]


def test_a_document_that_was_taken_too_early_is_noticed() -> None:
    lines = parser()
    lines.feed(b"12")
    assert lines.quiet(5.0).values == [12]
    lines.feed(b"34")
    assert lines.quiet(60.0).values == []
    failure = lines.feed(b"\n5\n").failure
    assert "line 1: it goes on with a line that was taken for complete" in str(failure)


@pytest.mark.parametrize("rest", [b'{"a": 1}', b'{"a": 1}\r'])
def test_the_end_of_the_file_ends_the_last_line(rest: bytes) -> None:
    lines = parser()
    lines.feed(rest)
    assert lines.finish().values == [{"a": 1}]
    assert lines.finish().values == []
