"""States of connectors and tasks, and the topics they use, in the status topic."""

from __future__ import annotations

import logging
from functools import partial
from threading import Lock

import msgspec

from connect_runtime.errors import DataError
from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage.log import Log, LogRecord
from connect_runtime.storage.status_records import (
    ConnectorKey,
    ConnectorStatusRecord,
    State,
    StatusKey,
    StatusRecord,
    StatusValue,
    TaskKey,
    TaskStatusRecord,
    TopicKey,
    TopicStatusRecord,
    decode_status_key,
    decode_status_value,
    encode_status_key,
    encode_status_value,
)

__all__ = ["StatusStore"]

_log = logging.getLogger(__name__)


class _Pending(msgspec.Struct):
    """A write of this worker that was not read back yet; no value means a deletion.

    Args:
        sequence: Tells this write from a later one to the same key.
        value: What was written.
        data: Its bytes, to recognise it when it comes back.
        follows_own_tombstone: Whether a deletion by this worker, still to be read back, precedes it.
    """

    sequence: int
    value: StatusValue | None
    data: bytes | None
    follows_own_tombstone: bool


class StatusStore:
    """What every worker last said about its connectors and tasks.

    Writes never block and never fail: they are shown by this worker at once, and by the others when the status topic
    took them; while the broker is away they are repeated unless something newer replaced them. Methods are thread
    safe.

    A *safe* write gives way to what a worker of a later generation said: use it for UNASSIGNED and FAILED, which a
    worker that lost its assignment may report late.

    Where such a late UNASSIGNED replaces what this worker reported of something that runs here, the report is repeated:
    the topic's last word is the state of what runs.

    Args:
        log: The status topic, or memory.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._lock = Lock()
        self._cache: dict[StatusKey, StatusValue] = {}
        self._pending: dict[StatusKey, _Pending] = {}
        # What this worker said last of what it has not given up.
        self._holds: dict[StatusKey, ConnectorStatusRecord | TaskStatusRecord] = {}
        # Keys of either, by connector: who asks for one connector's does not look through all.
        self._by_connector: dict[str, set[StatusKey]] = {}
        self._sequence = 0
        self._revision = 0

    @property
    def revision(self) -> int:
        """Grows with everything that is read or written."""
        return self._revision

    def start(self) -> None:
        """Read the topic to its end, then keep up with it in the background. Blocks. Raises: StorageError."""
        self._log.start(self._on_record)

    def stop(self) -> None:
        """Stop keeping up."""
        self._log.stop()

    def read_to_end(self, timeout_s: float) -> None:
        """Read everything that any worker wrote before the call. Raises: RetriableError."""
        self._log.read_to_end(timeout_s=timeout_s)

    def connector(self, name: str) -> ConnectorStatusRecord | None:
        """State of a connector, ``None`` when nobody reported one."""
        with self._lock:
            found = self._current(ConnectorKey(name))
        return found if isinstance(found, ConnectorStatusRecord) else None

    def task(self, task_id: ConnectorTaskId) -> TaskStatusRecord | None:
        """State of a task, ``None`` when nobody reported one."""
        with self._lock:
            found = self._current(TaskKey(task_id))
        return found if isinstance(found, TaskStatusRecord) else None

    def tasks(self, connector: str) -> dict[ConnectorTaskId, TaskStatusRecord]:
        """States of a connector's tasks in the order of their numbers; also of tasks that exist no longer."""
        with self._lock:
            found = {
                key.id: value
                for key in self._by_connector.get(connector, ())
                if isinstance(key, TaskKey) and isinstance(value := self._current(key), TaskStatusRecord)
            }
        return dict(sorted(found.items()))

    def connectors(self) -> frozenset[str]:
        """Names of the connectors that have a state themselves or through a task, whether or not they still exist."""
        with self._lock:
            return frozenset(
                connector
                for connector, keys in self._by_connector.items()
                if any(not isinstance(key, TopicKey) and self._current(key) is not None for key in keys)
            )

    def newest_generation(self) -> int:
        """The highest generation that stands in any status, 0 when there is none."""
        with self._lock:
            return max(
                (value.generation for value in self._cache.values() if isinstance(value, StatusRecord)), default=0
            )

    def topics(self, connector: str) -> list[TopicStatusRecord]:
        """Topics that a connector has used, sorted by name."""
        with self._lock:
            found = [
                value
                for key in self._by_connector.get(connector, ())
                if isinstance(key, TopicKey) and isinstance(value := self._current(key), TopicStatusRecord)
            ]
        return sorted(found, key=lambda status: status.topic)

    def put_connector(self, name: str, status: ConnectorStatusRecord) -> None:
        """Report a connector's state."""
        self._write(ConnectorKey(name), status, guarded=False)

    def put_connector_safe(self, name: str, status: ConnectorStatusRecord) -> None:
        """Report a connector's state unless a worker of a later generation has reported one."""
        self._write(ConnectorKey(name), status, guarded=True)

    def put_task(self, task_id: ConnectorTaskId, status: TaskStatusRecord) -> None:
        """Report a task's state."""
        self._write(TaskKey(task_id), status, guarded=False)

    def put_task_safe(self, task_id: ConnectorTaskId, status: TaskStatusRecord) -> None:
        """Report a task's state unless a worker of a later generation has reported one."""
        self._write(TaskKey(task_id), status, guarded=True)

    def put_topic(self, topic: str, connector: str, task: int, discovered_at: int) -> None:
        """Note that a connector uses a topic; does nothing when that is known. Cheap enough for every batch."""
        key = TopicKey(topic, connector)
        with self._lock:
            known = self._current(key)
        if known is None:
            self._write(key, TopicStatusRecord(topic, connector, task, discovered_at), guarded=False)

    def remove_connector(self, name: str) -> None:
        """Forget a connector's state."""
        self._write(ConnectorKey(name), None, guarded=False)

    def remove_task(self, task_id: ConnectorTaskId) -> None:
        """Forget a task's state."""
        self._write(TaskKey(task_id), None, guarded=False)

    def remove_topic(self, topic: str, connector: str) -> None:
        """Forget that a connector uses a topic."""
        self._write(TopicKey(topic, connector), None, guarded=False)

    def _write(self, key: StatusKey, value: StatusValue | None, *, guarded: bool, repeats: bool = False) -> None:
        data = None if value is None else encode_status_value(value)
        with self._lock:
            if repeats and self._holds.get(key) is not value:
                return  # it has been given up meanwhile
            self._holds.pop(key, None)
            if guarded and not _gives_way(self._current(key), value):
                return
            if isinstance(value, ConnectorStatusRecord | TaskStatusRecord) and value.state is not State.UNASSIGNED:
                self._holds[key] = value
            before = self._pending.get(key)
            self._revision += 1
            self._sequence += 1
            sequence = self._sequence
            follows = before is not None and (before.value is None or before.follows_own_tombstone)
            self._pending[key] = _Pending(sequence, value, data, follows_own_tombstone=follows)
            self._by_connector.setdefault(_connector_of(key), set()).add(key)
        # Outside the lock: a log in memory delivers the record before it returns.
        self._log.send_soon(encode_status_key(key), data, still_wanted=partial(self._is_wanted, key, sequence))

    def _is_wanted(self, key: StatusKey, sequence: int) -> bool:
        with self._lock:
            pending = self._pending.get(key)
            return pending is not None and pending.sequence == sequence

    def _on_record(self, record: LogRecord) -> None:
        try:
            key = decode_status_key(record.key or b"")
            value = None if record.value is None else decode_status_value(key, record.value)
        except DataError as exc:
            _log.warning(
                "Skipping a record of the status topic",
                extra={
                    "partition": record.partition,
                    "offset": record.offset,
                    "key": repr(record.key),
                    "reason": str(exc),
                },
            )
            return
        with self._lock:
            self._revision += 1
            self._settle(key, value, record.value)
            if value is None:
                self._forget(key)
            elif not _is_late_farewell(self._cache.get(key), value):
                self._cache[key] = value
                self._by_connector.setdefault(_connector_of(key), set()).add(key)
            mine = self._contradicted(key, value)
        if mine is not None:
            self._write(key, mine, guarded=False, repeats=True)

    def _settle(self, key: StatusKey, value: StatusValue | None, data: bytes | None) -> None:
        pending = self._pending.get(key)
        if pending is None:
            return
        if pending.data == data or (value is not None and _is_outdated(pending.value, value)):
            del self._pending[key]
        elif value is None and pending.follows_own_tombstone:
            pending.follows_own_tombstone = False
        elif value is None:
            del self._pending[key]

    def _contradicted(
        self, key: StatusKey, value: StatusValue | None
    ) -> ConnectorStatusRecord | TaskStatusRecord | None:
        """What this worker has to say again, since a worker that lost the subject took leave of it only now."""
        mine = self._holds.get(key)
        if mine is None or not isinstance(value, StatusRecord) or value.worker_id == mine.worker_id:
            return None
        if value.state is State.UNASSIGNED:
            return mine
        if value.generation > mine.generation:
            del self._holds[key]
        return None

    def _forget(self, key: StatusKey) -> None:
        connector = _connector_of(key)
        keys = self._by_connector.get(connector, set())
        gone = {key}
        if isinstance(key, ConnectorKey):
            gone |= {other for other in keys if isinstance(other, TaskKey)}
        for each in gone:
            self._cache.pop(each, None)
        keys -= gone - self._pending.keys()
        if not keys:
            self._by_connector.pop(connector, None)

    def _current(self, key: StatusKey) -> StatusValue | None:
        pending = self._pending.get(key)
        return self._cache.get(key) if pending is None else pending.value


def _connector_of(key: StatusKey) -> str:
    return key.id.connector if isinstance(key, TaskKey) else key.connector


def _gives_way(known: StatusValue | None, new: StatusValue | None) -> bool:
    """Whether a guarded write may replace what is known."""
    if not isinstance(known, StatusRecord) or not isinstance(new, StatusRecord):
        return True
    return known.worker_id == new.worker_id or known.generation <= new.generation


def _is_outdated(mine: StatusValue | None, theirs: StatusValue) -> bool:
    """Whether another worker's report makes repeating one's own pointless."""
    if not isinstance(mine, StatusRecord) or not isinstance(theirs, StatusRecord):
        return False
    return theirs.worker_id != mine.worker_id and theirs.generation > mine.generation


def _is_late_farewell(known: StatusValue | None, new: StatusValue) -> bool:
    """Whether an UNASSIGNED comes from a worker that lost its subject, after the new owner already said RUNNING."""
    return (
        isinstance(known, StatusRecord)
        and isinstance(new, StatusRecord)
        and new.state is State.UNASSIGNED
        and known.state is State.RUNNING
        and known.generation >= new.generation
        and known.worker_id != new.worker_id
    )
