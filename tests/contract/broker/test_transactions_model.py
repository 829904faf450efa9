"""Producers, zombies and readers in any order, against a model that says what readers may see."""

from __future__ import annotations

import itertools
import os
import time
from contextlib import ExitStack
from dataclasses import dataclass, field

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from kio.schema.errors import ErrorCode

from tests.contract.broker.transactional_clients import read_to_end, reader
from tests.contract.broker.wire_producer import WireProducer, committed_offset
from tests.integration.broker.wire import Wire

_PARTITIONS = 2
_OWNERS = st.integers(0, 2)
_PATIENCE_S = 30.0
_numbers = itertools.count(1)


@dataclass
class Record:
    """A record in the log; `is_committed` is None while its transaction is open."""

    value: bytes
    is_committed: bool | None


@dataclass
class Owner:
    """One transactional id: who has it now, who had it before, and what is open."""

    producer: WireProducer
    zombies: list[WireProducer] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    sent_offset: int | None = None

    @property
    def is_open(self) -> bool:
        return bool(self.records) or self.sent_offset is not None

    def close(self, *, is_committed: bool) -> None:
        for record in self.records:
            record.is_committed = is_committed
        self.records, self.sent_offset = [], None


class Transactions(RuleBasedStateMachine):
    """Every rule is one thing that a producer or a reader does; the broker is real."""

    def __init__(self, servers: str) -> None:
        super().__init__()
        self._servers = servers
        self._name = f"model-{os.urandom(3).hex()}-{next(_numbers)}"
        self._stack = ExitStack()
        self._log: list[list[Record]] = [[] for _ in range(_PARTITIONS)]
        self._committed_offset = -1
        self._values = itertools.count(1)
        self._wire = self._connect()
        self._reader = reader(servers, fetch_wait_max_ms=10)
        self._stack.callback(self._reader.close)
        admin = AdminClient({"bootstrap.servers": servers, "log_level": 2})
        admin.create_topics([NewTopic(self._name, _PARTITIONS, 1)])[self._name].result(30)
        self._owners = [Owner(self._new_producer(number)) for number in range(3)]

    @rule(owner=_OWNERS, partition=st.integers(0, _PARTITIONS - 1))
    def write(self, owner: int, partition: int) -> None:
        writer = self._owners[owner]
        record = Record(b"%d" % next(self._values), None)
        assert writer.producer.add_partition(self._name, partition) is ErrorCode.none
        assert writer.producer.produce(self._name, record.value, partition) is ErrorCode.none
        self._log[partition].append(record)
        writer.records.append(record)

    @rule(owner=_OWNERS)
    def send_offset(self, owner: int) -> None:
        writer = self._owners[owner]
        offset = next(self._values)
        assert writer.producer.add_group(self._name) is ErrorCode.none
        assert writer.producer.commit_offset(self._name, self._name, offset) is ErrorCode.none
        writer.sent_offset = offset

    @rule(owner=_OWNERS)
    def commit(self, owner: int) -> None:
        self._end(owner, is_committed=True)

    @rule(owner=_OWNERS)
    def abort(self, owner: int) -> None:
        self._end(owner, is_committed=False)

    def _end(self, owner: int, *, is_committed: bool) -> None:
        writer = self._owners[owner]
        code = writer.producer.end(is_committed=is_committed)
        if not writer.is_open:
            assert code in {ErrorCode.none, ErrorCode.invalid_txn_state}
            return
        assert code is ErrorCode.none
        if is_committed and writer.sent_offset is not None:
            # Whatever was sent last counts, in whatever order the transactions end.
            self._committed_offset = max(self._committed_offset, writer.sent_offset)
        writer.close(is_committed=is_committed)

    @rule(owner=_OWNERS)
    def start_again(self, owner: int) -> None:
        writer = self._owners[owner]
        writer.zombies.append(writer.producer)
        writer.producer = self._new_producer(owner)
        writer.close(is_committed=False)

    @precondition(lambda self: any(owner.zombies for owner in self._owners))
    @rule(owner=_OWNERS, partition=st.integers(0, _PARTITIONS - 1))
    def let_zombies_try(self, owner: int, partition: int) -> None:
        for zombie in self._owners[owner].zombies:
            for code in (
                zombie.add_partition(self._name, partition),
                zombie.produce(self._name, b"zombie", partition),
                zombie.commit_offset(self._name, self._name, 10**6),
                zombie.end(is_committed=True),
            ):
                assert code in {ErrorCode.producer_fenced, ErrorCode.invalid_producer_epoch}

    @rule(partition=st.integers(0, _PARTITIONS - 1))
    def read(self, partition: int) -> None:
        stable = itertools.takewhile(lambda record: record.is_committed is not None, self._log[partition])
        expected = [record.value for record in stable if record.is_committed]
        seen = self._read_to_end(partition)
        deadline = time.monotonic() + _PATIENCE_S
        while seen != expected and time.monotonic() < deadline:
            # Apache Kafka answers before the markers are there: readers may be late, but see nothing else.
            assert seen == expected[: len(seen)]
            seen = self._read_to_end(partition)
        assert seen == expected

    @rule()
    def read_offset(self) -> None:
        expected = (ErrorCode.none, self._committed_offset)
        if any(owner.sent_offset is not None for owner in self._owners):
            expected = (ErrorCode.unstable_offset_commit, -1)
        found = committed_offset(self._wire, self._name, self._name)
        deadline = time.monotonic() + _PATIENCE_S
        while found != expected and time.monotonic() < deadline:
            assert found[0] is ErrorCode.unstable_offset_commit
            found = committed_offset(self._wire, self._name, self._name)
        assert found == expected

    def teardown(self) -> None:
        for number, owner in enumerate(self._owners):
            if owner.is_open:
                self._end(number, is_committed=False)
        for partition in range(_PARTITIONS):
            self.read(partition=partition)
        self.read_offset()
        self._stack.close()

    def _new_producer(self, number: int) -> WireProducer:
        producer = WireProducer(self._connect(), f"{self._name}-{number}")
        assert producer.init() is ErrorCode.none
        return producer

    def _connect(self) -> Wire:
        wire = Wire(self._servers)
        wire.socket.settimeout(30)
        self._stack.callback(wire.socket.close)
        return wire

    def _read_to_end(self, partition: int) -> list[bytes]:
        self._reader.assign([TopicPartition(self._name, partition, 0)])
        return [value for _, value in read_to_end(self._reader)]


def test_readers_see_what_was_committed_and_nothing_else(servers: str) -> None:
    run_state_machine_as_test(
        lambda: Transactions(servers),  # type: ignore[arg-type]  # its annotation has no room for arguments
        settings=settings(
            max_examples=10,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
        ),
    )
