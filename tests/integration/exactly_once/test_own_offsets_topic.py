"""Connectors that keep their source offsets in a topic of their own."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from connect_runtime.kafka import TopicSpec, describe_topics, ensure_topics, internal_admin_settings, topic_configs
from connect_runtime.kafka.clients import ClientFactory
from connect_runtime.model import SourceRecord
from tests.support.exactly_once import ExactlyOnceWorker, SteeredSource, read, texts
from tests.support.running_tasks import ListSource, SeenStates, eventually

PARTITION = {"list": 1}


@pytest.fixture(params=[True, False], ids=["exactly_once", "at_least_once"])
def is_exactly_once(request: pytest.FixtureRequest) -> bool:
    """How the task delivers."""
    return bool(request.param)


def run(
    worker: ExactlyOnceWorker, plugin: ListSource | SteeredSource, topic: str, own: str, *, is_exactly_once: bool
) -> SeenStates:
    """Run a task until ``last`` is to be read from its topic, then stop it."""
    states = SeenStates()
    task = worker.task(plugin, states, {"offsets.storage.topic": own}, is_exactly_once=is_exactly_once)
    task.start()
    texts(worker.bootstrap_servers, topic, "last")
    task.stop()
    assert task.join(30)
    assert states.states == ["RUNNING", "UNASSIGNED"]
    return states


def own_offset(worker: ExactlyOnceWorker, own: str) -> list[tuple[dict[str, int], dict[str, int]]]:
    """All that is known of the connector, its own topic first."""
    store = worker.stores().own("source", {"offsets.storage.topic": own})
    assert store is not None
    try:
        return store.read_all("source")
    finally:
        store.stop()


def test_the_topic_is_made_like_the_workers_and_what_is_in_it_is_copied(
    worker: ExactlyOnceWorker, name: str, is_exactly_once: bool
) -> None:
    own = f"{name}-own"[-200:]
    run(worker, ListSource(name, [["a", "last"]]), name, own, is_exactly_once=is_exactly_once)
    admin = ClientFactory(worker.worker).admin(internal_admin_settings(worker.worker, "test"))
    assert [topic.partitions for topic in describe_topics(admin, [own])] == [3]
    assert topic_configs(admin, own)["cleanup.policy"] == "compact"
    found = read(worker.bootstrap_servers, own, bool)
    assert [(message.key(), message.value()) for message in found] == [(b'["source",{"list":1}]', b'{"position":2}')]
    eventually(lambda: worker.offset() == {"position": 2})


def test_a_connector_that_has_run_goes_on_from_the_workers_topic(
    worker: ExactlyOnceWorker, name: str, is_exactly_once: bool
) -> None:
    worker.shared.write("source", [(PARTITION, {"position": 7})], timeout_s=10)
    seen: list[object] = []

    def look(plugin: SteeredSource) -> Sequence[SourceRecord]:
        seen.append(plugin.context.offset_reader.offset(PARTITION))
        return plugin.made("last")

    run(worker, SteeredSource(name, look), name, f"{name}-own"[-200:], is_exactly_once=is_exactly_once)
    assert seen == [{"position": 7}]


def test_a_deleted_offset_is_gone_from_both_topics(worker: ExactlyOnceWorker, name: str, is_exactly_once: bool) -> None:
    own = f"{name}-own"[-200:]

    def deleted(plugin: SteeredSource) -> Sequence[SourceRecord]:
        return [SourceRecord(PARTITION, None, name, "last")]

    run(worker, ListSource(name, [["last"]]), name, own, is_exactly_once=is_exactly_once)
    eventually(lambda: worker.offset() == {"position": 1})
    again = SteeredSource(name, deleted)
    states = SeenStates()
    task = worker.task(again, states, {"offsets.storage.topic": own}, is_exactly_once=is_exactly_once)
    task.start()
    eventually(lambda: bool(again.told), 30)
    task.stop()
    assert task.join(30)
    eventually(lambda: worker.offset() is None)
    eventually(lambda: own_offset(worker, own) == [])


def test_a_topic_that_is_not_compacted_is_refused_with_the_way_to_mend_it(worker: ExactlyOnceWorker, name: str) -> None:
    own = f"{name}-own"[-200:]
    admin = ClientFactory(worker.worker).admin(internal_admin_settings(worker.worker, "test"))
    ensure_topics(admin, [TopicSpec(own, 1, 1, {"cleanup.policy": "delete"})])
    states = SeenStates()
    task = worker.task(ListSource(name, [["a"]]), states, {"offsets.storage.topic": own})
    task.start()
    assert task.join(30)
    assert f"Topic {own}, named by offsets.storage.topic, has cleanup.policy=delete" in str(states.error)


def test_the_workers_topic_by_its_name_is_the_workers_store(worker: ExactlyOnceWorker) -> None:
    stores = worker.stores()
    assert stores.own("source", {"offsets.storage.topic": worker.offsets_topic}) is None
    assert stores.own("source", {}) is None
    assert stores.topic_of({}) == worker.offsets_topic
    elsewhere = stores.own("source", {"producer.override.bootstrap.servers": "127.0.0.1:1"})
    assert elsewhere is not None, "the offsets are where the transactions are"
    elsewhere.stop()
    assert worker.stores(is_exactly_once=False).own("source", {"producer.override.bootstrap.servers": "x:1"}) is None
