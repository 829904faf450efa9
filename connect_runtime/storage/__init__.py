"""What a cluster remembers: its configuration, source offsets and statuses, each kept in a `Log`."""

from connect_runtime.storage.config_records import RestartRequest, SessionKey, TargetState
from connect_runtime.storage.config_state import ClusterConfigSnapshot
from connect_runtime.storage.configs import ConfigListener, ConfigStore
from connect_runtime.storage.log import KeyedRecord, Log, LogRecord, RecordListener
from connect_runtime.storage.memory_log import MemoryLog
from connect_runtime.storage.offsets import OffsetStore, StoredOffsetReader
from connect_runtime.storage.status import StatusStore
from connect_runtime.storage.status_records import ConnectorStatusRecord, State, TaskStatusRecord, TopicStatusRecord

__all__ = [
    "ClusterConfigSnapshot",
    "ConfigListener",
    "ConfigStore",
    "ConnectorStatusRecord",
    "KeyedRecord",
    "Log",
    "LogRecord",
    "MemoryLog",
    "OffsetStore",
    "RecordListener",
    "RestartRequest",
    "SessionKey",
    "State",
    "StatusStore",
    "StoredOffsetReader",
    "TargetState",
    "TaskStatusRecord",
    "TopicStatusRecord",
]
