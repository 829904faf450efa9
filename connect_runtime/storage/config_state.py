"""What the records of the config topic add up to. Pure: no thread, no clock, no I/O.

Task configurations arrive one by one and count only from the ``commit`` record that follows them, so that no worker
ever sees half of a new set. Compaction may have taken task records away that an older commit relied on; such a
connector is *inconsistent* until a complete set is committed again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

import msgspec

from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage.config_records import (
    Applied,
    AppliedRecord,
    AssignmentRecord,
    CommitRecord,
    ConnectorRecord,
    FencingRecord,
    LoggerRecord,
    RestartRecord,
    RestartRequest,
    SessionKey,
    SessionKeyRecord,
    TargetState,
    TargetStateRecord,
    TaskRecord,
    parse_config_record,
)

__all__ = [
    "AssignmentChanged",
    "ClusterConfig",
    "ClusterConfigSnapshot",
    "ConfigChanged",
    "ConfigEvent",
    "LoggerLevelSet",
    "RestartRequested",
    "SessionKeyChanged",
]


class ConfigChanged(msgspec.Struct, frozen=True):
    """Something of this connector changed: its config, its tasks or its target state, or it came or went."""

    connector: str


class RestartRequested(msgspec.Struct, frozen=True):
    """A combined restart was asked for."""

    request: RestartRequest


class LoggerLevelSet(msgspec.Struct, frozen=True):
    """A logger's level was set for the whole cluster."""

    namespace: str
    level: str


class SessionKeyChanged(msgspec.Struct, frozen=True):
    """Requests between workers are signed with this key from now on."""

    key: SessionKey


class AssignmentChanged(msgspec.Struct, frozen=True):
    """Workers are to run something else, or one has acknowledged that it does."""


ConfigEvent = ConfigChanged | RestartRequested | LoggerLevelSet | SessionKeyChanged | AssignmentChanged


class _Connector(msgspec.Struct, frozen=True):
    """A connector that exists. Its maps are never changed, only replaced."""

    config: dict[str, str | None]
    task_count: int = 0
    tasks: dict[int, dict[str, str]] = {}
    applied_config: dict[str, str | None] | None = None
    committed_at: int = 0
    inconsistent: bool = False


class _Fencing(msgspec.Struct, frozen=True):
    count: int | None = None
    pending: bool = False


class ClusterConfigSnapshot(msgspec.Struct, frozen=True):
    """The cluster's configuration at one position of the config topic; never changes.

    Args:
        offset: Offset after the last record that went into it.
        session_key: Newest session key, ``None`` when there is none yet.
        assignment: Newest assignment as it stands in the topic, ``None`` when there is none yet. Not to be changed.
        applied: What each worker has acknowledged, by instance. Not to be changed.
    """

    offset: int
    session_key: SessionKey | None
    assignment: Mapping[str, object] | None
    applied: Mapping[str, Applied]
    _connectors: Mapping[str, _Connector]
    _target_states: Mapping[str, TargetState]
    _connector_revisions: Mapping[str, int]
    _task_revisions: Mapping[str, int]
    _fencing: Mapping[str, _Fencing]

    def connectors(self) -> frozenset[str]:
        """Names of all connectors."""
        return frozenset(self._connectors)

    def contains(self, name: str) -> bool:
        """Whether the connector exists."""
        return name in self._connectors

    def connector_config(self, name: str) -> dict[str, str | None] | None:
        """The connector's configuration as submitted, ``None`` when it does not exist."""
        connector = self._connectors.get(name)
        return None if connector is None else dict(connector.config)

    def connector_revision(self, name: str) -> int:
        """Grows with every configuration or deletion of the connector; 0 before the first. Local to this worker."""
        return self._connector_revisions.get(name, 0)

    def applied_connector_config(self, name: str) -> dict[str, str | None] | None:
        """The configuration in force when the present tasks were committed, ``None`` if none were."""
        connector = self._connectors.get(name)
        return None if connector is None or connector.applied_config is None else dict(connector.applied_config)

    def target_state(self, name: str) -> TargetState:
        """What the connector is wanted to do; STARTED when nobody said."""
        return self._target_states.get(name, TargetState.STARTED)

    def task_count(self, name: str) -> int:
        """Number of committed tasks, also while they are inconsistent; 0 for an unknown connector."""
        connector = self._connectors.get(name)
        return 0 if connector is None else connector.task_count

    def task_ids(self, name: str) -> list[ConnectorTaskId]:
        """Committed tasks that can run, in order; empty while inconsistent."""
        connector = self._connectors.get(name)
        if connector is None or connector.inconsistent:
            return []
        return [ConnectorTaskId(name, number) for number in range(connector.task_count)]

    def task_config(self, task_id: ConnectorTaskId) -> dict[str, str] | None:
        """One task's committed configuration, ``None`` when it is not one of `task_ids`."""
        connector = self._connectors.get(task_id.connector)
        if connector is None or connector.inconsistent or not 0 <= task_id.task < connector.task_count:
            return None
        return dict(connector.tasks[task_id.task])

    def all_task_configs(self, name: str) -> list[dict[str, str]]:
        """Configurations of `task_ids`, in their order."""
        connector = self._connectors.get(name)
        if connector is None or connector.inconsistent:
            return []
        return [dict(connector.tasks[number]) for number in range(connector.task_count)]

    def task_revision(self, name: str) -> int:
        """Grows with every set of tasks applied; 0 before the first. Local to this worker."""
        return self._task_revisions.get(name, 0)

    def committed_at(self, name: str) -> int:
        """Offset of the record that committed the tasks, the same on every worker; 0 when none are."""
        connector = self._connectors.get(name)
        return 0 if connector is None else connector.committed_at

    def is_inconsistent(self, name: str) -> bool:
        """Whether the last commit lacked task records: no task can run until a new set is committed."""
        connector = self._connectors.get(name)
        return connector is not None and connector.inconsistent

    def fencing_count(self, name: str) -> int | None:
        """How many tasks' producers were fenced last, ``None`` when never."""
        return self._fencing.get(name, _Fencing()).count

    def is_fencing_pending(self, name: str) -> bool:
        """Whether tasks were committed since producers were fenced."""
        return self._fencing.get(name, _Fencing()).pending


class ClusterConfig:
    """Adds up the records of the config topic. Not thread safe: its owner guards it with one lock."""

    def __init__(self) -> None:
        self._connectors: dict[str, _Connector] = {}
        self._target_states: dict[str, TargetState] = {}
        self._connector_revisions: dict[str, int] = {}
        self._task_revisions: dict[str, int] = {}
        self._fencing: dict[str, _Fencing] = {}
        self._buffered: dict[str, dict[int, dict[str, str]]] = {}
        self._session_key: SessionKey | None = None
        self._assignment: dict[str, object] | None = None
        self._applied: dict[str, Applied] = {}

    def apply(self, key: str, value: object, offset: int = 0) -> list[ConfigEvent]:  # noqa: PLR0911, C901 - one case per kind of record
        """Take in one record.

        Args:
            key: The record's key.
            value: Its decoded JSON value, ``None`` for a tombstone.
            offset: Where it stands in the topic.

        Returns:
            What changed by it; empty when nothing that anybody acts on did.

        Raises:
            RejectedRecordError: The record has no meaning; nothing changed.
        """
        record = parse_config_record(key, value)
        match record:
            case ConnectorRecord():
                return self._apply_connector(record)
            case TargetStateRecord():
                return self._apply_target_state(record)
            case TaskRecord():
                self._buffered.setdefault(record.id.connector, {})[record.id.task] = record.config
                return []
            case CommitRecord():
                return self._apply_commit(record, offset)
            case RestartRecord():
                return [RestartRequested(record.request)]
            case FencingRecord():
                self._fencing[record.name] = _Fencing(record.task_count, pending=False)
                return []
            case SessionKeyRecord():
                self._session_key = record.key
                return [SessionKeyChanged(record.key)]
            case LoggerRecord():
                return [LoggerLevelSet(record.namespace, record.level)]
            case AssignmentRecord():
                self._assignment = record.members
                return [AssignmentChanged()]
            case AppliedRecord():
                return self._apply_applied(record)
            case _:
                assert_never(record)

    def snapshot(self, offset: int) -> ClusterConfigSnapshot:
        """The present state, which stands at `offset` of the topic."""
        return ClusterConfigSnapshot(
            offset=offset,
            session_key=self._session_key,
            assignment=self._assignment,
            applied=dict(self._applied),
            _connectors=dict(self._connectors),
            _target_states=dict(self._target_states),
            _connector_revisions=dict(self._connector_revisions),
            _task_revisions=dict(self._task_revisions),
            _fencing=dict(self._fencing),
        )

    def _apply_applied(self, record: AppliedRecord) -> list[ConfigEvent]:
        if record.applied is None:
            self._applied.pop(record.instance, None)
            return []
        self._applied[record.instance] = record.applied
        return [AssignmentChanged()]

    def _apply_connector(self, record: ConnectorRecord) -> list[ConfigEvent]:
        name = record.name
        known = self._connectors.get(name)
        if record.config is None:
            # Fencing counts stay: producers of a deleted connector's tasks can still be alive when it is created again.
            self._connectors.pop(name, None)
            self._buffered.pop(name, None)
            if known is None:
                return []
        elif known is None:
            self._connectors[name] = _Connector(record.config)
        else:
            self._connectors[name] = msgspec.structs.replace(known, config=record.config)
        self._connector_revisions[name] = self._connector_revisions.get(name, 0) + 1
        return [ConfigChanged(name)]

    def _apply_target_state(self, record: TargetStateRecord) -> list[ConfigEvent]:
        before = self._target_states.get(record.name, TargetState.STARTED)
        if record.state is None:
            self._target_states.pop(record.name, None)
        else:
            self._target_states[record.name] = record.state
        after = self._target_states.get(record.name, TargetState.STARTED)
        return [ConfigChanged(record.name)] if after is not before and record.name in self._connectors else []

    def _apply_commit(self, record: CommitRecord, offset: int) -> list[ConfigEvent]:
        name = record.name
        buffered = self._buffered.pop(name, {})
        known = self._connectors.get(name)
        if known is None:
            # Task records of a deleted connector that compaction left behind its tombstone.
            return []
        if all(number in buffered for number in range(record.tasks)):
            self._connectors[name] = msgspec.structs.replace(
                known,
                task_count=record.tasks,
                tasks={**known.tasks, **buffered},
                applied_config=known.config,
                committed_at=offset,
                inconsistent=False,
            )
            self._task_revisions[name] = self._task_revisions.get(name, 0) + 1
        else:
            self._connectors[name] = msgspec.structs.replace(known, task_count=record.tasks, inconsistent=True)
        self._fencing[name] = _Fencing(self._fencing.get(name, _Fencing()).count, pending=True)
        return [ConfigChanged(name)]
