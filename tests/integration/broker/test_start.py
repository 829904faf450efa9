"""How a broker starts, says that it cannot, and ends."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from confluent_kafka import KafkaError

from connect_runtime.broker import (
    BrokerConfig,
    FolderInUseError,
    FolderUnusableError,
    ListenNotAllowedError,
    PortInUseError,
    serve,
)
from tests.integration.broker.clients import consume, produce
from tests.support.embedded_broker import EmbeddedBrokerProcess

NewBroker = Callable[..., EmbeddedBrokerProcess]


def _run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "connect_runtime.broker",
        "--dir",
        str(folder),
        "--listen",
        "127.0.0.1:0",
        *options,
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = _run(tmp_path / "d", "--listen", f"127.0.0.1:{port}")
        with pytest.raises(PortInUseError):
            serve(BrokerConfig(dir=tmp_path / "d", port=port))
    assert ended.returncode == 1
    assert str(port) in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_folder_in_use_is_named_with_its_holder(new_embedded_broker: NewBroker) -> None:
    holder = new_embedded_broker().start()
    ended = _run(holder.folder, "--set", "broker.lock.wait.ms=100")
    assert ended.returncode == 1
    assert str(holder.folder) in ended.stderr
    assert str(holder.pid) in ended.stderr
    assert ended.stderr.count("\n") == 1
    with pytest.raises(FolderInUseError) as refused:
        serve(BrokerConfig(dir=holder.folder, port=0, lock_wait_s=0.1))
    assert refused.value.pid == holder.pid


def test_a_new_broker_waits_for_a_dying_one(new_embedded_broker: NewBroker, tmp_path: Path) -> None:
    holder = new_embedded_broker().start()
    threading.Timer(1.0, os.kill, (holder.pid, signal.SIGKILL)).start()
    heir = EmbeddedBrokerProcess(holder.folder)
    heir.start()
    heir.stop()


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("x")
    with pytest.raises(FolderUnusableError, match=str(path)):
        serve(BrokerConfig(dir=path, port=0))


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "log.sqlite").write_bytes(b"not a database" * 1000)
    ended = _run(tmp_path)
    assert ended.returncode == 1
    assert str(tmp_path) in ended.stderr
    assert "Traceback" not in ended.stderr
    assert (tmp_path / "log.sqlite").read_bytes() == b"not a database" * 1000


def test_an_address_that_others_can_reach_needs_permission(tmp_path: Path) -> None:
    with pytest.raises(ListenNotAllowedError, match="--allow-remote"):
        serve(BrokerConfig(dir=tmp_path, host="0.0.0.0", port=0))
    ended = _run(tmp_path, "--listen", "0.0.0.0:0")
    assert ended.returncode == 1


@pytest.mark.parametrize(
    "options",
    [
        ("--set", "no.such=1"),
        ("--set", "num.partitions=many"),
        ("--set", "log.retention.ms=soon"),
        ("--listen", "9092"),
    ],
)
def test_settings_that_make_no_sense_are_named(tmp_path: Path, options: tuple[str, str]) -> None:
    ended = _run(tmp_path, *options)
    assert ended.returncode == 1
    assert options[1].partition("=")[0] in ended.stderr
    assert "Traceback" not in ended.stderr


def test_serve_tells_when_it_is_ready_and_stops_when_told(tmp_path: Path) -> None:
    stop = threading.Event()
    addresses: list[tuple[str, int]] = []
    outcomes: list[list[KafkaError | None]] = []

    def ready(host: str, port: int) -> None:
        addresses.append((host, port))
        threading.Thread(target=use).start()

    def use() -> None:
        host, port = addresses[0]
        outcomes.append(produce(f"{host}:{port}", "t", [b"v"]))
        stop.set()

    assert serve(BrokerConfig(dir=tmp_path, port=0), ready=ready, stop=stop) == 0
    assert outcomes == [[None]]


def test_it_prints_its_address_and_writes_it_to_a_file(tmp_path: Path) -> None:
    ready_file = tmp_path / "ready"
    command = [sys.executable, "-m", "connect_runtime.broker", "--dir", str(tmp_path / "d"), "--listen", "127.0.0.1:0"]
    with subprocess.Popen([*command, "--ready-file", str(ready_file)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line == f"broker ready on {ready_file.read_text().strip()}\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


def test_it_ends_with_the_process_that_started_it(new_embedded_broker: NewBroker) -> None:
    assert new_embedded_broker().start().orphan() == 0


def test_it_starts_fast_and_stays_small(new_embedded_broker: NewBroker) -> None:
    broker = new_embedded_broker()
    started = time.monotonic()
    broker.start()
    assert time.monotonic() - started < 2.0  # 0.2 s on an idle machine
    pages = int(Path(f"/proc/{broker.pid}/statm").read_text(encoding="ascii").split()[1])
    assert pages * resource.getpagesize() < 60 * 2**20


def test_it_stops_in_order_while_clients_wait(new_embedded_broker: NewBroker) -> None:
    broker = new_embedded_broker().start()
    produce(broker.bootstrap_servers, "t", [b"v"])
    waiting = threading.Thread(
        target=consume, args=(broker.bootstrap_servers, "t", 1), kwargs={"fetch_wait_max_ms": 9_000}
    )
    waiting.start()
    waiting.join(20)
    started = time.monotonic()
    broker.stop()
    assert time.monotonic() - started < 3
    assert "Traceback" not in broker.log


def test_a_full_disk_refuses_producers_until_there_is_space(new_embedded_broker: NewBroker) -> None:
    broker = new_embedded_broker().start()
    produce(broker.bootstrap_servers, "t", [b"before"])
    resource.prlimit(broker.pid, resource.RLIMIT_FSIZE, (2_000_000, resource.RLIM_INFINITY))
    big = [os.urandom(400_000) for _ in range(10)]
    outcomes = produce(broker.bootstrap_servers, "t", big, retries=0, linger_ms=0)
    assert KafkaError._MSG_TIMED_OUT not in [error.code() for error in outcomes if error]
    assert {error.code() for error in outcomes if error} == {KafkaError.KAFKA_STORAGE_ERROR}
    resource.prlimit(broker.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert produce(broker.bootstrap_servers, "t", [b"after"]) == [None]
    acked = 2 + sum(error is None for error in outcomes)
    messages = consume(broker.bootstrap_servers, "t", acked)
    assert [messages[0].value(), messages[-1].value()] == [b"before", b"after"]
    assert [message.offset() for message in messages] == list(range(acked))
    assert "free space" in broker.log
    assert "Traceback" not in broker.log
