"""Several workers that report statuses into one topic."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage import ConnectorStatusRecord, State, StatusStore, TaskStatusRecord
from connect_runtime.storage.log import LogRecord, RecordListener

WORKERS = 3
TASKS = [ConnectorTaskId("c", 0), ConnectorTaskId("c", 1)]


class Topic:
    """One topic; each worker queues its writes and reads at its own pace."""

    def __init__(self) -> None:
        self.records: list[tuple[bytes, bytes | None]] = []
        self.workers = [Worker(self) for _ in range(WORKERS)]


class Worker:
    """One worker's log, with what it has not written and not read yet."""

    def __init__(self, topic: Topic) -> None:
        self._topic = topic
        self._queue: list[tuple[bytes, bytes | None, Callable[[], bool]]] = []
        self._read = 0
        self._listener: RecordListener | None = None

    def start(self, on_record: RecordListener) -> None:
        self._listener = on_record

    def send_soon(self, key: bytes, value: bytes | None, *, still_wanted: Callable[[], bool]) -> None:
        self._queue.append((key, value, still_wanted))

    def send(self, *_: object, **__: object) -> None:
        raise AssertionError

    def read_to_end(self, **_: object) -> None:
        raise AssertionError

    def stop(self) -> None:
        raise AssertionError

    def write_one(self, *, is_repeated: bool) -> None:
        """The first queued record reaches the topic; one whose first attempt failed only if it is still wanted."""
        if self._queue:
            key, value, still_wanted = self._queue.pop(0)
            if not is_repeated or still_wanted():
                self._topic.records.append((key, value))

    def read_one(self) -> None:
        if self._read < len(self._topic.records):
            key, value = self._topic.records[self._read]
            assert self._listener is not None
            self._listener(LogRecord(0, self._read, key, value, 0))
            self._read += 1

    @property
    def is_idle(self) -> bool:
        return not self._queue and self._read == len(self._topic.records)


steps = st.lists(
    st.tuples(
        st.integers(0, WORKERS - 1),
        st.sampled_from(["put", "put", "safe", "connector", "remove", "remove-task", "write", "read", "retry"]),
        st.sampled_from(TASKS),
        st.sampled_from(list(State)),
        st.integers(1, 3),
    ),
    max_size=40,
)


def shown(store: StatusStore) -> object:
    return store.connector("c"), store.tasks("c")


def take(step: str, store: StatusStore, worker: Worker, task_id: ConnectorTaskId, status: TaskStatusRecord) -> None:
    """One step of one worker; what it wrote itself it has to show at once."""
    match step:
        case "put":
            store.put_task(task_id, status)
            assert store.task(task_id) == status
        case "safe":
            before = store.task(task_id)
            store.put_task_safe(task_id, status)
            assert store.task(task_id) in {status, before}
        case "connector":
            store.put_connector("c", ConnectorStatusRecord(status.state, status.worker_id, status.generation))
        case "remove":
            store.remove_connector("c")
            assert store.connector("c") is None
        case "remove-task":
            store.remove_task(task_id)
            assert store.task(task_id) is None
        case "write":
            worker.write_one(is_repeated=False)
        case "retry":
            worker.write_one(is_repeated=True)
        case _:
            worker.read_one()


@given(steps)
def test_all_workers_agree_once_everything_was_written_and_read(
    steps: list[tuple[int, str, ConnectorTaskId, State, int]],
) -> None:
    topic = Topic()
    stores = [StatusStore(worker) for worker in topic.workers]
    for store in stores:
        store.start()

    for number, step, task_id, state, generation in steps:
        take(step, stores[number], topic.workers[number], task_id, TaskStatusRecord(state, f"w{number}:1", generation))

    while not all(worker.is_idle for worker in topic.workers):
        for worker in topic.workers:
            worker.write_one(is_repeated=False)
            worker.read_one()

    latecomer = Worker(topic)
    fresh = StatusStore(latecomer)
    fresh.start()
    while not latecomer.is_idle:
        latecomer.read_one()
    assert [shown(store) for store in stores] == [shown(fresh)] * WORKERS
