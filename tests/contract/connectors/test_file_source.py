"""The file source over real files: growth, restarts, truncation, rotation."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connect_runtime.sdk import ConnectError
from connect_runtime.sdk.data import STRING
from tests.support.file_source import Reading, append, messages

_TERMINATORS = st.sampled_from([b"\n", b"\r", b"\r\n"])
_TEXT = st.text(st.sampled_from("ab ü€😀\x85\u2028\x0b,\"'"), max_size=12).map(str.encode)
_LINES = st.lists(st.tuples(_TEXT, _TERMINATORS), max_size=12).map(lambda pairs: b"".join(map(b"".join, pairs)))
_CELLS = st.text(st.sampled_from('ab,"\n\r ü'), max_size=6)
TEXT_ROWS = {"format": "csv", "csv_types": "*:string", "csv_null_values": "", "last_line_timeout_ms": "-1"}
_CUTS = st.lists(st.integers(0, 100), max_size=8)


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


def pieces(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, stop in pairwise(places):
        yield data[start:stop]


# -- every record once -------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(data=_LINES, cuts=_CUTS)
def test_each_line_comes_once_however_the_file_grows(data: bytes, cuts: list[int]) -> None:
    with folder() as path:
        file = path / "f"
        file.touch()
        reading = Reading(file)
        found = []
        for piece in pieces(data + b"end\n", cuts):
            append(file, piece)
            found += reading.values()
        reading.stop()
    assert found == [line.decode() for line in re.split(rb"\r\n|\r|\n", data + b"end\n")][:-1]


@settings(max_examples=75, deadline=None)
@given(data=_LINES, batch=st.integers(1, 4))
def test_a_restart_at_any_line_goes_on_with_the_next(data: bytes, batch: int) -> None:
    with folder() as path:
        file = path / "f"
        file.write_bytes(data + b"end\n")
        first = Reading(file, batch_size=str(batch))
        records = first.records()
        first.stop()
        for place, record in enumerate(records, start=1):
            again = Reading(file, record.source_offset)
            assert again.values() == [later.value for later in records[place:]]
            again.stop()


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.tuples(_CELLS, _CELLS), min_size=1, max_size=8), cuts=_CUTS, end=st.sampled_from(["\n", "\r\n"])
)
def test_each_csv_row_comes_once_however_the_file_grows_and_wherever_it_restarts(
    rows: list[tuple[str, str]], cuts: list[int], end: str
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([("a", "b"), *rows])
    data = text.getvalue().encode()
    with folder() as path:
        file = path / "f.csv"
        file.touch()
        reading = Reading(file, None, **TEXT_ROWS)
        records = []
        for piece in pieces(data, cuts):
            append(file, piece)
            records += reading.records()
            reading.pass_time(2.0)
            records += reading.records()
        reading.stop()
        assert [(record.value["a"], record.value["b"]) for record in records] == rows
        for place, record in enumerate(records, start=1):
            again = Reading(file, record.source_offset, **TEXT_ROWS)
            assert again.values() == [later.value for later in records[place:]]
            again.stop()


@settings(max_examples=50, deadline=None)
@given(
    documents=st.lists(st.dictionaries(st.text(max_size=3), st.integers(0, 2**53) | st.text(max_size=4)), max_size=8),
    cuts=_CUTS,
)
def test_each_json_document_comes_once_however_the_file_grows(
    documents: list[dict[str, int | str]], cuts: list[int]
) -> None:
    data = "".join(json.dumps(document, ensure_ascii=False) + "\n" for document in documents).encode()
    with folder() as path:
        file = path / "f.jsonl"
        file.touch()
        reading = Reading(file, format="jsonl")
        found = []
        for piece in pieces(data, cuts):
            append(file, piece)
            found += reading.values()
        reading.stop()
    assert found == documents


# -- lines as Kafka Connect sends them ---------------------------------------------------------------------------------


def test_where_no_transform_could_see_it_the_timestamp_is_left_to_the_sending(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("one\n")
    assert [record.timestamp for record in Reading(file).records()] == [None]


def test_a_line_is_a_record_as_kafka_connect_makes_it(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("grün\nzwei\n")
    reading = Reading(file, transforms="any")
    first, second = reading.records()
    assert (first.topic, first.value, first.value_schema) == ("lines", "grün", STRING)
    assert (first.key, first.key_schema, first.kafka_partition, first.timestamp) == (None, None, None, 1_000_000)
    assert first.source_partition == {"filename": str(file)}
    assert first.source_partition is second.source_partition
    assert first.source_offset is not None
    assert second.source_offset is not None
    assert (first.source_offset["position"], second.source_offset["position"]) == (6, 11)


def test_a_poll_gives_at_most_a_batch(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("1\n2\n3\n4\n5\n")
    reading = Reading(file, batch_size="2")
    polls = [reading.task.poll() or [] for _ in range(4)]
    assert [[record.value for record in poll] for poll in polls] == [["1", "2"], ["3", "4"], ["5"], []]


def test_an_offset_of_kafka_connect_itself_is_gone_on_from(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("one\ntwo\nthree\n")
    assert Reading(file, {"position": 4}).values() == ["two", "three"]


def test_bytes_that_are_no_text_are_replaced_with_one_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"a\xffb\n\xff\nc\n")
    reading = Reading(file)
    assert reading.values() == ["a\ufffdb", "\ufffd", "c"]
    append(file, b"\xfe\n")
    assert reading.values() == ["\ufffd"]
    assert messages(caplog) == [
        f"{file} has bytes that are not utf-8: they become U+FFFD; set encoding to what the file really is in"
    ]


def test_other_encodings_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("grün\nzwei\n", encoding="latin-1")
    records = Reading(file, encoding="latin-1").records()
    assert [record.value for record in records] == ["grün", "zwei"]
    assert records[0].source_offset is not None
    assert records[0].source_offset["position"] == 5


def test_a_last_line_without_end_waits_unless_a_timeout_is_set(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("one\ntwo")
    patient, hasty = Reading(file), Reading(file, last_line_timeout_ms="3000")
    assert patient.values() == hasty.values() == ["one"]
    patient.pass_time(1000.0)
    hasty.pass_time(3.0)
    assert patient.values() == []
    assert hasty.values() == ["two"]
    append(file, b"\nthree\n")
    assert patient.values() == ["two", "three"]
    assert hasty.values() == ["three"]


# -- waiting -----------------------------------------------------------------------------------------------------------


def test_a_missing_file_is_waited_for_with_one_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "f"
    reading = Reading(file)
    assert [reading.task.poll() for _ in range(8)] == [None] * 8
    assert messages(caplog) == [f"{file} is not there yet: waiting for it to appear"]
    assert reading.context.waits == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0]
    file.write_text("one\n")
    assert reading.values() == ["one"]
    assert reading.context.waits[8:] == [0.05]


def test_a_task_that_is_stopped_does_not_wait(tmp_path: Path) -> None:
    reading = Reading(tmp_path / "f")
    reading.context.stop()
    assert reading.task.poll() is None
    assert reading.context.waits == []


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConnectError, match=rf"Cannot read {tmp_path}: it is not a regular file"):
        Reading(tmp_path).records()
    with pytest.raises(ConnectError, match=r"Cannot open .*: File name too long"):
        Reading(tmp_path / ("x" * 300)).records()
