"""Standalone's offsets file."""

from __future__ import annotations

import base64
import json
import os
import stat
from pathlib import Path

import pytest

from connect_runtime.errors import RetriableError, StorageError
from connect_runtime.storage import FileLog, OffsetStore
from connect_runtime.storage.java_map import read_java_map
from connect_runtime.storage.log import LogRecord

# Written by Java 17 from a HashMap<byte[], byte[]> with four entries: one value null, one array used twice.
JAVA_FILE = base64.b64decode(
    "rO0ABXNyABFqYXZhLnV0aWwuSGFzaE1hcAUH2sHDFmDRAwACRgAKbG9hZEZhY3RvckkACXRocmVzaG9sZHhwP0AAAAAAAAx3CAAAABAAAAAEdXIA"
    "AltCrPMX+AYIVOACAAB4cAAAAA9bImMiLHsidCI6IngifV11cQB+AAIAAAAHeyJuIjoxfXVxAH4AAgAAAA9bImMiLHsidCI6InkifV1xAH4ABHVx"
    "AH4AAgAAACZbImludi1zcmMiLHsiZmlsZW5hbWUiOiIvZGF0YS9iLnR4dCJ9XXB1cQB+AAIAAAAmWyJpbnYtc3JjIix7ImZpbGVuYW1lIjoiL2Rh"
    "dGEvYS50eHQifV11cQB+AAIAAAAQeyJwb3NpdGlvbiI6NDE4fXg="
)
JAVA_ENTRIES = {
    b'["c",{"t":"x"}]': b'{"n":1}',
    b'["c",{"t":"y"}]': b'{"n":1}',
    b'["inv-src",{"filename":"/data/a.txt"}]': b'{"position":418}',
}
JAVA_LIST = base64.b64decode("rO0ABXNyABNqYXZhLnV0aWwuQXJyYXlMaXN0eIHSHZnHYZ0DAAFJAARzaXpleHAAAAABdwQAAAABdAABeHg=")
JAVA_STRINGS = base64.b64decode(
    "rO0ABXNyABFqYXZhLnV0aWwuSGFzaE1hcAUH2sHDFmDRAwACRgAKbG9hZEZhY3RvckkACXRocmVzaG9sZHhwP0AAAAAAAAx3CAAAABAAAAABdAABYX"
    "QAAWJ4"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "connect.offsets"


def contents(path: Path) -> dict[bytes | None, bytes | None]:
    """What a log started on the file delivers."""
    found: list[LogRecord] = []
    FileLog(path).start(found.append)
    return {record.key: record.value for record in found}


def test_no_file_and_an_empty_file_hold_nothing(path: Path) -> None:
    assert contents(path) == {}
    path.touch()
    assert contents(path) == {}


def test_what_was_sent_is_there_after_a_restart(path: Path) -> None:
    delivered: list[LogRecord] = []
    log = FileLog(path)
    log.start(delivered.append)

    log.send([(b"a", b"1"), (b"b", b"2")], timeout_s=1)
    log.send([(b"a", b"3"), (b"b", None)], timeout_s=1)

    assert [(record.key, record.value) for record in delivered] == [
        (b"a", b"1"),
        (b"b", b"2"),
        (b"a", b"3"),
        (b"b", None),
    ]
    assert [record.offset for record in delivered] == [0, 1, 2, 3]
    assert contents(path) == {b"a": b"3"}


def test_the_file_can_be_read_by_people(path: Path) -> None:
    log = FileLog(path)
    log.start(lambda _: None)
    log.send([('["c",{"f":"é"}]'.encode(), b'{"p":1}')], timeout_s=1)

    (line,) = path.read_text(encoding="utf-8").splitlines()
    assert "é" in line
    assert json.loads(line) == {"key": '["c",{"f":"é"}]', "value": '{"p":1}'}


def test_any_bytes_survive(path: Path) -> None:
    log = FileLog(path)
    log.start(lambda _: None)
    key, value = bytes(range(256)), b'\xff\x00"\n\\'
    log.send([(key, value)], timeout_s=1)

    assert contents(path) == {key: value}


def test_a_file_of_java_is_read_and_kept_beside_the_first_one_written(path: Path) -> None:
    path.write_bytes(JAVA_FILE)
    log = FileLog(path)
    log.start(lambda _: None)
    assert path.read_bytes() == JAVA_FILE

    log.send([(b"k", b"v")], timeout_s=1)
    log.send([(b"k", b"w")], timeout_s=1)

    assert path.with_name("connect.offsets.java").read_bytes() == JAVA_FILE
    assert contents(path) == {**JAVA_ENTRIES, b"k": b"w"}


def test_offsets_of_java_are_found_by_their_connector(path: Path) -> None:
    path.write_bytes(JAVA_FILE)
    store = OffsetStore(FileLog(path))
    store.start()

    assert store.read("inv-src", [{"filename": "/data/a.txt"}, {"filename": "/data/b.txt"}]) == [
        {"position": 418},
        None,
    ]


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"not json\n", "damaged or something else"),
        (b'{"key": "a"}\n', "a line is not of the form"),
        (b'["a", "b"]\n', "a line is not of the form"),
        (JAVA_FILE[:-20], "cut off"),
        (JAVA_LIST, r"class java\.util\.ArrayList instead of java\.util\.HashMap"),
        (JAVA_STRINGS, "keys or values that are not arrays of bytes"),
    ],
)
def test_a_file_that_is_none_stops_the_start_and_is_left_alone(path: Path, data: bytes, complaint: str) -> None:
    path.write_bytes(data)

    with pytest.raises(StorageError, match=complaint) as raised:
        FileLog(path).start(lambda _: None)

    assert str(path) in str(raised.value)
    assert path.read_bytes() == data


def test_every_java_file_that_is_cut_off_is_refused() -> None:
    for size in range(4, len(JAVA_FILE)):
        with pytest.raises(ValueError, match="in it"):
            read_java_map(JAVA_FILE[:size])


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"there is no folder .*/nowhere\. Create it"):
        FileLog(tmp_path / "nowhere" / "offsets").start(lambda _: None)


def test_a_folder_in_place_of_the_file_is_refused(path: Path) -> None:
    path.mkdir()

    with pytest.raises(StorageError, match="cannot be read"):
        FileLog(path).start(lambda _: None)


def test_a_write_that_fails_leaves_the_old_file_and_delivers_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivered: list[LogRecord] = []
    log = FileLog(path)
    log.start(delivered.append)
    log.send([(b"a", b"1")], timeout_s=1)

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        with pytest.raises(RetriableError, match=r"offsets file .* cannot be written: No space left on device"):
            log.send([(b"a", b"2")], timeout_s=1)

    assert contents(path) == {b"a": b"1"}
    assert len(delivered) == 1
    log.send([(b"b", b"3")], timeout_s=1)
    assert contents(path) == {b"a": b"1", b"b": b"3"}


def test_a_write_without_waiting_logs_its_failure(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    log = FileLog(path)
    log.start(lambda _: None)
    path.mkdir()

    log.send_soon(b"a", b"1", still_wanted=lambda: True)

    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_the_file_keeps_its_permissions_from_others(path: Path) -> None:
    log = FileLog(path)
    log.start(lambda _: None)
    log.send([(b"a", b"1")], timeout_s=1)
    path.chmod(0o600)
    log.send([(b"a", b"2")], timeout_s=1)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_symbolic_link_to_the_file_stays_one(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.touch()
    link.symlink_to(real)
    log = FileLog(link)
    log.start(lambda _: None)
    log.send([(b"a", b"1")], timeout_s=1)

    assert link.is_symlink()
    assert contents(real) == {b"a": b"1"}


def test_after_stop_nothing_is_delivered(path: Path) -> None:
    delivered: list[LogRecord] = []
    log = FileLog(path)
    log.start(delivered.append)
    log.stop()
    log.send([(b"a", b"1")], timeout_s=1)

    assert delivered == []
