"""Whatever a connector asks for: what was committed is visible, and offsets move with records, never past them."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connect_runtime.model import ConnectorTaskId, SourceRecord
from connect_runtime.storage.offset_records import decode_offset_key, decode_offset_value
from connect_runtime.tasks.boundaries import ConnectorBoundary, Ending
from connect_runtime.tasks.exactly_once import ExactlyOnce, StartChecks
from connect_runtime.tasks.transactions import TransactionalProducer
from tests.support.clocks import FakeClock
from tests.support.fake_transactions import OFFSETS, FakeDelivery, FakeOffsets, FakeTransactionalClient

ENDINGS = st.sampled_from([None, None, *Ending])
# A record: its source partition, whether it is dropped, and what is asked for after it.
RECORDS = st.tuples(st.sampled_from("ab"), st.booleans(), ENDINGS)
BATCHES = st.lists(st.tuples(st.lists(RECORDS, max_size=6), ENDINGS), max_size=6)
Batches = list[tuple[list[tuple[str, bool, Ending | None]], Ending | None]]


class Model:
    """What should become visible."""

    def __init__(self) -> None:
        self.visible: list[str] = []
        self.offsets: dict[str, int] = {}
        self.done: list[tuple[Any, bool]] = []
        self._open: list[tuple[str, int]] = []
        self._done: list[tuple[Any, bool]] = []

    def take(self, partition: str, at: int, *, is_dropped: bool) -> None:
        if is_dropped:
            self._done.append((None, False))
        else:
            self._open.append((partition, at))
            self._done.append((f"{partition}{at}", True))

    def end(self, ending: Ending | None) -> None:
        if ending is None:
            return
        if ending is Ending.COMMIT:
            self.visible += [f"{partition}{at}" for partition, at in self._open]
        is_aborted = ending is Ending.ABORT and bool(self._open)
        self.done += [(value, is_visible and not is_aborted) for value, is_visible in self._done]
        self.offsets.update(self._open)
        self._open, self._done = [], []


@given(BATCHES)
def test_visible_records_and_offsets_are_those_of_the_transactions_that_were_asked_for(batches: Batches) -> None:
    boundary, client, model = ConnectorBoundary(), FakeTransactionalClient(), Model()
    producer = TransactionalProducer(client, "id", 60.0, FakeClock())
    checks = StartChecks(lambda _: None, lambda _: None)
    way = ExactlyOnce(
        ConnectorTaskId("c", 0), producer, FakeOffsets(), OFFSETS, boundary, checks, FakeClock(), 5.0, lambda _: None
    )
    delivery = FakeDelivery(client, way)
    assert way.prepare(delivery)
    way.begin()
    at = 0
    for batch, at_end in batches:
        records = []
        for partition, is_dropped, ending in batch:
            at += 1
            value = None if is_dropped else f"{partition}{at}"
            records.append(SourceRecord({"p": partition}, {"at": at}, "t", value))
            model.take(partition, at, is_dropped=is_dropped)
            _ask(boundary, ending, records[-1])
            model.end(ending)
        _ask(boundary, at_end, None)
        model.end(at_end)
        way.dispatch(records)
        assert _texts(client) == model.visible
        assert _offsets(client) == model.offsets
        assert sorted(delivery.told, key=str) == sorted(model.done, key=str)
    way.finish(failed=False)
    way.close()
    assert _texts(client) == model.visible
    assert client.calls.count("begin") == client.calls.count("commit") + client.calls.count("abort")


def _ask(boundary: ConnectorBoundary, ending: Ending | None, record: SourceRecord | None) -> None:
    match ending:
        case Ending.COMMIT:
            boundary.context.commit_transaction(record)
        case Ending.ABORT:
            boundary.context.abort_transaction(record)
        case None:
            pass


def _texts(client: FakeTransactionalClient) -> list[str]:
    return [value for transaction in client.visible for topic, value in transaction if topic == "t"]


def _offsets(client: FakeTransactionalClient) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, value in client.written_offsets:
        partition, offset = decode_offset_key(key).partition, decode_offset_value(value)
        assert partition is not None
        assert offset is not None
        found[partition["p"]] = offset["at"]
    return found
