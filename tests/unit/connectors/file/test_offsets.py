from __future__ import annotations

import zlib
from typing import Any

import pytest

from connect_runtime.sdk import ConnectError
from connectors.file.offsets import BEGINNING, Start, check_altered, offset_maps, partition_map

PARTITION = frozenset({("filename", "/data/f")})


def test_an_offset_holds_the_position_and_the_fingerprint_of_what_is_before_it() -> None:
    head = bytes(range(256)) * 5
    assert offset_maps([3, 1024, 1100], head[:1024], None) == [
        {"position": 3, "fingerprint": zlib.crc32(head[:3])},
        {"position": 1024, "fingerprint": zlib.crc32(head[:1024])},
        {"position": 1100, "fingerprint": zlib.crc32(head[:1024])},
    ]
    assert offset_maps([2000], head[:1024], None) == [{"position": 2000, "fingerprint": zlib.crc32(head[:1024])}]


def test_an_offset_of_a_csv_file_remembers_its_sample() -> None:
    assert offset_maps([2000], b"x" * 1024, 77) == [
        {"position": 2000, "fingerprint": zlib.crc32(b"x" * 1024), "sample": 77}
    ]


@pytest.mark.parametrize(
    ("stored", "start"),
    [
        (None, BEGINNING),
        ({"position": None}, BEGINNING),
        ({"position": 7}, Start(7)),
        ({"position": 7, "fingerprint": 5, "sample": 6}, Start(7, 5, 6)),
        ({"position": 7, "fingerprint": "?", "sample": None}, Start(7)),
    ],
)
def test_offsets_of_kafka_connect_and_of_ours_are_understood(stored: dict[str, Any] | None, start: Start) -> None:
    assert Start.of(stored) == start


@pytest.mark.parametrize("position", [-1, "7", 1.5, True])
def test_a_position_that_is_no_number_of_bytes_is_refused(position: Any) -> None:
    with pytest.raises(ConnectError, match="number of bytes"):
        Start.of({"position": position})
    with pytest.raises(ConnectError, match="number of bytes"):
        check_altered({PARTITION: {"position": position}})


def test_altered_offsets_have_to_name_file_and_position() -> None:
    check_altered({PARTITION: {"position": 0}, frozenset(partition_map("x").items()): None})
    with pytest.raises(ConnectError, match="has no 'filename'"):
        check_altered({frozenset({("file", "x")}): {"position": 0}})
    with pytest.raises(ConnectError, match="has no 'filename'"):
        check_altered({frozenset({("file", "x")}): None})
    with pytest.raises(ConnectError, match="has no 'position'"):
        check_altered({PARTITION: {"pos": 0}})
