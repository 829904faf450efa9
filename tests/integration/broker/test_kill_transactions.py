"""Kill -9 at every step of a transaction: it ends as a whole, or not at all."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from functools import partial

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from tests.contract.broker.transactional_clients import ends, new_producer, read, reader, write
from tests.contract.broker.wire_producer import WireProducer, committed_offset
from tests.integration.broker.wire import Wire
from tests.support.embedded_broker import EmbeddedBrokerProcess

NewBroker = Callable[..., EmbeddedBrokerProcess]

_STEPS = ["init", "begin", "write", "offsets", "end"]
_PARTITIONS = 3


def _start_with_topic(new_embedded_broker: NewBroker, *options: str) -> EmbeddedBrokerProcess:
    broker = new_embedded_broker("--set", f"num.partitions={_PARTITIONS}", *options).start()
    plain = Producer({"bootstrap.servers": broker.bootstrap_servers, "log_level": 2})
    for partition in range(_PARTITIONS):
        write(plain, "t", b"first", partition=partition)
    return broker


@pytest.mark.parametrize("is_committed", [True, False], ids=["commit", "abort"])
def test_a_producer_goes_on_where_it_was_when_the_broker_is_killed(
    new_embedded_broker: NewBroker, *, is_committed: bool
) -> None:
    broker = _start_with_topic(new_embedded_broker)
    servers = broker.bootstrap_servers

    def perhaps_kill(after: str) -> None:
        if after == step:
            broker.kill()
            broker.start()

    group = reader(servers, group_id="g")
    steps = _STEPS if is_committed else _STEPS[-2:]
    for number, step in enumerate(steps):
        # librdkafka (2.16) never returns from sending offsets to a group a second time over a broker's restart.
        producer = new_producer(servers, f"id-{number}")
        perhaps_kill("init")
        producer.begin_transaction()
        perhaps_kill("begin")
        for partition in range(_PARTITIONS):
            write(producer, "t", step.encode(), partition=partition)
        perhaps_kill("write")
        offsets = [TopicPartition("t", 0, number)]
        _until_done(partial(producer.send_offsets_to_transaction, offsets, group.consumer_group_metadata(), 30))
        perhaps_kill("offsets")
        _until_done(producer.commit_transaction if is_committed else producer.abort_transaction)
        perhaps_kill("end")
        assert _committed(group) == (number if is_committed else -1001)
    for partition in range(_PARTITIONS):
        end = 1 + 2 * len(steps)
        assert ends(servers, "t", partition=partition) == (end, end)
        values = [step.encode() for step in steps if is_committed]
        assert read(servers, "t", partition=partition) == [b"first", *values]
    group.close()


def _until_done(call: Callable[[], object]) -> None:
    """Call again while the client says that it may be tried again, as an application has to."""
    deadline = time.monotonic() + 60
    while True:
        try:
            call()
        except KafkaException as failed:
            if not failed.args[0].retriable() or time.monotonic() > deadline:
                raise
        else:
            return


def _committed(group: Consumer) -> int:
    (found,) = group.committed([TopicPartition("t", 0)], 30)
    return found.offset


@pytest.mark.parametrize("seed", range(3))
def test_an_end_that_the_broker_was_killed_in_happened_everywhere_or_nowhere(
    new_embedded_broker: NewBroker, seed: int
) -> None:
    # No producer goes on: recovery alone has to leave a whole, and the time-out has to end what is still open.
    moments = random.Random(seed)
    broker = _start_with_topic(
        new_embedded_broker, "--set", "transaction.abort.timed.out.transaction.cleanup.interval.ms=100"
    )
    servers = broker.bootstrap_servers
    wire = Wire(servers)
    producer = WireProducer(wire, "id")
    producer.init(timeout_s=1.0)
    for partition in range(_PARTITIONS):
        producer.add_partition("t", partition)
        producer.produce("t", b"value", partition)
    producer.add_group("g")
    producer.commit_offset("g", "t", 7)
    producer.send_end(is_committed=True)
    time.sleep(moments.random() * 0.004)
    broker.kill()
    wire.socket.close()
    broker.start()
    deadline = time.monotonic() + 30
    while any(len(set(ends(servers, "t", partition=partition))) > 1 for partition in range(_PARTITIONS)):
        assert time.monotonic() < deadline, "the open transaction was not ended"
    outcomes = {tuple(read(servers, "t", partition=partition)) for partition in range(_PARTITIONS)}
    assert len(outcomes) == 1
    again = Wire(servers)
    _, offset = committed_offset(again, "g", "t")
    again.socket.close()
    assert (offset == 7) == (outcomes == {(b"first", b"value")})


class _Transfers:
    """Commits and aborts transactions over all partitions, on and on; remembers what was committed."""

    def __init__(self, servers: str, number: int) -> None:
        self.committed: list[bytes] = []
        self._servers = servers
        self._number = number
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> _Transfers:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._is_over.set()
        self._thread.join(120)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        producer = new_producer(self._servers, f"id-{self._number}")
        count = 0
        while not self._is_over.is_set():
            count += 1
            value = b"%d-%d" % (self._number, count)
            is_committed = count % 3 != 0
            producer.begin_transaction()
            try:
                for partition in range(_PARTITIONS):
                    write(producer, "t", value, value, partition=partition)
                _until_done(producer.commit_transaction if is_committed else producer.abort_transaction)
            except KafkaException as failed:
                if not failed.args[0].txn_requires_abort():
                    raise
                _until_done(producer.abort_transaction)
            else:
                self.committed += [value, value] * is_committed


@pytest.mark.slow
def test_transactions_under_load_are_whole_after_kill_9(new_embedded_broker: NewBroker) -> None:
    broker = _start_with_topic(new_embedded_broker)
    moments = random.Random(7)
    with _Transfers(broker.bootstrap_servers, 1) as one, _Transfers(broker.bootstrap_servers, 2) as two:
        for _ in range(5):
            time.sleep(1.0 + moments.random())
            broker.kill()
            broker.start()
        time.sleep(1.0)
    assert len(one.committed) > 10
    for partition in range(_PARTITIONS):
        found = read(broker.bootstrap_servers, "t", partition=partition)
        for transfers, prefix in ((one, b"1-"), (two, b"2-")):
            assert [value for value in found if value.startswith(prefix)] == transfers.committed
