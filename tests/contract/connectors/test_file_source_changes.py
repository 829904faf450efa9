"""The file source when its file is truncated, rotated, replaced or no file at all, and when rows are bad."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from connect_runtime.sdk import ConnectError, DataError
from tests.support.file_source import Reading, append, messages

# -- the file becomes another one --------------------------------------------------------------------------------------


def test_a_file_that_is_cut_short_is_read_from_its_beginning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "f"
    file.write_text("one\ntwo\npart")
    reading = Reading(file)
    assert reading.values() == ["one", "two"]
    os.truncate(file, 0)
    append(file, b"new\n")
    records = reading.records()
    assert [record.value for record in records] == ["part", "new"]
    assert records[1].source_offset is not None
    assert records[1].source_offset["position"] == 4
    assert [message for message in messages(caplog) if "from its beginning" in message]
    assert Reading(file, records[0].source_offset).values() == ["new"]
    assert Reading(file, records[1].source_offset).values() == []


def test_a_file_that_is_rewritten_and_longer_than_before_is_read_from_its_beginning(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("one\n")
    reading = Reading(file)
    assert reading.values() == ["one"]
    with file.open("r+b") as opened:
        opened.write(b"uno\ndue\ntre\n")
    assert reading.values() == ["uno", "due", "tre"]


def test_a_renamed_file_is_read_to_its_end_before_the_new_one(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("one\n")
    reading = Reading(file)
    assert reading.values() == ["one"]
    renamed = file.rename(tmp_path / "f.1")
    file.write_text("new\n")
    assert reading.values() == []
    append(renamed, b"two\nthr")
    assert reading.values() == ["two"]
    reading.pass_time(0.5)
    append(renamed, b"ee\nfour")
    assert reading.values() == ["three"]
    reading.pass_time(2.0)
    assert reading.values() == ["four", "new"]
    append(file, b"newer\n")
    assert reading.values() == ["newer"]


def test_a_removed_file_is_waited_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "f"
    file.write_text("one\n")
    reading = Reading(file)
    assert reading.values() == ["one"]
    file.unlink()
    assert reading.values() == reading.values() == []
    assert messages(caplog) == [f"{file} was removed: waiting for it to appear"]
    file.write_text("two\n")
    reading.values()
    reading.pass_time(1.0)
    assert reading.values() == ["two"]


@pytest.mark.parametrize("text", ["uno\ndue\ntre\n", "x\n"])
def test_a_restart_notices_that_the_file_is_another_one(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "f"
    file.write_text("one\ntwo\n")
    offset = Reading(file).records()[-1].source_offset
    file.unlink()
    file.write_text(text)
    assert Reading(file, offset).values() == text.splitlines()
    assert f"{file} was read to byte 8 before, but is another file now" in messages(caplog)[0]


def test_a_restart_reads_the_rest_of_a_file_that_was_renamed_meanwhile(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "app[1].log"
    file.write_text("one\ntwo\nthree\n")
    offset = Reading(file).records()[0].source_offset
    (tmp_path / "app[1].log.old").write_text("other\n")
    (tmp_path / "app[1].log.folder").mkdir()
    renamed = file.rename(tmp_path / "app[1].log.1")
    file.write_text("new\n")
    reading = Reading(file, offset)
    records = reading.records()
    assert [record.value for record in records] == ["two", "three"]
    assert f"{file} was renamed to {renamed} after it was read to byte 4" in messages(caplog)[0]
    reading.pass_time(1.0)
    assert reading.values() == ["new"]
    assert Reading(file, records[-1].source_offset).values() == ["new"]


def test_a_restart_goes_on_in_a_file_that_was_copied_or_corrected_further_on(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("one\ntwo\nthere\n")
    offset = Reading(file).records()[1].source_offset
    file.rename(tmp_path / "old")
    file.write_text("one\ntwo\nthree\n")
    assert Reading(file, offset).values() == ["three"]


# -- bad records -------------------------------------------------------------------------------------------------------


def test_records_before_a_bad_one_are_given_and_then_the_task_fails(tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_text("a,b\n1,x\n2,y\nbad\n3,z\n")
    os.utime(file, (0, 0))
    reading = Reading(file, format="csv", batch_size="1")
    first, second = reading.task.poll(), reading.task.poll()
    assert first
    assert second
    with pytest.raises(DataError, match=rf"{file}, line 4: it has 1 fields where 2 are expected"):
        reading.task.poll()
    again = Reading(file, second[0].source_offset, format="csv")
    with pytest.raises(DataError, match=rf"{file}, line 4: "):
        again.task.poll()
    file.write_text("a,b\n1,x\n2,y\n2,bad\n3,z\n")
    assert Reading(file, second[0].source_offset, format="csv").values() == [{"a": 2, "b": "bad"}, {"a": 3, "b": "z"}]


def test_a_restart_at_any_row_keeps_the_schema_that_was_inferred_first(tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_text("a,b\n1,x\n2,y\n")
    reading = Reading(file, format="csv")
    assert reading.values() == []
    reading.pass_time(1.0)
    records = reading.records()
    append(file, b"3.5,z\n")
    again = Reading(file, records[0].source_offset, format="csv", bad_records="skip").records()
    assert [record.value for record in again] == [{"a": 2, "b": "y"}]
    assert again[0].value_schema is records[0].value_schema


def test_a_replaced_csv_file_has_its_own_columns(tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_text("a,b\n1,x\n")
    os.utime(file, (0, 0))
    reading = Reading(file, format="csv")
    assert reading.values() == [{"a": 1, "b": "x"}]
    file.rename(tmp_path / "old.csv")
    file.write_text("c\n2.5")
    os.utime(file, (0, 0))
    reading.values()
    reading.pass_time(1.0)
    assert reading.values() == [{"c": 2.5}]


def test_a_finished_csv_file_is_loaded_without_waiting(tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_text("id,name\n1,ann\n2,bob")
    os.utime(file, (0, 0))
    reading = Reading(file, format="csv", key_fields="id")
    records = reading.records()
    assert [(record.key, record.value["name"]) for record in records] == [({"id": 1}, "ann"), ({"id": 2}, "bob")]
    assert records[0].key_schema is not None
    assert reading.context.waits == [0.05]


# -- streams -----------------------------------------------------------------------------------------------------------


def test_a_named_pipe_is_read_without_offsets(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = Reading(pipe)
    assert reading.values() == []
    with pipe.open("wb", buffering=0) as writer:
        writer.write(b"one\ntwo")
        records = reading.records()
        assert [(r.value, r.source_partition, r.source_offset) for r in records] == [("one", None, None)]
    assert reading.values() == ["two"]
    with pipe.open("wb", buffering=0) as writer:
        writer.write(b"three\n")
        assert reading.values() == ["three"]
    reading.stop()


def test_standard_input_is_read_when_no_file_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").write_text("one\ntwo\nlast")
    with (tmp_path / "in").open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        reading = Reading(None)
        records = reading.records()
        reading.stop()
        assert [(r.value, r.source_offset) for r in records] == [("one", None), ("two", None), ("last", None)]
        assert not stdin.closed
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(ConnectError, match="no standard input: set file"):
        Reading(None)
