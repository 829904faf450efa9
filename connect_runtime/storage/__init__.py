"""What a cluster remembers: its configuration, source offsets and statuses, each kept in a `Log`."""

from connect_runtime.storage.config_records import RestartRequest, SessionKey, TargetState
from connect_runtime.storage.config_state import ClusterConfigSnapshot
from connect_runtime.storage.configs import ConfigListener, ConfigStore
from connect_runtime.storage.connector_offsets import ConnectorOffsets
from connect_runtime.storage.file_log import FileLog
from connect_runtime.storage.internal_topics import (
    InternalTopicSpecs,
    ensure_internal_topics,
    ensure_offsets_topic,
    internal_topic_specs,
    offsets_topic_spec,
)
from connect_runtime.storage.leader_writer import LeaderWriter
from connect_runtime.storage.log import KeyedRecord, Log, LogRecord, RecordListener
from connect_runtime.storage.memory_log import MemoryLog
from connect_runtime.storage.offsets import OffsetStore, StoredOffsetReader
from connect_runtime.storage.status import StatusStore
from connect_runtime.storage.status_records import ConnectorStatusRecord, State, TaskStatusRecord, TopicStatusRecord
from connect_runtime.storage.topic_log import InternalTopics, LogClients, TopicLog

__all__ = [
    "ClusterConfigSnapshot",
    "ConfigListener",
    "ConfigStore",
    "ConnectorOffsets",
    "ConnectorStatusRecord",
    "FileLog",
    "InternalTopicSpecs",
    "InternalTopics",
    "KeyedRecord",
    "LeaderWriter",
    "Log",
    "LogClients",
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
    "TopicLog",
    "TopicStatusRecord",
    "ensure_internal_topics",
    "ensure_offsets_topic",
    "internal_topic_specs",
    "offsets_topic_spec",
]
