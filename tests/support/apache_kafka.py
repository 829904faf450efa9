"""Apache Kafka itself for tests: one broker, or a cluster of them, of this run's own."""

from __future__ import annotations

import contextlib
import functools
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from tests.support.owned_process import OwnedProcess, ending_with_parent
from tests.support.ports import ReservedPort
from tests.support.services import missing, require_tool

__all__ = ["ApacheKafka", "ApacheKafkaCluster", "Listener", "java_command", "kafka_class_path"]

_HOST = "127.0.0.1"
_START_S = 90.0  # seconds on a quiet machine are more than a minute on a busy one
_JVM = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx320m", "-Dorg.apache.logging.log4j.level=INFO")
_CLUSTER_ID = "AAAAAAAAAAAAAAAAAAAAAQ"
_REPOSITORY = Path(__file__).resolve().parents[2]

# What makes a test broker small and quick; a test's own settings come on top.
_SETTINGS = {
    "broker.heartbeat.interval.ms": "500",
    "broker.session.timeout.ms": "6000",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "log.cleaner.backoff.ms": "200",
    "log.cleaner.dedupe.buffer.size": "4194304",
    "log.initial.task.delay.ms": "200",
    "log.retention.check.interval.ms": "200",
    "log.segment.delete.delay.ms": "1000",
    "num.io.threads": "4",
    "num.network.threads": "2",
    "offsets.topic.num.partitions": "3",
    "share.coordinator.state.topic.num.partitions": "1",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "500",
    "transaction.state.log.num.partitions": "3",
}


@functools.cache
def kafka_class_path() -> str:
    """The class path of Kafka's broker, tools and Connect; fetched into the cache by whoever needs it first.

    Without Java, or without the jars and Maven, the test ends as with `missing`.
    """
    require_tool("java", "apt-get install openjdk-17-jre-headless")
    done = subprocess.run([_REPOSITORY / ".ci" / "kafka"], capture_output=True, text=True, timeout=110, check=False)
    if done.returncode != 0:
        missing("Apache Kafka", f"apt-get install maven; .ci/kafka (which failed: {done.stderr[-500:].strip()})")
    return ":".join(sorted(str(jar) for jar in Path(done.stdout.strip()).glob("*.jar")))


def java_command(main_class: str) -> list[str]:
    """The command that runs a class of `kafka_class_path` in a JVM that starts quickly and stays small."""
    return ["java", *_JVM, "-cp", kafka_class_path(), main_class]


@dataclass(frozen=True)
class Listener:
    """What the listener for clients asks of them.

    Args:
        protocol: ``PLAINTEXT``, or the one that ``settings`` set up.
        settings: Broker settings, e.g. of TLS, users, authorizer.
        client: Client settings of somebody who may do everything; used to find out whether the broker answers.
        host: The address of this machine on which it listens, and which clients are told.
    """

    protocol: str = "PLAINTEXT"
    settings: Mapping[str, str] = field(default_factory=dict)
    client: Mapping[str, str] = field(default_factory=dict)
    host: str = _HOST


@dataclass(frozen=True)
class _Place:
    """Which node of its cluster a broker is.

    Args:
        number: Its ``node.id``, from 1.
        controllers: Where the controllers of all nodes listen, in order of their numbers.
    """

    number: int
    controllers: Sequence[ReservedPort]

    def settings(self) -> dict[str, str]:
        size = len(self.controllers)
        voters = [f"{number}@{_HOST}:{port.number}" for number, port in enumerate(self.controllers, 1)]
        in_sync = "2" if size > 2 else "1"
        return {
            "node.id": str(self.number),
            "controller.quorum.voters": ",".join(voters),
            "default.replication.factor": str(size),
            "min.insync.replicas": in_sync,
            "offsets.topic.replication.factor": str(size),
            "share.coordinator.state.topic.min.isr": in_sync,
            "share.coordinator.state.topic.replication.factor": str(size),
            "transaction.state.log.min.isr": in_sync,
            "transaction.state.log.replication.factor": str(size),
        }


class ApacheKafka:
    """Broker and controller in one JVM. Start, kill, pause and start again as often as wanted; address and data stay.

    It also ends when the process of the test does. Between brokers and for controllers there are listeners without any
    security, whatever ``listener`` asks of clients.

    Args:
        folder: Where its data and its configuration are.
        settings: Broker settings on top of what makes it small and quick.
        listener: What clients have to bring.
        place: For `ApacheKafkaCluster`; ``None`` for a cluster of one.
    """

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, str] | None = None,
        *,
        listener: Listener | None = None,
        place: _Place | None = None,
    ) -> None:
        self.folder = folder
        self._settings = dict(settings or {})
        self._listener = listener or Listener()
        self._place = place or _Place(1, [ReservedPort()])
        self._clients, self._brokers = ReservedPort(), ReservedPort()
        self._process = OwnedProcess("the broker", folder.with_name(f"{folder.name}.log"))

    @property
    def bootstrap_servers(self) -> str:
        """Where clients find it."""
        return f"{self._listener.host}:{self._clients.number}"

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process.is_running

    @property
    def pid(self) -> int:
        """Its process id; it must be running."""
        return self._process.pid

    @property
    def log(self) -> str:
        """What it wrote, over all starts."""
        return self._process.log

    def start(self) -> ApacheKafka:
        """Start it and wait until it answers."""
        self.launch()
        try:
            self.await_ready()
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self) -> None:
        """End it in order. Does nothing when it does not run."""
        self._process.end(signal.SIGTERM)

    def kill(self) -> None:
        """End it with SIGKILL, as a crash would."""
        self._process.end(signal.SIGKILL)

    def pause(self) -> None:
        """Hold it up: connections stay open and nothing is answered."""
        self._process.pause()

    def resume(self) -> None:
        """Let it go on after `pause`."""
        self._process.resume()

    def launch(self) -> None:
        """Start it and return at once."""
        properties = self.folder.with_name(f"{self.folder.name}.properties")
        if not self.folder.exists():
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            lines = [f"{key}={value}\n" for key, value in self._properties().items()]
            properties.write_text("".join(lines), encoding="utf-8")
            self._format(properties)
        self._process.start(ending_with_parent(*java_command("kafka.Kafka"), str(properties)))

    def await_ready(self) -> None:
        """Wait until it answers and is part of its cluster."""
        deadline = time.monotonic() + _START_S
        self._await_listening(deadline)
        admin = AdminClient({"bootstrap.servers": self.bootstrap_servers, **self._listener.client})
        while time.monotonic() < deadline:
            with contextlib.suppress(KafkaException):
                if self._place.number in admin.list_topics(timeout=1.0).brokers:
                    return
            self._fail_if_ended()
            time.sleep(0.02)
        raise RuntimeError(f"the broker does not answer:\n{self.log[-8000:]}")

    def __enter__(self) -> ApacheKafka:
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def _await_listening(self, deadline: float) -> None:
        while time.monotonic() < deadline:
            address = self._listener.host, self._clients.number
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(address):
                return
            self._fail_if_ended()
            time.sleep(0.02)

    def _fail_if_ended(self) -> None:
        if self._process.has_ended:
            raise RuntimeError(f"the broker did not start:\n{self.log[-8000:]}")

    def _properties(self) -> dict[str, str]:
        clients, brokers = self.bootstrap_servers, self._brokers.number
        controller = self._place.controllers[self._place.number - 1].number
        return {
            "process.roles": "broker,controller",
            "listeners": f"CLIENTS://{clients},BROKERS://{_HOST}:{brokers},CONTROLLER://{_HOST}:{controller}",
            "listener.security.protocol.map": (
                f"CLIENTS:{self._listener.protocol},BROKERS:PLAINTEXT,CONTROLLER:PLAINTEXT"
            ),
            "inter.broker.listener.name": "BROKERS",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": str(self.folder),
            **_SETTINGS,
            **self._place.settings(),
            **self._listener.settings,
            **self._settings,
        }

    def _format(self, properties: Path) -> None:
        command = [*java_command("kafka.tools.StorageTool"), "format", "-t", _CLUSTER_ID, "-c", str(properties)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_START_S, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"Kafka refused its configuration:\n{done.stdout}{done.stderr}")


class ApacheKafkaCluster:
    """Brokers that replicate: topics have as many replicas as there are brokers, and writes need two of three in sync.

    Args:
        folder: Where data and configurations are.
        size: Number of brokers, each of them also a controller.
        settings: Broker settings of all.
        listener: What clients have to bring.
    """

    def __init__(
        self,
        folder: Path,
        size: int = 3,
        settings: Mapping[str, str] | None = None,
        *,
        listener: Listener | None = None,
    ) -> None:
        controllers = [ReservedPort() for _ in range(size)]
        self._brokers = {
            number: ApacheKafka(
                folder / f"broker-{number}", settings, listener=listener, place=_Place(number, controllers)
            )
            for number in range(1, size + 1)
        }

    @property
    def bootstrap_servers(self) -> str:
        """Where clients find any of them."""
        return ",".join(broker.bootstrap_servers for broker in self._brokers.values())

    @property
    def log(self) -> str:
        """What they wrote, one after the other."""
        return "\n".join(f"--- broker {number}\n{broker.log}" for number, broker in self._brokers.items())

    def broker(self, number: int) -> ApacheKafka:
        """One of them by its ``node.id``, from 1: to be killed, paused, started again."""
        return self._brokers[number]

    def start(self) -> ApacheKafkaCluster:
        """Start all and wait until all answer."""
        try:
            for broker in self._brokers.values():
                broker.launch()
            for broker in self._brokers.values():
                broker.await_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End all at once, as a power cut would: in order they would wait for each other."""
        for broker in self._brokers.values():
            broker.kill()

    def __enter__(self) -> ApacheKafkaCluster:
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.stop()
