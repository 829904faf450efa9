"""The file sink: one line per record, appended to one file."""

from __future__ import annotations

import sys
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any

import orjson

from connect_runtime import __version__
from connect_runtime.sdk import (
    ConfigDef,
    ConfigKey,
    ConnectError,
    DataError,
    Importance,
    SinkConnector,
    SinkRecord,
    SinkTask,
    TopicPartition,
    validators,
)
from connect_runtime.sdk.data import java_text
from connectors.file.output import Output

__all__ = ["FileStreamSinkConnector", "FileStreamSinkTask", "LineFormat"]

FILE, FORMAT = "file", "format"
_JSON_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z


class LineFormat(Enum):
    """How a value becomes a line."""

    TEXT = "text"
    JSON = "json"


CONFIG_DEF = ConfigDef(
    [
        ConfigKey(
            FILE,
            default=None,
            importance=Importance.HIGH,
            doc="Destination filename. If not specified, the standard output will be used. Relative to the worker's "
            "folder.",
        ),
        ConfigKey(
            FORMAT,
            default=LineFormat.TEXT.value,
            validator=validators.one_of(*(format_.value for format_ in LineFormat)),
            doc="How a value becomes a line: text as Kafka Connect prints it, e.g. Struct{id=1} or {id=1}, bytes as "
            "they are; json as a JSON document.",
        ),
    ]
)


class FileStreamSinkConnector(SinkConnector):
    """Appends values to one file (Kafka Connect's ``FileStreamSink``). With several tasks their batches interleave."""

    version = __version__

    @classmethod
    def config_def(cls) -> ConfigDef:
        """The connector's own keys; ``file`` is Kafka Connect's."""
        return CONFIG_DEF

    def start(self, config: Mapping[str, str]) -> None:
        """Take the configuration. Raises: ConfigError."""
        CONFIG_DEF.parse(config)
        self._config = dict(config)

    def task_class(self) -> type[SinkTask]:
        """Class of the tasks."""
        return FileStreamSinkTask

    def task_class_name(self) -> str:
        """Kafka Connect's own task, so that a cluster can go over to it as it is."""
        return "org.apache.kafka.connect.file.FileStreamSinkTask"

    def task_configs(self, max_tasks: int) -> list[dict[str, str]]:
        """The same configuration for every task."""
        return [self._config] * max_tasks

    def alter_offsets(self, config: Mapping[str, str], offsets: Mapping[TopicPartition, int | None]) -> bool:
        """Any offset will do: the file knows nothing of offsets."""
        del config, offsets
        return True


class FileStreamSinkTask(SinkTask):
    """Appends values to the file; each batch is one write. Offsets are committed when the disk has the data."""

    version = __version__

    def __init__(self) -> None:
        self._output: Output | None = None
        self._lines: Callable[[Sequence[SinkRecord]], bytes] = _text_lines

    def start(self, config: Mapping[str, str]) -> None:
        """Open the file. Raises: ConnectError."""
        parsed = CONFIG_DEF.parse(config)
        self._lines = _json_lines if parsed[FORMAT] == LineFormat.JSON.value else _text_lines
        if parsed[FILE]:
            self._output = Output(parsed[FILE])
            return
        if sys.stdout is None:
            raise ConnectError("This worker has no standard output: set file to the file to write")
        self._output = Output("standard output", sys.stdout.fileno())

    def put(self, records: Sequence[SinkRecord]) -> None:
        """Write a batch. Raises: RetriableError, DataError, ConnectError."""
        if records and self._output is not None:
            self._output.append(self._lines(records))

    def flush(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Make what was written survive a crash of the machine. Raises: ConnectError."""
        del offsets
        if self._output is not None:
            self._output.sync()

    def stop(self) -> None:
        """Close the file."""
        if self._output is not None:
            self._output.close()
            self._output = None


def _text_lines(records: Sequence[SinkRecord]) -> bytes:
    values = [record.value for record in records]
    try:
        return ("\n".join(values) + "\n").encode()
    except (TypeError, UnicodeEncodeError):
        return b"\n".join([_text_line(record) for record in records]) + b"\n"


def _text_line(record: SinkRecord) -> bytes:
    value = record.value
    if isinstance(value, bytes):
        return value
    return java_text(record.value_schema, value).encode("utf-8", "replace")  # a lone surrogate becomes ?, as in Java


def _json_lines(records: Sequence[SinkRecord]) -> bytes:
    return b"\n".join([_json_line(record) for record in records]) + b"\n"


def _json_line(record: SinkRecord) -> bytes:
    try:
        return orjson.dumps(record.value, default=_json_value, option=_JSON_OPTIONS)
    except orjson.JSONEncodeError as exc:
        place = f"{record.original_topic}-{record.original_partition} offset {record.kafka_offset}"
        raise DataError(f"The value at {place} cannot be written as JSON: {exc}") from exc


def _json_value(value: Any) -> Any:
    """A form that JSON has for what it does not know."""
    match value:
        case bytes() | bytearray() | memoryview():
            return b64encode(value).decode()
        case float():
            return float(value)
        case Decimal():
            return str(value)
        case _:
            raise TypeError(f"{type(value).__name__} is not a type that JSON has")
