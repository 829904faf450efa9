"""The one import for plugin authors.

A connector is a class that plans tasks and a task class that moves records; see `SourceConnector`, `SourceTask`,
`SinkConnector`, `SinkTask`. A package announces its classes through the hooks in `connect_runtime.sdk.hookspecs`.
"""

from connect_runtime.clock import Clock, SystemClock
from connect_runtime.config import (
    ConfigDef,
    ConfigKey,
    ConfigType,
    ConfigValue,
    Importance,
    Password,
    Width,
    validators,
)
from connect_runtime.errors import ConfigError, ConnectError, DataError, RetriableError
from connect_runtime.model import (
    NO_HEADERS,
    Field,
    Header,
    Headers,
    Schema,
    SinkRecord,
    SourceColumns,
    SourceRecord,
    TimestampType,
    TopicPartition,
    Type,
    Utf8Column,
)
from connect_runtime.model.schema import array_schema, map_schema, primitive_schema, struct_schema
from connect_runtime.sdk.connector import (
    Connector,
    ConnectorTransactionBoundaries,
    ExactlyOnceSupport,
    SinkConnector,
    SinkTask,
    SourceConnector,
    SourceTask,
    Task,
)
from connect_runtime.sdk.context import (
    ErrantRecordReporter,
    OffsetReader,
    RecordMetadata,
    SinkConnectorContext,
    SinkTaskContext,
    SourceConnectorContext,
    SourceTaskContext,
    TransactionContext,
)
from connect_runtime.sdk.converter import Converter, ConverterType, HeaderConverter, SchemaAndValue
from connect_runtime.sdk.hookspecs import hookimpl
from connect_runtime.sdk.transform import AnyRecord, Predicate, Transform, TransformContext

__all__ = [
    "NO_HEADERS",
    "AnyRecord",
    "Clock",
    "ConfigDef",
    "ConfigError",
    "ConfigKey",
    "ConfigType",
    "ConfigValue",
    "ConnectError",
    "Connector",
    "ConnectorTransactionBoundaries",
    "Converter",
    "ConverterType",
    "DataError",
    "ErrantRecordReporter",
    "ExactlyOnceSupport",
    "Field",
    "Header",
    "HeaderConverter",
    "Headers",
    "Importance",
    "OffsetReader",
    "Password",
    "Predicate",
    "RecordMetadata",
    "RetriableError",
    "Schema",
    "SchemaAndValue",
    "SinkConnector",
    "SinkConnectorContext",
    "SinkRecord",
    "SinkTask",
    "SinkTaskContext",
    "SourceColumns",
    "SourceConnector",
    "SourceConnectorContext",
    "SourceRecord",
    "SourceTask",
    "SourceTaskContext",
    "SystemClock",
    "Task",
    "TimestampType",
    "TopicPartition",
    "TransactionContext",
    "Transform",
    "TransformContext",
    "Type",
    "Utf8Column",
    "Width",
    "array_schema",
    "hookimpl",
    "map_schema",
    "primitive_schema",
    "struct_schema",
    "validators",
]
