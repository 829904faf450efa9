from __future__ import annotations

from pathlib import Path

import pytest

from connect_runtime.cli.topics.cluster import Watermarks
from connect_runtime.cli.topics.reading import Start, StartKind, span, start_of
from connect_runtime.cli.topics.settings import client_properties
from connect_runtime.errors import ConnectError


@pytest.mark.parametrize(
    ("start", "marks", "offsets"),
    [
        (Start(StartKind.BEGINNING), Watermarks(3, 10), range(3, 10)),
        (Start(StartKind.BEGINNING), Watermarks(10, 10), range(10, 10)),
        (Start(StartKind.OFFSET, 5), Watermarks(3, 10), range(5, 10)),
        (Start(StartKind.OFFSET, 0), Watermarks(3, 10), range(3, 10)),
        (Start(StartKind.OFFSET, 11), Watermarks(3, 10), range(10, 10)),
        (Start(StartKind.LAST, 2), Watermarks(3, 10), range(8, 10)),
        (Start(StartKind.LAST, 100), Watermarks(3, 10), range(3, 10)),
        (Start(StartKind.LAST, 0), Watermarks(3, 10), range(10, 10)),
    ],
)
def test_a_start_means_a_span_of_offsets_that_exist(start: Start, marks: Watermarks, offsets: range) -> None:
    assert span(start, marks) == offsets


def test_without_options_the_newest_records_are_meant() -> None:
    assert start_of(from_beginning=False, offset=None, last=None, default_last=10) == Start(StartKind.LAST, 10)


def test_an_offset_of_zero_is_an_offset() -> None:
    assert start_of(from_beginning=False, offset=0, last=None, default_last=10) == Start(StartKind.OFFSET, 0)


@pytest.mark.parametrize(
    ("from_beginning", "offset", "last"), [(True, 0, None), (True, None, 5), (False, 1, 5), (True, 1, 5)]
)
def test_two_starts_at_once_are_refused(*, from_beginning: bool, offset: int | None, last: int | None) -> None:
    with pytest.raises(ConnectError, match="Give one of --from-beginning, --offset and --last"):
        start_of(from_beginning=from_beginning, offset=offset, last=last, default_last=10)


def test_properties_win_over_the_address_and_keep_equal_signs() -> None:
    found = client_properties("a:1", None, ["bootstrap.servers=b:2", "sasl.password = x=y "], {})
    assert found == {"bootstrap.servers": "b:2", "sasl.password": "x=y"}


def test_the_broker_of_this_machine_is_the_default() -> None:
    assert client_properties(None, None, [], {}) == {"bootstrap.servers": "127.0.0.1:9092"}


def test_a_workers_file_says_where_the_cluster_is_and_how_to_connect(tmp_path: Path) -> None:
    file = tmp_path / "worker.properties"
    file.write_text(
        "bootstrap.servers=kafka:9093\nsecurity.protocol=SASL_SSL\nsasl.mechanism=PLAIN\n"
        "group.id=g\nclient.id=mine\nkey.converter=JsonConverter\nvalue.converter=JsonConverter\n"
        "config.storage.topic=c\noffset.storage.topic=o\nstatus.storage.topic=s\nconsumer.fetch.min.bytes=7\n"
    )
    found = client_properties(None, file, [], {"CONNECT_SASL_MECHANISM": "SCRAM-SHA-512"})
    assert found == {
        "bootstrap.servers": "kafka:9093",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
    }
    assert client_properties("other:1", file, [], {})["bootstrap.servers"] == "other:1"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("bootstrap.servers=embedded\n", "127.0.0.1:9092"),
        ("bootstrap.servers=embedded:/data\nembedded.listen=127.0.0.1:19092\n", "127.0.0.1:19092"),
    ],
)
def test_a_worker_with_its_own_broker_leads_to_that_broker(tmp_path: Path, text: str, address: str) -> None:
    file = tmp_path / "worker.properties"
    file.write_text(text + "key.converter=JsonConverter\nvalue.converter=JsonConverter\n")
    assert client_properties(None, file, [], {}) == {"bootstrap.servers": address}


@pytest.mark.parametrize("item", ["security.protocol", "=SSL", " =x"])
def test_a_property_without_key_or_value_is_refused_with_an_example(item: str) -> None:
    with pytest.raises(ConnectError, match=r"--property wants KEY=VALUE, for example security\.protocol=SSL"):
        client_properties(None, None, [item], {})


def test_a_misspelt_property_is_refused_with_the_right_name() -> None:
    with pytest.raises(ConnectError, match=r"Did you mean security\.protocol\?"):
        client_properties(None, None, ["security.protocl=SSL"], {})
