"""The leader's writes: refused from whoever leads no more, and going on after brokers were away."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from connect_runtime.clock import SystemClock
from connect_runtime.errors import ConflictError, RetriableError, StorageError
from connect_runtime.herder.group import GroupSeat
from connect_runtime.kafka import ClientSettings, leader_producer_settings, member_settings
from connect_runtime.storage import ConfigStore, InternalTopics, LeaderWriter
from connect_runtime.storage.config_records import RestartRequest, SessionKey
from tests.support.brokers import Broker
from tests.support.internal_topics import Cluster

CLOCK = SystemClock()
PATIENCE_S = 60.0


class Leader:
    """A worker's seat, its right to write, and its configuration; nobody ticks it but the test."""

    def __init__(self, cluster: Cluster) -> None:
        self._worker = {**cluster.worker, "group.id": cluster.specs.config.name}
        clients = cluster.clients
        self._topics = InternalTopics(clients, [cluster.specs.config.name], client_id="test")
        self.seat = GroupSeat(clients, self._settings, cluster.specs.config.name, CLOCK)
        self.metadata: Callable[[], object] = self.seat.metadata
        self.writer = LeaderWriter(
            clients,
            leader_producer_settings(self._worker, "test-leader", f"connect-cluster-{self._worker['group.id']}"),
            cluster.specs.config.name,
            self._current_metadata,
            self._topics.note_end,
            CLOCK,
        )
        self.configs = ConfigStore(self._topics.log(cluster.specs.config.name), self.writer, write_timeout_s=20.0)
        self.configs.start(_Deaf())
        self.seat.join()

    def lead(self) -> None:
        """Wait until it is its turn, and take the right to write."""
        self.until(lambda: self.seat.holds_partition)
        self.writer.claim(20.0)

    def until(self, claim: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not claim():
            assert time.monotonic() < deadline
            self.seat.poll()
            self.writer.poll()
            time.sleep(0.05)

    def close(self) -> None:
        self.writer.release()
        self.seat.leave()
        self._topics.stop()

    def _current_metadata(self) -> object:
        return self.metadata()

    def _settings(self) -> ClientSettings:
        return member_settings(
            self._worker, "test-seat", session_timeout_s=6.0, heartbeat_interval_s=1.0, poll_interval_s=60.0
        )


class _Deaf:
    def on_config_change(self) -> None: ...

    def on_restart_request(self, request: RestartRequest) -> None: ...

    def on_logger_level(self, namespace: str, level: str) -> None: ...

    def on_session_key(self, key: SessionKey) -> None: ...


@pytest.fixture
def new_leader() -> Iterator[Callable[[Cluster], Leader]]:
    with ExitStack() as stack:

        def make(cluster: Cluster) -> Leader:
            cluster.create(cluster.specs.config)
            leader = Leader(cluster)
            stack.callback(leader.close)
            return leader

        yield make


def test_what_a_leader_writes_is_there_as_a_whole(cluster: Cluster, new_leader: Callable[[Cluster], Leader]) -> None:
    leader = new_leader(cluster)
    with pytest.raises(ConflictError, match="does not lead"):
        leader.configs.put_connector("c", {"name": "c"})
    leader.lead()
    leader.configs.put_connector("c", {"name": "c"})
    leader.configs.put_task_configs("c", [{"n": "0"}, {"n": "1"}])
    assert leader.configs.snapshot().all_task_configs("c") == [{"n": "0"}, {"n": "1"}]


def test_a_successor_shuts_its_predecessor_out(cluster: Cluster, new_leader: Callable[[Cluster], Leader]) -> None:
    leader, successor = new_leader(cluster), new_leader(cluster)
    leader.lead()
    leader.configs.put_connector("c", {"n": "1"})
    successor.writer.claim(20.0)
    with pytest.raises(ConflictError, match="another worker leads"):
        leader.configs.put_connector("c", {"n": "2"})
    assert not leader.writer.is_claimed
    assert successor.configs.refresh(20.0).connector_config("c") == {"n": "1"}


def test_a_leader_that_is_no_member_any_more_is_refused(
    cluster: Cluster, new_leader: Callable[[Cluster], Leader]
) -> None:
    leader, other = new_leader(cluster), new_leader(cluster)
    leader.lead()
    leader.configs.put_connector("c", {"n": "1"})
    kept = leader.seat.metadata()
    leader.metadata = lambda: kept
    leader.seat.leave()
    with pytest.raises(ConflictError, match="another worker leads"):
        leader.configs.put_connector("c", {"n": "2"})
    assert other.configs.refresh(20.0).connector_config("c") == {"n": "1"}


def test_a_record_that_is_refused_leaves_nothing_behind(
    cluster: Cluster, new_leader: Callable[[Cluster], Leader]
) -> None:
    leader = new_leader(cluster)
    leader.lead()
    with pytest.raises((StorageError, RetriableError), match="Writing to topic"):
        leader.configs.put_task_configs("c", [{"n": "0"}, {"n": "x" * 3_000_000}])
    leader.until(lambda: leader.seat.holds_partition)
    if not leader.writer.is_claimed:
        leader.lead()
    leader.configs.put_connector("c", {"name": "c"})
    assert leader.configs.snapshot().task_count("c") == 0


def test_a_leader_writes_again_after_its_broker_was_restarted(
    mortal_broker: Broker, mortal_cluster: Cluster, new_leader: Callable[[Cluster], Leader]
) -> None:
    leader = new_leader(mortal_cluster)
    leader.lead()
    for number in range(3):
        leader.configs.put_connector("c", {"n": str(number)})
    mortal_broker.kill()
    mortal_broker.start()
    # A client that had sent offsets before and is used again now would never return.
    leader.until(lambda: not leader.writer.is_claimed)

    def is_written() -> bool:
        try:
            leader.lead()
            leader.configs.put_connector("c", {"n": "after"})
        except (ConflictError, RetriableError):
            return False
        return True

    leader.until(is_written)
    assert leader.configs.snapshot().connector_config("c") == {"n": "after"}
