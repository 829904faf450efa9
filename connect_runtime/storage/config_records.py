"""Records of the config topic: keys and values, byte for byte as Kafka Connect writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum

import msgspec

from connect_runtime.converters.internal_json import dumps_internal
from connect_runtime.errors import DataError
from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage.log import KeyedRecord

__all__ = [
    "Applied",
    "AppliedRecord",
    "AssignmentRecord",
    "CommitRecord",
    "ConfigRecord",
    "ConnectorRecord",
    "FencingRecord",
    "LoggerRecord",
    "RawConfig",
    "RejectedRecordError",
    "RestartRecord",
    "RestartRequest",
    "SessionKey",
    "SessionKeyRecord",
    "TargetState",
    "TargetStateRecord",
    "TaskRecord",
    "applied_record",
    "applied_tombstone",
    "assignment_record",
    "commit_record",
    "connector_record",
    "connector_tombstone",
    "fencing_record",
    "logger_record",
    "parse_config_record",
    "restart_record",
    "session_key_record",
    "target_state_record",
    "target_state_tombstone",
    "task_record",
]

RawConfig = Mapping[str, str | None]

_TARGET_STATE = "target-state-"
_CONNECTOR = "connector-"
_TASK = "task-"
_COMMIT = "commit-"
_RESTART = "restart-connector-"
_FENCING = "tasks-fencing-"
_SESSION_KEY = "session-key"
_LOGGER = "logger-cluster-"
# Two of our own, which Kafka Connect logs and passes over.
_ASSIGNMENT = "assignment"
_APPLIED = "applied-"

_LEVELS = frozenset({"OFF", "FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE", "ALL"})


class TargetState(Enum):
    """What a connector is wanted to do."""

    STARTED = "STARTED"
    PAUSED = "PAUSED"
    STOPPED = "STOPPED"


class RestartRequest(msgspec.Struct, frozen=True):
    """A combined restart of a connector and possibly its tasks."""

    connector: str
    include_tasks: bool
    only_failed: bool


class SessionKey(msgspec.Struct, frozen=True):
    """Key that signs requests between workers; ``key`` is Base64, ``creation_timestamp`` epoch ms."""

    key: str
    algorithm: str
    creation_timestamp: int


class ConnectorRecord(msgspec.Struct, frozen=True):
    """``connector-C``; no config means that the connector was deleted."""

    name: str
    config: dict[str, str | None] | None


class TargetStateRecord(msgspec.Struct, frozen=True):
    """``target-state-C``; no state means that it was cleared."""

    name: str
    state: TargetState | None


class TaskRecord(msgspec.Struct, frozen=True):
    """``task-C-N``."""

    id: ConnectorTaskId
    config: dict[str, str]


class CommitRecord(msgspec.Struct, frozen=True):
    """``commit-C``: the task records before it become the connector's tasks."""

    name: str
    tasks: int


class RestartRecord(msgspec.Struct, frozen=True):
    """``restart-connector-C``."""

    request: RestartRequest


class FencingRecord(msgspec.Struct, frozen=True):
    """``tasks-fencing-C``: producers of this many tasks have been fenced."""

    name: str
    task_count: int


class SessionKeyRecord(msgspec.Struct, frozen=True):
    """``session-key``."""

    key: SessionKey


class LoggerRecord(msgspec.Struct, frozen=True):
    """``logger-cluster-NAMESPACE``; the level is in upper case."""

    namespace: str
    level: str


class AssignmentRecord(msgspec.Struct, frozen=True):
    """``assignment``: what every worker is to run; what its members mean is the herder's business."""

    members: dict[str, object]


class Applied(msgspec.Struct, frozen=True, order=True):
    """What a worker has carried out: nothing runs there any more that is not as wanted by then.

    Attributes:
        generation: Assignments up to this one.
        offset: Configuration up to this offset of the topic.
    """

    generation: int = 0
    offset: int = 0


class AppliedRecord(msgspec.Struct, frozen=True):
    """``applied-INSTANCE``: a worker's acknowledgement; none when the worker is gone."""

    instance: str
    applied: Applied | None


ConfigRecord = (
    ConnectorRecord
    | TargetStateRecord
    | TaskRecord
    | CommitRecord
    | RestartRecord
    | FencingRecord
    | SessionKeyRecord
    | LoggerRecord
    | AssignmentRecord
    | AppliedRecord
)


class RejectedRecordError(DataError):
    """A record of the config topic has no meaning; the text says why."""


def connector_record(name: str, config: RawConfig) -> KeyedRecord:
    """The record that creates or replaces a connector."""
    return f"{_CONNECTOR}{name}".encode(), dumps_internal({"properties": dict(config)})


def connector_tombstone(name: str) -> KeyedRecord:
    """The record that deletes a connector."""
    return f"{_CONNECTOR}{name}".encode(), None


def target_state_record(name: str, state: TargetState) -> KeyedRecord:
    """The record that sets a target state; workers of old know PAUSED but not STOPPED, hence two members."""
    old = TargetState.PAUSED if state is TargetState.STOPPED else state
    return f"{_TARGET_STATE}{name}".encode(), dumps_internal({"state": old.value, "state.v2": state.value})


def target_state_tombstone(name: str) -> KeyedRecord:
    """The record that clears a target state."""
    return f"{_TARGET_STATE}{name}".encode(), None


def task_record(task_id: ConnectorTaskId, config: RawConfig) -> KeyedRecord:
    """One task's configuration, without effect until committed."""
    return f"{_TASK}{task_id.connector}-{task_id.task}".encode(), dumps_internal({"properties": dict(config)})


def commit_record(name: str, tasks: int) -> KeyedRecord:
    """The record that makes the task records before it count."""
    return f"{_COMMIT}{name}".encode(), dumps_internal({"tasks": tasks})


def restart_record(request: RestartRequest) -> KeyedRecord:
    """The record that asks every worker to restart its part of a connector."""
    value = {"include-tasks": request.include_tasks, "only-failed": request.only_failed}
    return f"{_RESTART}{request.connector}".encode(), dumps_internal(value)


def fencing_record(name: str, task_count: int) -> KeyedRecord:
    """The record that says how many tasks' producers were fenced."""
    return f"{_FENCING}{name}".encode(), dumps_internal({"task-count": task_count})


def session_key_record(key: SessionKey) -> KeyedRecord:
    """The record that hands a new session key to all workers."""
    value = {"key": key.key, "algorithm": key.algorithm, "creation-timestamp": key.creation_timestamp}
    return _SESSION_KEY.encode(), dumps_internal(value)


def logger_record(namespace: str, level: str) -> KeyedRecord:
    """The record that sets a logger's level on every worker; the level stands there as submitted."""
    return f"{_LOGGER}{namespace}".encode(), dumps_internal({"level": level})


def assignment_record(members: Mapping[str, object]) -> KeyedRecord:
    """The record that tells every worker what to run."""
    return _ASSIGNMENT.encode(), dumps_internal(dict(members))


def applied_record(instance: str, applied: Applied) -> KeyedRecord:
    """The record by which a worker acknowledges what it has carried out."""
    value = {"generation": applied.generation, "offset": applied.offset}
    return f"{_APPLIED}{instance}".encode(), dumps_internal(value)


def applied_tombstone(instance: str) -> KeyedRecord:
    """The record that forgets what a worker acknowledged."""
    return f"{_APPLIED}{instance}".encode(), None


def parse_config_record(key: str, value: object) -> ConfigRecord:
    """Tell what a record means.

    Args:
        key: The record's key.
        value: Its decoded JSON value, ``None`` for a tombstone.

    Raises:
        RejectedRecordError: The key is unknown or the value is not what belongs to it.
    """
    for prefix, parse in _PARSERS:
        if key.startswith(prefix):
            return parse(key.removeprefix(prefix), value)
    raise RejectedRecordError("the key is none that Kafka Connect knows")


def _parse_connector(name: str, value: object) -> ConnectorRecord:
    return ConnectorRecord(name, None if value is None else _properties(value))


def _parse_target_state(name: str, value: object) -> TargetStateRecord:
    if value is None:
        return TargetStateRecord(name, None)
    members = _members(value)
    newer = members.get("state.v2")
    text = newer if isinstance(newer, str) else members.get("state")
    if not isinstance(text, str) or text not in TargetState.__members__:
        raise RejectedRecordError(f"the target state is {text!r} instead of STARTED, PAUSED or STOPPED")
    return TargetStateRecord(name, TargetState[text])


def _parse_task(rest: str, value: object) -> TaskRecord:
    connector, dash, number = rest.rpartition("-")
    if not dash or not (number.isascii() and number.isdigit()):
        raise RejectedRecordError("the key does not end in a task number")
    config = {name: text for name, text in _properties(value).items() if text is not None}
    return TaskRecord(ConnectorTaskId(connector, int(number)), config)


def _parse_commit(name: str, value: object) -> CommitRecord:
    return CommitRecord(name, _count(value, "tasks"))


def _parse_restart(name: str, value: object) -> RestartRecord:
    members = _members(value)
    return RestartRecord(
        RestartRequest(
            name,
            include_tasks=members.get("include-tasks") is True,
            only_failed=members.get("only-failed") is True,
        )
    )


def _parse_fencing(name: str, value: object) -> FencingRecord:
    return FencingRecord(name, _count(value, "task-count"))


def _parse_session_key(rest: str, value: object) -> SessionKeyRecord:
    if rest:
        raise RejectedRecordError("the key is none that Kafka Connect knows")
    members = _members(value)
    key, algorithm, created = (members.get(member) for member in ("key", "algorithm", "creation-timestamp"))
    if not isinstance(key, str) or not isinstance(algorithm, str) or type(created) is not int:
        raise RejectedRecordError("a member of the session key is missing or of the wrong type")
    return SessionKeyRecord(SessionKey(key, algorithm, created))


def _parse_logger(namespace: str, value: object) -> LoggerRecord:
    level = _members(value).get("level")
    if not isinstance(level, str) or level.upper() not in _LEVELS:
        raise RejectedRecordError(f"the logger level is {level!r} instead of one of {', '.join(sorted(_LEVELS))}")
    return LoggerRecord(namespace, level.upper())


def _parse_assignment(rest: str, value: object) -> AssignmentRecord:
    if rest:
        raise RejectedRecordError("the key is none that Kafka Connect knows")
    return AssignmentRecord(_members(value))


def _parse_applied(instance: str, value: object) -> AppliedRecord:
    if value is None:
        return AppliedRecord(instance, None)
    return AppliedRecord(instance, Applied(_count(value, "generation"), _count(value, "offset")))


def _members(value: object) -> dict[str, object]:
    if value is None:
        raise RejectedRecordError("a record of this kind cannot be deleted")
    if not isinstance(value, dict):
        raise RejectedRecordError(f"the value is a JSON {type(value).__name__} instead of an object")
    return value


def _properties(value: object) -> dict[str, str | None]:
    properties = _members(value).get("properties")
    if not isinstance(properties, dict):
        raise RejectedRecordError("the value has no object 'properties'")
    wrong = [key for key, text in properties.items() if text is not None and not isinstance(text, str)]
    if wrong:
        raise RejectedRecordError(f"properties {', '.join(wrong)} are not text")
    return properties


def _count(value: object, member: str) -> int:
    count = _members(value).get(member)
    if type(count) is not int or count < 0:
        raise RejectedRecordError(f"the member '{member}' is {count!r} instead of a whole number")
    return count


# In the order in which Kafka Connect compares them.
_PARSERS: tuple[tuple[str, Callable[[str, object], ConfigRecord]], ...] = (
    (_TARGET_STATE, _parse_target_state),
    (_CONNECTOR, _parse_connector),
    (_TASK, _parse_task),
    (_COMMIT, _parse_commit),
    (_RESTART, _parse_restart),
    (_FENCING, _parse_fencing),
    (_SESSION_KEY, _parse_session_key),
    (_LOGGER, _parse_logger),
    (_ASSIGNMENT, _parse_assignment),
    (_APPLIED, _parse_applied),
)
