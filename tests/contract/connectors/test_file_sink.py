"""The file sink over real files: what is in them after each call."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from connect_runtime.sdk import ConnectError, DataError, RetriableError, TopicPartition, struct_schema
from connect_runtime.sdk.data import INT64, STRING
from connect_runtime.sdk.testing import FakeSinkTaskContext, sink_record, sink_records
from connectors.file import FileStreamSinkConnector, FileStreamSinkTask
from connectors.file.output import Output

OFFSETS = {TopicPartition("test", 0): 5}


def task(file: Path | None, **config: str) -> FileStreamSinkTask:
    given = {"topics": "test"} | config | ({} if file is None else {"file": str(file)})
    started = FileStreamSinkTask()
    started.initialize(FakeSinkTaskContext(given))
    started.start(given)
    return started


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "out"


def test_each_record_is_a_line_and_a_batch_is_in_the_file_when_put_returns(file: Path) -> None:
    sink = task(file)
    assert file.read_bytes() == b""
    sink.put(sink_records(["one", "zwölf"]))
    assert file.read_text() == "one\nzwölf\n"
    sink.put([])
    sink.put(sink_records([""]))
    sink.flush(OFFSETS)
    sink.stop()
    assert file.read_text() == "one\nzwölf\n\n"


def test_a_file_that_is_there_is_appended_to(file: Path) -> None:
    file.write_text("before\n")
    sink = task(file)
    sink.put(sink_records(["after"]))
    assert file.read_text() == "before\nafter\n"


def test_a_half_line_of_a_killed_writer_stays_a_line_of_its_own(file: Path) -> None:
    file.write_text("whole\nhal")
    sink = task(file)
    assert file.read_text() == "whole\nhal"
    sink.put(sink_records(["half"]))
    sink.put(sink_records(["more"]))
    assert file.read_text() == "whole\nhal\nhalf\nmore\n"


@pytest.mark.parametrize(
    ("value", "line"),
    [(None, "null"), (1, "1"), (2.0, "2.0"), (True, "true"), ({"k": "v", "l": [1, None]}, "{k=v, l=[1, null]}")],
)
def test_text_is_what_java_prints(file: Path, value: Any, line: str) -> None:
    sink = task(file)
    sink.put(sink_records(["text", value]))
    assert file.read_text() == f"text\n{line}\n"


def test_a_struct_prints_as_one(file: Path) -> None:
    schema = struct_schema({"id": INT64, "name": STRING})
    task(file).put([sink_record({"id": 1, "name": "x"}, schema=schema)])
    assert file.read_text() == "Struct{id=1,name=x}\n"


def test_bytes_are_written_as_they_are_and_lone_surrogates_as_question_marks(file: Path) -> None:
    sink = task(file)
    sink.put(sink_records([b"\xff\x00", "a\ud800b"]))
    assert file.read_bytes() == b"\xff\x00\na?b\n"


def test_json_lines_hold_every_value(file: Path) -> None:
    values = [
        {"id": 1, "at": datetime(2024, 2, 29, 10, tzinfo=UTC), "price": Decimal("1.50"), "raw": b"\x00\xff"},
        None,
        ["ü", 1.5, {2: "two"}],
    ]
    task(file, format="json").put(sink_records(values))
    assert list(map(orjson.loads, file.read_bytes().splitlines())) == [
        {"id": 1, "at": "2024-02-29T10:00:00Z", "price": "1.50", "raw": "AP8="},
        None,
        ["ü", 1.5, {"2": "two"}],
    ]


def test_a_value_that_is_no_json_is_named_and_nothing_of_the_batch_is_written(file: Path) -> None:
    sink = task(file, format="json")
    with pytest.raises(DataError, match=r"The value at test-0 offset 8 cannot be written as JSON: .*: object"):
        sink.put(sink_records([1, object()], first_offset=7))
    assert file.read_bytes() == b""


def test_a_renamed_file_is_created_anew(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    sink = task(file)
    sink.put(sink_records(["one"]))
    file.rename(file.with_suffix(".1"))
    sink.put(sink_records(["two"]))
    assert file.with_suffix(".1").read_text() == "one\n"
    assert file.read_text() == "two\n"
    assert "was renamed or removed" in caplog.text


def test_a_truncated_file_is_written_from_its_beginning(file: Path) -> None:
    sink = task(file)
    sink.put(sink_records(["one"]))
    os.truncate(file, 0)
    sink.put(sink_records(["two"]))
    assert file.read_bytes() == b"two\n"


def test_without_a_file_lines_go_to_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    sink = task(None)
    sink.put(sink_records(["one", None]))
    sink.flush(OFFSETS)
    sink.stop()
    assert capfd.readouterr().out == "one\nnull\n"
    print("still open")  # noqa: T201  # the task must not have closed it
    assert capfd.readouterr().out == "still open\n"


def test_a_path_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConnectError, match=rf"Cannot open {tmp_path} for appending: Is a directory"):
        task(tmp_path)
    with pytest.raises(ConnectError, match="for appending: No such file or directory"):
        task(tmp_path / "missing" / "out")


def test_a_full_device_is_retried() -> None:
    sink = task(Path("/dev/full"))
    with pytest.raises(RetriableError, match=r"Cannot write 4 bytes to /dev/full: No space left on device. Free some"):
        sink.put(sink_records(["one"]))


class SmallDisk:
    """Stands in for ``os.write``: takes so many bytes in all, at most 5 a call."""

    def __init__(self, room: int, error: int = errno.ENOSPC) -> None:
        self.room = room
        self.error = error
        self._write = os.write

    def write(self, descriptor: int, data: bytes) -> int:
        if self.room == 0:
            raise OSError(self.error, os.strerror(self.error))
        written = self._write(descriptor, data[: min(5, self.room)])
        self.room -= written
        return written


@pytest.fixture
def small_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallDisk]:
    disk = SmallDisk(room=12)
    monkeypatch.setattr("connectors.file.output.os.write", disk.write)
    yield disk
    monkeypatch.undo()


def test_a_batch_that_did_not_fit_is_taken_back_and_written_once_when_there_is_room(
    file: Path, small_disk: SmallDisk
) -> None:
    sink = task(file)
    sink.put(sink_records(["one"]))
    batch = sink_records(["two", "three", "four"])
    for _ in range(2):
        with pytest.raises(RetriableError, match="No space left on device"):
            sink.put(batch)
        assert file.read_text() == "one\n"
        small_disk.room = 8
    small_disk.room = 1000
    sink.put(batch)
    assert file.read_text() == "one\ntwo\nthree\nfour\n"


def test_a_half_line_is_ended_again_after_a_failed_attempt(file: Path, small_disk: SmallDisk) -> None:
    file.write_text("hal")
    sink = task(file)
    with pytest.raises(RetriableError):
        sink.put(sink_records(["one", "two", "three", "four"]))
    assert file.read_text() == "hal"
    small_disk.room = 1000
    sink.put(sink_records(["one"]))
    assert file.read_text() == "hal\none\n"


def test_what_another_task_appended_is_never_taken_back(
    file: Path, small_disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = Output(str(file))
    small_disk.room = 5

    def write(descriptor: int, data: bytes) -> int:
        if small_disk.room == 0:
            with file.open("ab") as other:
                other.write(b"other\n")
        return SmallDisk.write(small_disk, descriptor, data)

    monkeypatch.setattr("connectors.file.output.os.write", write)
    with pytest.raises(RetriableError):
        output.append(b"one\ntwo\n")
    assert file.read_bytes().endswith(b"other\n")


def test_other_errors_fail_the_task(file: Path, small_disk: SmallDisk) -> None:
    small_disk.error = errno.EIO
    small_disk.room = 0
    with pytest.raises(ConnectError, match=rf"Cannot write 4 bytes to {file}: Input/output error") as caught:
        task(file).put(sink_records(["one"]))
    assert not caught.value.retriable


def test_flush_brings_the_data_to_the_disk_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr("connectors.file.output.os.fsync", synced.append)
    sink = task(file)
    sink.flush(OFFSETS)
    sink.put(sink_records(["one"]))
    assert sink.pre_commit(OFFSETS) == OFFSETS
    sink.pre_commit(OFFSETS)
    assert len(synced) == 1


def test_the_connector_gives_every_task_its_configuration() -> None:
    connector = FileStreamSinkConnector()
    connector.start({"file": "/data/out", "topics": "test"})
    assert connector.task_class() is FileStreamSinkTask
    assert connector.task_configs(2) == [{"file": "/data/out", "topics": "test"}] * 2
    assert connector.alter_offsets({}, {TopicPartition("test", 0): None})
    assert [key.name for key in connector.config_def()] == ["file", "format"]
