"""The status store: bytes, guarded writes, what is shown before and after read-back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connect_runtime.errors import DataError
from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage import (
    ConnectorStatusRecord,
    MemoryLog,
    State,
    StatusStore,
    TaskStatusRecord,
    TopicStatusRecord,
)
from connect_runtime.storage.log import LogRecord, RecordListener
from connect_runtime.storage.status_records import (
    ConnectorKey,
    StatusKey,
    StatusValue,
    TaskKey,
    TopicKey,
    decode_status_key,
    decode_status_value,
    encode_status_key,
    encode_status_value,
)

TASK = ConnectorTaskId("c", 0)


class Topic:
    """A status topic whose deliveries and acknowledgements the test decides."""

    def __init__(self) -> None:
        self.queued: list[tuple[bytes, bytes | None, Callable[[], bool]]] = []
        self._listener: RecordListener | None = None
        self._offset = 0

    def start(self, on_record: RecordListener) -> None:
        self._listener = on_record

    def send_soon(self, key: bytes, value: bytes | None, *, still_wanted: Callable[[], bool]) -> None:
        self.queued.append((key, value, still_wanted))

    def send(self, *_: object, **__: object) -> None:
        raise AssertionError("a status must never be waited for")

    def read_to_end(self, **_: object) -> None:
        raise AssertionError("a status must never be waited for")

    def stop(self) -> None:
        self._listener = None

    def land(self, index: int = 0) -> None:
        """Have a queued record acknowledged and read back."""
        key, value, _ = self.queued.pop(index)
        self.arrive(key, value)

    def arrive(self, key: bytes, value: bytes | None) -> None:
        """Have a record read, whoever wrote it."""
        assert self._listener is not None
        self._listener(LogRecord(0, self._offset, key, value, 0))
        self._offset += 1

    def other(self, key: StatusKey, value: StatusValue | None) -> None:
        """Have a record read that another worker wrote."""
        self.arrive(encode_status_key(key), None if value is None else encode_status_value(value))


def task(state: State, worker: str = "me:1", generation: int = 5) -> TaskStatusRecord:
    return TaskStatusRecord(state, worker, generation)


def connector(state: State, worker: str = "me:1", generation: int = 5) -> ConnectorStatusRecord:
    return ConnectorStatusRecord(state, worker, generation)


@pytest.fixture
def topic() -> Topic:
    return Topic()


@pytest.fixture
def store(topic: Topic) -> StatusStore:
    store = StatusStore(topic)
    store.start()
    return store


GOLDEN: list[tuple[StatusKey, StatusValue, bytes, bytes]] = [
    (
        ConnectorKey("inv-src"),
        ConnectorStatusRecord(State.RUNNING, "10.0.0.7:8083", 7, version="1.4.2"),
        b"status-connector-inv-src",
        b'{"state":"RUNNING","trace":null,"worker_id":"10.0.0.7:8083","generation":7,"version":"1.4.2"}',
    ),
    (
        TaskKey(ConnectorTaskId("inv-src", 3)),
        TaskStatusRecord(State.FAILED, "10.0.0.7:8083", 7, trace='a\n\tat "b"'),
        b"status-task-inv-src-3",
        (b'{"state":"FAILED","trace":"a\\n\\tat \\"b\\"","worker_id":"10.0.0.7:8083","generation":7,"version":null}'),
    ),
    (
        TopicKey("T", "C"),
        TopicStatusRecord("T", "C", 0, 1729411200123),
        b"status-topic-T:connector-C",
        b'{"topic":{"name":"T","connector":"C","task":0,"discoverTimestamp":1729411200123}}',
    ),
]


@pytest.mark.parametrize(("key", "value", "key_bytes", "value_bytes"), GOLDEN)
def test_records_have_the_bytes_of_kafka_connect(
    key: StatusKey, value: StatusValue, key_bytes: bytes, value_bytes: bytes
) -> None:
    assert (encode_status_key(key), encode_status_value(value)) == (key_bytes, value_bytes)
    assert decode_status_key(key_bytes) == key
    assert decode_status_value(key, value_bytes) == value


def test_the_topic_of_a_key_ends_at_the_first_colon() -> None:
    assert decode_status_key(b"status-topic-t:connector-a:connector-b") == TopicKey("t", "a:connector-b")


@pytest.mark.parametrize(
    "key", [b"", b"other", b"status-task-c", b"status-task-c-x", b"status-topic-t", b"status-topic-t:c", b"\xff"]
)
def test_unknown_keys_are_refused(key: bytes) -> None:
    with pytest.raises(DataError):
        decode_status_key(key)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"null",
        b"[]",
        b'{"state":"SLEEPING","trace":null,"worker_id":"w","generation":1}',
        b'{"state":"RUNNING","trace":null,"worker_id":1,"generation":1}',
        b'{"state":"RUNNING","trace":null,"worker_id":"w"}',
    ],
)
def test_values_that_are_none_are_skipped_with_a_warning(
    value: bytes, store: StatusStore, topic: Topic, caplog: pytest.LogCaptureFixture
) -> None:
    topic.arrive(b"status-connector-c", value)

    assert store.connector("c") is None
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_values_of_older_and_newer_workers_are_read(store: StatusStore, topic: Topic) -> None:
    topic.arrive(b"status-connector-c", b'{"state":"PAUSED","trace":null,"worker_id":"w","generation":1,"mood":"good"}')

    assert store.connector("c") == ConnectorStatusRecord(State.PAUSED, "w", 1)


def test_a_write_shows_at_once_and_stays_when_read_back(store: StatusStore, topic: Topic) -> None:
    store.put_connector("c", connector(State.RUNNING))
    assert store.connector("c") == connector(State.RUNNING)
    topic.land()
    assert store.connector("c") == connector(State.RUNNING)


def test_a_record_read_meanwhile_does_not_hide_a_newer_write(store: StatusStore, topic: Topic) -> None:
    topic.other(ConnectorKey("c"), connector(State.PAUSED, "other:1", 4))
    store.put_connector("c", connector(State.RUNNING))
    topic.other(ConnectorKey("c"), connector(State.STOPPED, "other:1", 4))

    assert store.connector("c") == connector(State.RUNNING)


@pytest.mark.parametrize(
    ("known", "is_written"),
    [
        (None, True),
        (connector(State.RUNNING, "me:1", 9), True),
        (connector(State.RUNNING, "other:1", 4), True),
        (connector(State.RUNNING, "other:1", 5), True),
        (connector(State.RUNNING, "other:1", 6), False),
    ],
)
def test_a_safe_write_gives_way_to_a_later_generation(
    known: ConnectorStatusRecord | None, is_written: bool, store: StatusStore, topic: Topic
) -> None:
    if known is not None:
        topic.other(ConnectorKey("c"), known)

    store.put_connector_safe("c", connector(State.FAILED))

    assert bool(topic.queued) is is_written
    shown = store.connector("c")
    assert shown == (connector(State.FAILED) if is_written else known)


def test_a_plain_write_gives_way_to_nobody(store: StatusStore, topic: Topic) -> None:
    topic.other(TaskKey(TASK), task(State.RUNNING, "other:1", 6))

    store.put_task(TASK, task(State.PAUSED))

    assert store.task(TASK) == task(State.PAUSED)


@pytest.mark.parametrize(
    ("farewell", "shown"),
    [
        (task(State.UNASSIGNED, "old:1", 5), State.RUNNING),
        (task(State.UNASSIGNED, "old:1", 4), State.RUNNING),
        (task(State.UNASSIGNED, "old:1", 6), State.UNASSIGNED),
        (task(State.UNASSIGNED, "new:1", 5), State.UNASSIGNED),
        (task(State.FAILED, "old:1", 4), State.FAILED),
    ],
)
def test_a_late_farewell_does_not_hide_that_the_new_owner_runs_the_task(
    farewell: TaskStatusRecord, shown: State, store: StatusStore, topic: Topic
) -> None:
    topic.other(TaskKey(TASK), task(State.RUNNING, "new:1", 5))
    topic.other(TaskKey(TASK), farewell)

    found = store.task(TASK)
    assert found is not None
    assert found.state is shown


def test_a_late_farewell_does_not_hide_that_the_new_owner_runs_the_connector(store: StatusStore, topic: Topic) -> None:
    topic.other(ConnectorKey("c"), connector(State.RUNNING, "new:1", 5))
    topic.other(ConnectorKey("c"), connector(State.UNASSIGNED, "old:1", 5))

    assert store.connector("c") == connector(State.RUNNING, "new:1", 5)


@pytest.mark.parametrize("state", [State.RUNNING, State.PAUSED, State.FAILED])
@pytest.mark.parametrize("generation", [4, 5, 6])
def test_the_owner_has_the_last_word_over_a_late_farewell(
    state: State, generation: int, store: StatusStore, topic: Topic
) -> None:
    store.put_connector("c", connector(state))
    topic.land()
    topic.other(ConnectorKey("c"), connector(State.UNASSIGNED, "old:1", generation))

    assert store.connector("c") == connector(state)
    assert [value for _, value, _ in topic.queued] == [encode_status_value(connector(state))]
    topic.land()
    assert store.connector("c") == connector(state)
    assert topic.queued == []


def test_who_gave_up_a_task_does_not_contradict_a_farewell(store: StatusStore, topic: Topic) -> None:
    store.put_task(TASK, task(State.RUNNING))
    store.put_task_safe(TASK, task(State.UNASSIGNED))
    topic.land()
    topic.land()
    topic.other(TaskKey(TASK), task(State.UNASSIGNED, "old:1", 5))

    assert topic.queued == []


def test_who_was_followed_by_a_later_generation_does_not_contradict_its_farewell(
    store: StatusStore, topic: Topic
) -> None:
    store.put_task(TASK, task(State.RUNNING))
    topic.land()
    topic.other(TaskKey(TASK), task(State.RUNNING, "other:1", 6))
    topic.other(TaskKey(TASK), task(State.UNASSIGNED, "other:1", 6))

    assert store.task(TASK) == task(State.UNASSIGNED, "other:1", 6)
    assert topic.queued == []


def test_a_deletion_is_not_contradicted(store: StatusStore, topic: Topic) -> None:
    store.put_task(TASK, task(State.RUNNING))
    topic.land()
    topic.other(TaskKey(TASK), None)

    assert topic.queued == []
    assert store.task(TASK) is None


def test_a_write_is_wanted_until_a_newer_one_replaces_it(store: StatusStore, topic: Topic) -> None:
    store.put_task(TASK, task(State.RUNNING))
    store.put_task(TASK, task(State.PAUSED))
    (_, _, first), (_, _, second) = topic.queued

    assert (first(), second()) == (False, True)
    topic.land(1)
    assert second() is False


def test_a_write_is_not_wanted_after_a_later_generation_spoke(store: StatusStore, topic: Topic) -> None:
    store.put_task_safe(TASK, task(State.FAILED))
    (_, _, wanted) = topic.queued[0]
    topic.other(TaskKey(TASK), task(State.RUNNING, "other:1", 6))

    assert wanted() is False
    found = store.task(TASK)
    assert found is not None
    assert found.worker_id == "other:1"


def test_a_write_is_not_wanted_after_somebody_deleted_the_entry(store: StatusStore, topic: Topic) -> None:
    store.put_task(TASK, task(State.RUNNING))
    (_, _, wanted) = topic.queued[0]
    topic.other(TaskKey(TASK), None)

    assert wanted() is False
    assert store.task(TASK) is None


def test_a_write_after_ones_own_deletion_outlives_its_tombstone(store: StatusStore, topic: Topic) -> None:
    topic.other(TaskKey(TASK), task(State.FAILED))
    store.remove_task(TASK)
    assert store.task(TASK) is None
    store.put_task(TASK, task(State.RUNNING))
    topic.land(0)

    assert store.task(TASK) == task(State.RUNNING)
    assert topic.queued[0][2]() is True
    topic.land(0)
    assert store.task(TASK) == task(State.RUNNING)


def test_tasks_are_listed_by_number(store: StatusStore, topic: Topic) -> None:
    for number in (10, 2, 0):
        store.put_task(ConnectorTaskId("c", number), task(State.RUNNING))
    store.put_task(ConnectorTaskId("c-1", 0), task(State.RUNNING))
    topic.land()

    assert [task_id.task for task_id in store.tasks("c")] == [0, 2, 10]
    assert store.connectors() == {"c", "c-1"}


def test_a_connectors_tombstone_takes_its_tasks_along(store: StatusStore, topic: Topic) -> None:
    topic.other(ConnectorKey("c"), connector(State.RUNNING))
    topic.other(TaskKey(TASK), task(State.RUNNING))
    topic.other(ConnectorKey("d"), connector(State.RUNNING))
    store.remove_connector("c")
    topic.land()

    assert store.connector("c") is None
    assert store.tasks("c") == {}
    assert store.connectors() == {"d"}


def test_a_topic_is_noted_once(store: StatusStore, topic: Topic) -> None:
    store.put_topic("b", "c", 0, 1)
    store.put_topic("b", "c", 1, 2)
    topic.land()
    store.put_topic("b", "c", 2, 3)
    store.put_topic("a", "c", 0, 4)
    store.put_topic("a", "d", 0, 4)

    assert [status.topic for status in store.topics("c")] == ["a", "b"]
    assert len(topic.queued) == 2


def test_a_topic_that_was_removed_can_be_noted_again(store: StatusStore, topic: Topic) -> None:
    store.put_topic("t", "c", 0, 1)
    topic.land()
    store.remove_topic("t", "c")
    assert store.topics("c") == []
    store.put_topic("t", "c", 0, 2)
    topic.land()
    topic.land()

    assert store.topics("c") == [TopicStatusRecord("t", "c", 0, 2)]


def test_statuses_in_memory_work_without_a_topic() -> None:
    store = StatusStore(MemoryLog())
    store.start()
    store.put_connector("c", connector(State.RUNNING))
    store.put_task(TASK, task(State.RUNNING))
    store.put_task(TASK, task(State.RUNNING))
    store.read_to_end(1)
    store.remove_connector("c")

    assert store.connector("c") is None
    assert store.tasks("c") == {}
    store.stop()
