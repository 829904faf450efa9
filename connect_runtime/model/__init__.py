"""What travels through the runtime: ids, schemas, records, headers."""

from connect_runtime.model.columns import SourceColumns, Utf8Column
from connect_runtime.model.headers import NO_HEADERS, Header, Headers
from connect_runtime.model.ids import ConnectorTaskId, TopicPartition
from connect_runtime.model.record import SinkRecord, SourceRecord, TimestampType
from connect_runtime.model.schema import Field, Schema, Type

__all__ = [
    "NO_HEADERS",
    "ConnectorTaskId",
    "Field",
    "Header",
    "Headers",
    "Schema",
    "SinkRecord",
    "SourceColumns",
    "SourceRecord",
    "TimestampType",
    "TopicPartition",
    "Type",
    "Utf8Column",
]
