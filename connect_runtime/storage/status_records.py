"""Records of the status topic: keys and values, byte for byte as Kafka Connect writes them."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

import msgspec

from connect_runtime.converters.internal_json import dumps_internal, loads_internal
from connect_runtime.errors import DataError
from connect_runtime.model import ConnectorTaskId

__all__ = [
    "ConnectorKey",
    "ConnectorStatusRecord",
    "State",
    "StatusKey",
    "StatusRecord",
    "StatusValue",
    "TaskKey",
    "TaskStatusRecord",
    "TopicKey",
    "TopicStatusRecord",
    "decode_status_key",
    "decode_status_value",
    "encode_status_key",
    "encode_status_value",
]

_CONNECTOR = "status-connector-"
_TASK = "status-task-"
_TOPIC = "status-topic-"
_OF_CONNECTOR = ":connector-"


class State(Enum):
    """What a connector instance or a task is doing."""

    UNASSIGNED = "UNASSIGNED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    STOPPED = "STOPPED"
    FAILED = "FAILED"
    RESTARTING = "RESTARTING"


class StatusRecord(msgspec.Struct, frozen=True):
    """State of a connector or task as one worker reported it.

    Args:
        state: What it is doing.
        worker_id: ``host:port`` of the worker that wrote the record.
        generation: That worker's group generation; 0 in standalone mode.
        trace: Stack trace, only with FAILED.
        version: Version of the running plugin, ``None`` when no instance was built.
    """

    state: State
    worker_id: str
    generation: int
    trace: str | None = None
    version: str | None = None


class ConnectorStatusRecord(StatusRecord, frozen=True):
    """State of a connector instance."""


class TaskStatusRecord(StatusRecord, frozen=True):
    """State of a task."""


class TopicStatusRecord(msgspec.Struct, frozen=True):
    """A topic that a connector has used; ``discovered_at`` is epoch ms."""

    topic: str
    connector: str
    task: int
    discovered_at: int


class ConnectorKey(NamedTuple):
    """``status-connector-C``."""

    connector: str


class TaskKey(NamedTuple):
    """``status-task-C-N``."""

    id: ConnectorTaskId


class TopicKey(NamedTuple):
    """``status-topic-T:connector-C``."""

    topic: str
    connector: str


StatusKey = ConnectorKey | TaskKey | TopicKey
StatusValue = ConnectorStatusRecord | TaskStatusRecord | TopicStatusRecord


def encode_status_key(key: StatusKey) -> bytes:
    """Key bytes of a status record."""
    match key:
        case ConnectorKey(connector):
            return f"{_CONNECTOR}{connector}".encode()
        case TaskKey(task_id):
            return f"{_TASK}{task_id.connector}-{task_id.task}".encode()
        case TopicKey(topic, connector):
            return f"{_TOPIC}{topic}{_OF_CONNECTOR}{connector}".encode()


def decode_status_key(data: bytes) -> StatusKey:
    """Tell what a status record is about. Raises: DataError."""
    try:
        text = data.decode()
    except UnicodeDecodeError as exc:
        raise DataError("the key is not UTF-8 text") from exc
    if text.startswith(_CONNECTOR):
        return ConnectorKey(text.removeprefix(_CONNECTOR))
    if text.startswith(_TASK):
        connector, dash, number = text.removeprefix(_TASK).rpartition("-")
        if dash and number.isascii() and number.isdigit():
            return TaskKey(ConnectorTaskId(connector, int(number)))
        raise DataError("the key does not end in a task number")
    if text.startswith(_TOPIC):
        topic, colon, rest = text.removeprefix(_TOPIC).partition(":")
        connector = f"{colon}{rest}".removeprefix(_OF_CONNECTOR)
        if topic and connector != f"{colon}{rest}":
            return TopicKey(topic, connector)
        raise DataError("the key does not name a topic and a connector")
    raise DataError("the key is none that Kafka Connect knows")


def encode_status_value(value: StatusValue) -> bytes:
    """Value bytes of a status record."""
    if isinstance(value, TopicStatusRecord):
        return dumps_internal(
            {
                "topic": {
                    "name": value.topic,
                    "connector": value.connector,
                    "task": value.task,
                    "discoverTimestamp": value.discovered_at,
                }
            }
        )
    return dumps_internal(
        {
            "state": value.state.value,
            "trace": value.trace,
            "worker_id": value.worker_id,
            "generation": value.generation,
            "version": value.version,
        }
    )


def decode_status_value(key: StatusKey, data: bytes) -> StatusValue:
    """Decode what belongs to `key`; members that are not known are ignored. Raises: DataError."""
    value = loads_internal(data)
    try:
        match key:
            case ConnectorKey():
                return msgspec.convert(value, ConnectorStatusRecord)
            case TaskKey():
                return msgspec.convert(value, TaskStatusRecord)
            case TopicKey():
                found = msgspec.convert(value, _TopicEnvelope).topic
                return TopicStatusRecord(found.name, found.connector, found.task, found.discovered_at)
    except msgspec.ValidationError as exc:
        raise DataError(str(exc)) from exc


class _Topic(msgspec.Struct, frozen=True):
    name: str
    connector: str
    task: int
    discovered_at: int = msgspec.field(name="discoverTimestamp")


class _TopicEnvelope(msgspec.Struct, frozen=True):
    topic: _Topic
