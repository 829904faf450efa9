from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from confluent_kafka import KafkaError, KafkaException

from connect_runtime.clock import SystemClock
from connect_runtime.errors import ConflictError, RetriableError
from connect_runtime.kafka import ClientFactory, ClientSettings
from connect_runtime.storage import LeaderWriter

FENCED = KafkaException(KafkaError(KafkaError._FENCED, "fenced by a newer instance", fatal=True))


class FencedProducer:
    """A producer that hears that it is fenced while a delivery callback runs: the client raises this."""

    def init_transactions(self, timeout_s: float) -> None: ...

    def begin_transaction(self) -> None: ...

    def produce(self, *arguments: Any, **options: Any) -> None: ...

    def flush(self, timeout_s: float) -> None:
        raise SystemError("<method 'offset'> returned a result with an exception set") from FENCED

    def poll(self, timeout_s: float) -> None:
        raise FENCED

    def purge(self) -> None: ...


@pytest.fixture
def fenced() -> LeaderWriter:
    """A writer that has claimed the right to write and lost it, and does not know."""
    return writer_with(FencedProducer())


def writer_with(producer: FencedProducer) -> LeaderWriter:
    """A writer that has claimed the right to write."""
    clients = cast("ClientFactory", SimpleNamespace(producer=lambda _settings, **_options: producer))
    settings = cast("ClientSettings", None)
    writer = LeaderWriter(clients, settings, "configs", lambda: "metadata", lambda *_: None, SystemClock())
    writer.claim(1.0)
    return writer


def test_a_leader_that_is_fenced_in_the_midst_of_a_callback_hears_that_another_leads(fenced: LeaderWriter) -> None:
    with pytest.raises(ConflictError, match="another worker leads"):
        fenced.send([(b"key", b"value")], timeout_s=5.0)
    assert not fenced.is_claimed


def test_a_leader_that_is_fenced_while_it_writes_nothing_gives_the_right_up(fenced: LeaderWriter) -> None:
    assert fenced.is_claimed
    fenced.poll()
    assert not fenced.is_claimed


class SilentProducer(FencedProducer):
    """A producer whose brokers answer no more once its messages are delivered."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def produce(self, *arguments: Any, **options: Any) -> None:
        options["on_delivery"](None, SimpleNamespace(offset=lambda: 0))

    def flush(self, timeout_s: float) -> None: ...

    def poll(self, timeout_s: float) -> None: ...

    def send_offsets_to_transaction(self, *_: object) -> None: ...

    def commit_transaction(self, timeout_s: float) -> None:
        self.calls.append("commit")
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT, "no answer", retriable=True))

    def abort_transaction(self, timeout_s: float) -> None:
        self.calls.append("abort")

    def purge(self) -> None:
        self.calls.append("purge")


def test_a_leader_does_not_ask_brokers_to_abort_that_did_not_answer_in_time() -> None:
    producer = SilentProducer()
    writer = writer_with(producer)
    with pytest.raises(RetriableError, match="Writing to topic configs failed"):
        writer.send([(b"key", b"value")], timeout_s=5.0)
    assert producer.calls == ["commit", "purge"]
    assert not writer.is_claimed
