"""Workers and brokers of a cluster are killed, held up and cut off at random, several at a time; no record may be lost.

``CONNECT_RUNTIME_CHAOS_KILLS`` sets the number of faults (default 4; ``make chaos`` has 20), ``..._BROKERS`` that of
brokers (default 1), ``..._SEED`` repeats the choices of an earlier run.
"""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.apache_kafka import ApacheKafka, ApacheKafkaCluster, Listener
from tests.support.network_namespace import NetworkNamespace, network_namespace
from tests.support.worker_cluster import SESSION_S, ClusterWorker, WorkerCluster, until

FAULTS = int(os.environ.get("CONNECT_RUNTIME_CHAOS_KILLS", "4"))
BROKERS = int(os.environ.get("CONNECT_RUNTIME_CHAOS_BROKERS", "1"))
SEED = int(os.environ.get("CONNECT_RUNTIME_CHAOS_SEED", str(random.randrange(1_000_000))))
WORKERS, SOURCE_TASKS, SINK_TASKS = 3, 4, 3
LONGEST_FAULT_S = 3 * SESSION_S
LONGEST_PAUSE_S = 2.0
TOPIC = "numbers"
# A task counts 200 in a second at most, and counts again what it counted since its last commit.
DOUBLED_PER_FAULT = 2000 * SOURCE_TASKS


@dataclass(frozen=True)
class Fault:
    """What was done to somebody, and how that ends."""

    victim: object
    ends_at: float
    mend: Callable[[], object]


class Chaos:
    """Does harm and repairs it.

    Args:
        cluster: The workers.
        brokers: The brokers.
        namespace: Where the first worker lives.
        chance: Makes all choices.
    """

    def __init__(
        self,
        cluster: WorkerCluster,
        brokers: list[ApacheKafka],
        namespace: NetworkNamespace,
        chance: random.Random,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._cluster = cluster
        self._brokers = brokers
        self._namespace = namespace
        self._chance = chance
        self._faults: list[Fault] = []
        self._changes = 0

    def do_harm(self) -> None:
        """One fault, which lasts for a while; those before may not be over."""
        kinds = [self.kill_worker, self.stop_worker, self.hold_up_worker, self.cut_off_worker, self.change]
        if not any(fault.victim in self._brokers for fault in self._faults):
            kinds += [self.kill_broker, self.hold_up_broker]
        self._chance.choice(kinds)()
        time.sleep(self._chance.uniform(0.1, LONGEST_PAUSE_S))
        self._mend(time.monotonic())

    def mend_all(self) -> None:
        """Let everybody run."""
        self._mend(float("inf"))
        for worker in self._cluster.workers:
            if worker.has_ended:
                self.counts["started while no broker was there"] += 1
                worker.launch()
        for worker in self._cluster.workers:
            worker.await_ready()

    def kill_worker(self) -> None:
        for worker in self._some_worker("worker killed"):
            worker.kill()
            self._note(worker, worker.launch)

    def stop_worker(self) -> None:
        for worker in self._some_worker("worker stopped"):
            try:
                worker.stop()
            except subprocess.TimeoutExpired:
                self.counts["stop that took too long"] += 1
            self._note(worker, worker.launch)

    def hold_up_worker(self) -> None:
        for worker in self._some_worker("worker held up"):
            worker.pause()
            self._note(worker, worker.resume)

    def cut_off_worker(self) -> None:
        if all(fault.victim is not self._namespace for fault in self._faults):
            self.counts["worker cut off"] += 1
            self._namespace.cut()
            self._note(self._namespace, self._namespace.mend)

    def kill_broker(self) -> None:
        self.counts["broker killed"] += 1
        broker = self._chance.choice(self._brokers)
        broker.kill()
        self._note(broker, broker.start)

    def hold_up_broker(self) -> None:
        self.counts["broker held up"] += 1
        broker = self._chance.choice(self._brokers)
        broker.pause()
        self._note(broker, broker.resume)

    def change(self) -> None:
        """Change or restart a connector through any worker, with whatever success."""
        self.counts["change asked for"] += 1
        self._changes += 1
        worker = self._chance.choice(self._cluster.workers)
        source = self._cluster.sequences.source(TOPIC, SOURCE_TASKS, batch_size=str(10 + self._changes % 3))
        method, path, json = self._chance.choice(
            [
                ("PUT", "/connectors/numbers/config", source),
                ("POST", "/connectors/numbers/restart?includeTasks=true", None),
                ("POST", "/connectors/wall/restart?includeTasks=true", None),
            ]
        )
        with suppress(httpx.TransportError):
            self.counts["change done"] += httpx.request(method, worker.url + path, json=json, timeout=2.0).is_success

    def _some_worker(self, what: str) -> Iterator[ClusterWorker]:
        """A worker that nothing was done to, if there is one."""
        harmed = [fault.victim for fault in self._faults]
        well = [each for each in self._cluster.running if each not in harmed and not each.has_ended]
        if well:
            self.counts[what] += 1
            yield self._chance.choice(well)

    def _note(self, victim: object, mend: Callable[[], object]) -> None:
        ends_at = time.monotonic() + self._chance.uniform(0.0, LONGEST_FAULT_S)
        self._faults.append(Fault(victim, ends_at, mend))

    def _mend(self, until_s: float) -> None:
        for fault in [fault for fault in self._faults if fault.ends_at <= until_s]:
            fault.mend()
            self._faults.remove(fault)


@pytest.fixture
def namespace() -> Iterator[NetworkNamespace]:
    with network_namespace() as made:
        yield made


@pytest.fixture
def brokers(tmp_path: Path, namespace: NetworkNamespace) -> Iterator[list[ApacheKafka]]:
    with ExitStack() as stack:
        listener = Listener(host=namespace.outside)
        if BROKERS == 1:
            yield [stack.enter_context(ApacheKafka(tmp_path / "kafka" / "data", listener=listener))]
        else:
            made = stack.enter_context(ApacheKafkaCluster(tmp_path / "kafka", BROKERS, listener=listener))
            yield [made.broker(number) for number in range(1, BROKERS + 1)]


@pytest.mark.slow
@pytest.mark.timeout(300 + 60 * FAULTS)
@pytest.mark.parametrize("exactly_once", ["disabled", "enabled"])
def test_no_record_is_lost_whatever_happens_to_workers_and_brokers(
    tmp_path: Path,
    namespace: NetworkNamespace,
    brokers: list[ApacheKafka],
    capsys: pytest.CaptureFixture[str],
    exactly_once: str,
) -> None:
    bootstrap_servers = ",".join(broker.bootstrap_servers for broker in brokers)
    cluster = WorkerCluster(
        tmp_path / "cluster",
        bootstrap_servers,
        "chaos",
        {"exactly.once.source.support": exactly_once},
        replication_factor=min(3, BROKERS),
    )
    chaos = Chaos(cluster, brokers, namespace, random.Random(SEED))
    sequences = cluster.sequences
    try:
        cluster.add(host=namespace.inside, runner=namespace.runner)
        cluster.add(WORKERS - 1, host=namespace.outside)
        cluster.create("numbers", sequences.source(TOPIC, SOURCE_TASKS))
        cluster.create("wall", sequences.sink(TOPIC, SINK_TASKS))
        cluster.await_settled({"numbers": SOURCE_TASKS, "wall": SINK_TASKS})
        for _ in range(FAULTS):
            chaos.do_harm()
        chaos.mend_all()
        cluster.await_settled({"numbers": SOURCE_TASKS, "wall": SINK_TASKS}, timeout_s=180.0)
        cluster.await_delivery(TOPIC, sequences.got(TOPIC) + 100)
        cluster.stop_connectors("numbers")
        produced = sequences.produced(TOPIC)
        until(
            lambda: sequences.delivered(TOPIC).lost == 0,
            lambda: f"seed {SEED}: {sequences.delivered(TOPIC)}\n{cluster.log}",
        )
        cluster.stop_connectors("wall")
        delivered = sequences.delivered(TOPIC)
    finally:
        cluster.close()
    with capsys.disabled():
        print(  # noqa: T201  # the figures are what the test is run for
            f"\nfaults {dict(sorted(chaos.counts.items()))}\n"
            f"source: records {produced.records}, lost {produced.lost}, doubled {produced.doubled}\n"
            f"sink:   records {delivered.records}, lost {delivered.lost}, doubled {delivered.doubled}\n"
            f"exactly once {exactly_once}, brokers {BROKERS}, workers {WORKERS}, seed {SEED}"
        )
    assert (produced.lost, delivered.lost) == (0, 0)
    assert produced.doubled <= (0 if exactly_once == "enabled" else FAULTS * DOUBLED_PER_FAULT)
