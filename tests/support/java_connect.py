"""Kafka Connect itself, in Java, as a distributed worker."""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping
from pathlib import Path

from tests.support.apache_kafka import java_command
from tests.support.connect_rest import ConnectRest
from tests.support.owned_process import OwnedProcess, ending_with_parent
from tests.support.ports import ReservedPort
from tests.support.worker_process import on_broker

__all__ = ["JavaConnectWorker", "cluster_properties"]

_START_S = 120.0
_STRING = "org.apache.kafka.connect.storage.StringConverter"


def cluster_properties(bootstrap_servers: str, group_id: str) -> dict[str, str]:
    """Properties that make workers, Java's and ours, one cluster: its group, its topics, its converters."""
    return {
        **on_broker(bootstrap_servers, group_id),
        "key.converter": _STRING,
        "value.converter": _STRING,
        "offset.flush.interval.ms": "500",
        "scheduled.rebalance.max.delay.ms": "0",
    }


class JavaConnectWorker:
    """Runs ``ConnectDistributed`` with the file connectors and the transforms. Start and stop as often as wanted.

    It also ends when the process of the test does.

    Args:
        folder: Where its configuration and its log are.
        properties: Those of a distributed worker, see `cluster_properties`.
    """

    def __init__(self, folder: Path, properties: Mapping[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._port = ReservedPort()
        self._file = folder / "connect.properties"
        keys = {
            # Plugins are found on the class path by their service files, which all of Kafka's have.
            "plugin.discovery": "service_load",
            "listeners": f"http://127.0.0.1:{self._port.number}",
            **properties,
        }
        self._file.write_text("".join(f"{key}={value}\n" for key, value in keys.items()), encoding="utf-8")
        self._process = OwnedProcess("the Java worker", folder / "connect.log")
        self.rest = ConnectRest(f"http://127.0.0.1:{self._port.number}")

    @property
    def worker_id(self) -> str:
        """What it calls itself in statuses."""
        return f"127.0.0.1:{self._port.number}"

    @property
    def log(self) -> str:
        """What it wrote, over all starts."""
        return self._process.log

    @property
    def has_ended(self) -> bool:
        """Whether it ended by itself since it was started."""
        return self._process.has_ended

    def start(self) -> JavaConnectWorker:
        """Start it and wait until it is a member of its group and serves connectors."""
        self.launch()
        try:
            self._await_ready()
        except BaseException:
            self.kill()
            raise
        return self

    def launch(self) -> None:
        """Start it and return at once."""
        main_class = "org.apache.kafka.connect.cli.ConnectDistributed"
        self._process.start(ending_with_parent(*java_command(main_class), str(self._file)))

    def stop(self) -> None:
        """End it in order. Does nothing when it does not run."""
        self._process.end(signal.SIGTERM)

    def kill(self) -> None:
        """End it with SIGKILL, as a crash would."""
        self._process.end(signal.SIGKILL)

    def close(self) -> None:
        """End it in order, for good."""
        try:
            self.stop()
        finally:
            self.rest.close()

    def __enter__(self) -> JavaConnectWorker:
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def _await_ready(self) -> None:
        deadline = time.monotonic() + _START_S
        # Its health is good once it has joined its group and read the config topic.
        while not (self.rest.answers() and self.rest.http.get("/health").is_success):
            if self.has_ended:
                raise RuntimeError(f"the Java worker did not start:\n{self.log[-8000:]}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"the Java worker does not answer:\n{self.log[-8000:]}")
            time.sleep(0.05)
