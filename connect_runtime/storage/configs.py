"""The cluster's configuration in the config topic: connectors, tasks, target states, restarts, session keys."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from threading import Lock
from typing import Protocol, assert_never

from connect_runtime.clock import Clock, SystemClock
from connect_runtime.converters.internal_json import loads_internal
from connect_runtime.errors import DataError, RetriableError
from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage import config_records as records
from connect_runtime.storage.config_records import (
    Applied,
    RawConfig,
    RejectedRecordError,
    RestartRequest,
    SessionKey,
    TargetState,
)
from connect_runtime.storage.config_state import (
    AssignmentChanged,
    ClusterConfig,
    ClusterConfigSnapshot,
    ConfigChanged,
    ConfigEvent,
    LoggerLevelSet,
    RestartRequested,
    SessionKeyChanged,
)
from connect_runtime.storage.log import KeyedRecord, Log, LogRecord, Sender

__all__ = ["ConfigListener", "ConfigStore"]

# The brokers end a leader's transaction after that time, whoever waits for it. It is the herder who waits: meanwhile a
# worker that is cut off neither learns that nor stops its tasks.
LEADER_S = 10.0
_log = logging.getLogger(__name__)


class ConfigListener(Protocol):
    """Hears of changes read after `ConfigStore.start`.

    Called on the log's reader thread: note what happened and return; calling a writer of the store from here never
    ends.
    """

    def on_config_change(self) -> None:
        """Something changed; `ConfigStore.snapshot` tells what is now."""
        ...

    def on_restart_request(self, request: RestartRequest) -> None:
        """A combined restart was asked for."""
        ...

    def on_logger_level(self, namespace: str, level: str) -> None:
        """A logger's level was set for the whole cluster."""
        ...

    def on_session_key(self, key: SessionKey) -> None:
        """Requests between workers are signed with this key from now on."""
        ...


class ConfigStore:
    """Reads and writes the cluster's configuration.

    Every writer returns after its records were read back, so that `snapshot` shows them. Methods are thread safe.
    `put_target_state`, `put_logger_level` and `note_applied` are any worker's; the other writers are the leader's.

    Writers raise `RetriableError` when a write was not acknowledged or read back in time (it may still arrive later)
    and `StorageError` when it was refused; the leader's also `ConflictError` when this worker does not lead.

    Args:
        log: The config topic.
        leader: Writes what only the leader may write; ``None`` when there is one worker only.
        write_timeout_s: Limit for one writer call as a whole; those of the leader take no longer than `LEADER_S`.
        clock: Source of the deadline.
    """

    def __init__(
        self, log: Log, leader: Sender | None = None, *, write_timeout_s: float = 30.0, clock: Clock | None = None
    ) -> None:
        self._log = log
        self._leader: Sender = log if leader is None else leader
        self._write_timeout_s = write_timeout_s
        self._clock = clock if clock is not None else SystemClock()
        self._lock = Lock()
        self._state = ClusterConfig()
        self._offset = 0
        self._snapshot: ClusterConfigSnapshot | None = None
        self._listener: ConfigListener | None = None
        self._applied = Applied()

    def start(self, listener: ConfigListener) -> None:
        """Read the topic to its end, then keep up with it in the background. Blocks.

        Nothing is reported of what was there already: take a `snapshot`.

        Raises:
            StorageError: The topic cannot be read.
        """
        self._log.start(self._on_record)
        self._listener = listener

    def stop(self) -> None:
        """Stop keeping up; the last snapshot remains."""
        self._listener = None
        self._log.stop()

    def snapshot(self) -> ClusterConfigSnapshot:
        """The configuration as read so far; cheap."""
        with self._lock:
            if self._snapshot is None:
                self._snapshot = self._state.snapshot(self._offset)
            return self._snapshot

    def refresh(self, timeout_s: float) -> ClusterConfigSnapshot:
        """Read everything that any worker wrote before the call.

        Raises:
            RetriableError: Not reached in time.
        """
        self._log.read_to_end(timeout_s=timeout_s)
        return self.snapshot()

    def put_connector(self, name: str, config: RawConfig, target_state: TargetState | None = None) -> None:
        """Create or replace a connector; its target state, if given, is known before it appears."""
        batch = [] if target_state is None else [records.target_state_record(name, target_state)]
        self._lead([*batch, records.connector_record(name, config)], f"configuration of connector {name}")

    def remove_connector(self, name: str) -> None:
        """Delete a connector and its target state."""
        self._lead(
            [records.connector_tombstone(name), records.target_state_tombstone(name)], f"deletion of connector {name}"
        )

    def put_task_configs(self, name: str, configs: Sequence[Mapping[str, str]]) -> None:
        """Replace the connector's tasks. All workers see either the old set or the new one."""
        tasks = [records.task_record(ConnectorTaskId(name, number), c) for number, c in enumerate(configs)]
        self._lead([*tasks, records.commit_record(name, len(configs))], f"task configurations of connector {name}")

    def stop_connector(self, name: str) -> None:
        """Take a connector's tasks away and ask for the STOPPED state, both at once."""
        stopped = records.target_state_record(name, TargetState.STOPPED)
        self._lead([records.commit_record(name, 0), stopped], f"stopping of connector {name}")

    def put_target_state(self, name: str, state: TargetState) -> None:
        """Ask for a target state."""
        self._write_plainly([records.target_state_record(name, state)], f"target state of connector {name}")

    def put_restart_request(self, request: RestartRequest) -> None:
        """Ask every worker to restart its part of a connector; this worker's listener hears of it too."""
        self._lead([records.restart_record(request)], f"restart request for connector {request.connector}")

    def put_logger_level(self, namespace: str, level: str) -> None:
        """Set a logger's level on every worker that is up."""
        self._write_plainly([records.logger_record(namespace, level)], f"level of logger {namespace}")

    def put_session_key(self, key: SessionKey) -> None:
        """Hand a new session key to every worker."""
        self._lead([records.session_key_record(key)], "session key")

    def put_fencing_count(self, name: str, task_count: int) -> None:
        """Note that the producers of this many tasks have been fenced."""
        self._lead([records.fencing_record(name, task_count)], f"fencing of connector {name}")

    def put_assignment(self, members: Mapping[str, object], gone: Collection[str]) -> None:
        """Tell every worker what to run, and forget what the instances ``gone`` have acknowledged."""
        batch = [records.assignment_record(members), *(records.applied_tombstone(instance) for instance in gone)]
        self._lead(batch, "assignment")

    def note_applied(self, instance: str, applied: Applied) -> None:
        """Acknowledge what this worker has carried out.

        Returns at once; the record is sent again until a broker has it, or a later one takes its place.
        """
        key, value = records.applied_record(instance, applied)
        self._applied = applied
        self._log.send_soon(key, value, still_wanted=lambda: self._applied is applied)

    def _lead(self, batch: Sequence[KeyedRecord], what: str) -> None:
        self._write(self._leader, batch, what, min(LEADER_S, self._write_timeout_s))

    def _write_plainly(self, batch: Sequence[KeyedRecord], what: str) -> None:
        self._write(self._log, batch, what, self._write_timeout_s)

    def _write(self, sender: Sender, batch: Sequence[KeyedRecord], what: str, timeout_s: float) -> None:
        deadline = self._clock.monotonic() + timeout_s
        try:
            sender.send(batch, timeout_s=self._remaining(deadline))
        except RetriableError as exc:
            raise RetriableError(f"The {what} was not written to the config topic: {exc}") from exc
        self._read_back(deadline)

    def _read_back(self, deadline: float) -> None:
        self._log.read_to_end(timeout_s=self._remaining(deadline))

    def _remaining(self, deadline: float) -> float:
        return max(0.0, deadline - self._clock.monotonic())

    def _on_record(self, record: LogRecord) -> None:
        try:
            key = (record.key or b"").decode()
            value = None if record.value is None else loads_internal(record.value)
        except (UnicodeDecodeError, DataError) as exc:
            _log.warning(
                "Skipping a record of the config topic that is not JSON",
                extra={"offset": record.offset, "key": repr(record.key), "reason": str(exc)},
            )
            return
        events: list[ConfigEvent] = []
        with self._lock:
            self._offset = record.offset + 1
            self._snapshot = None
            try:
                events = self._state.apply(key, value, record.offset)
            except RejectedRecordError as exc:
                _log.warning(
                    "Ignoring a record of the config topic",
                    extra={"offset": record.offset, "key": key, "reason": str(exc)},
                )
        listener = self._listener
        if listener is not None:
            for event in events:
                _tell(listener, event)


def _tell(listener: ConfigListener, event: ConfigEvent) -> None:
    match event:
        case ConfigChanged() | AssignmentChanged():
            listener.on_config_change()
        case RestartRequested(request):
            listener.on_restart_request(request)
        case LoggerLevelSet(namespace, level):
            listener.on_logger_level(namespace, level)
        case SessionKeyChanged(key):
            listener.on_session_key(key)
        case _:
            assert_never(event)
