"""What converters and transforms make of single records, step by step. Nothing is written anywhere."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from connect_runtime.errors import ConnectError
from connect_runtime.model import Header, SinkRecord, SourceRecord
from connect_runtime.model.described_record import spec_of_record
from connect_runtime.pipeline.build import Converters
from connect_runtime.pipeline.chain import TransformChain, TransformStep
from connect_runtime.pipeline.consume import ConsumedMessage
from connect_runtime.pipeline.produce import NO_TOPIC, checked_timestamp
from connect_runtime.pipeline.tolerance import Stage, class_name
from connect_runtime.sdk import HeaderConverter

__all__ = [
    "PreviewError",
    "PreviewPredicate",
    "PreviewStep",
    "PreviewedRecord",
    "preview_sink_record",
    "preview_source_record",
]

Described = dict[str, Any]
Result = TypeVar("Result")
RecordKind = TypeVar("RecordKind", SourceRecord, SinkRecord)


class PreviewPredicate(msgspec.Struct, frozen=True):
    """Whether a transform applies: when what the predicate says differs from ``negate``."""

    class_name: str
    negate: bool
    matches: bool

    @property
    def applies(self) -> bool:
        """Whether the transform does."""
        return self.matches is not self.negate


class PreviewStep(msgspec.Struct, frozen=True):
    """What one step made of a record.

    Attributes:
        name: ``converters``, or the alias of a transform.
        class_name: Class of the transform, ``None`` for the converters.
        predicate: Its predicate, ``None`` when it has none.
        before: The record before, described in JSON: as a message of bytes, or with values and schemas.
        after: The record after, ``None`` when the step dropped it.
    """

    name: str
    class_name: str | None
    predicate: PreviewPredicate | None
    before: Described
    after: Described | None


class PreviewError(msgspec.Struct, frozen=True):
    """Why a record cannot be processed.

    Attributes:
        stage: As in the headers of dead letters.
        name: Key of the converter or alias of the transform.
        class_name: Class that failed, ``None`` when it was none in particular.
        message: What it said.
        before: The record that it failed with, as in `PreviewStep`.
    """

    stage: str
    name: str
    class_name: str | None
    message: str
    before: Described


class PreviewedRecord(msgspec.Struct, frozen=True):
    """What became of a record; when there is an error, the steps are those before it."""

    steps: list[PreviewStep]
    error: PreviewError | None = None

    @property
    def is_dropped(self) -> bool:
        """Whether a transform dropped it."""
        return self.error is None and bool(self.steps) and self.steps[-1].after is None


def preview_sink_record(
    message: ConsumedMessage, converters: Converters, chain: TransformChain[SinkRecord]
) -> PreviewedRecord:
    """A message on its way to a sink task."""
    trace = _Trace(_described_message(message))
    try:
        record = _consumed(trace, message, converters)
        trace.passed("converters", _described(record))
        _transformed(trace, record, chain)
    except _FailedError as failed:
        return PreviewedRecord(trace.steps, failed.error)
    return PreviewedRecord(trace.steps)


def preview_source_record(
    record: SourceRecord, converters: Converters, chain: TransformChain[SourceRecord]
) -> PreviewedRecord:
    """A record on its way from a source task."""
    trace = _Trace(_described(record))
    try:
        transformed = _transformed(trace, record, chain)
        if transformed is not None:
            trace.passed("converters", _produced(trace, transformed, converters))
    except _FailedError as failed:
        return PreviewedRecord(trace.steps, failed.error)
    return PreviewedRecord(trace.steps)


class _FailedError(Exception):
    def __init__(self, error: PreviewError) -> None:
        super().__init__(error.message)
        self.error = error


class _Trace:
    """The steps of one record so far, and what the last one made of it."""

    def __init__(self, before: Described) -> None:
        self.steps: list[PreviewStep] = []
        self._before = before

    def passed(
        self,
        name: str,
        after: Described | None,
        class_name: str | None = None,
        predicate: PreviewPredicate | None = None,
    ) -> None:
        """Note a step: the record went through it, or was dropped."""
        self.steps.append(PreviewStep(name, class_name, predicate, self._before, after))
        self._before = after or {}

    def failure(self, stage: Stage, name: str, class_name: str | None, message: str) -> _FailedError:
        """The error to raise when the record as it is cannot go on."""
        return _FailedError(PreviewError(stage.value, name, class_name, message, self._before))

    def run(self, stage: Stage, name: str, executing: object, call: Callable[[], Result]) -> Result:
        """The result of a plugin's call. Raises: _FailedError."""
        try:
            return call()
        except Exception as error:
            message = str(error) if isinstance(error, ConnectError) else f"{type(error).__name__}: {error}"
            kind = None if executing is None else class_name(executing)
            raise self.failure(stage, name, kind, message) from error


def _consumed(trace: _Trace, message: ConsumedMessage, converters: Converters) -> SinkRecord:
    topic, partition, convert = message.topic(), message.partition(), converters
    key_schema, key = trace.run(
        Stage.KEY_CONVERTER, "key.converter", convert.key, lambda: convert.key.to_connect(topic, message.key())
    )
    value_schema, value = trace.run(
        Stage.VALUE_CONVERTER,
        "value.converter",
        convert.value,
        lambda: convert.value.to_connect(topic, message.value()),
    )
    headers = trace.run(
        Stage.HEADER_CONVERTER,
        "header.converter",
        convert.header,
        lambda: tuple(_header(convert.header, topic, name, data) for name, data in message.headers() or ()),
    )
    kind, at = message.timestamp()
    return SinkRecord(
        topic, partition, message.offset(), value, value_schema, key, key_schema, at, kind, headers, topic, partition
    )


def _header(converter: HeaderConverter, topic: str, name: str, data: bytes | None) -> Header:
    schema, value = converter.to_connect_header(topic, name, data)
    return Header(name, value, schema)


def _transformed(trace: _Trace, record: RecordKind, chain: TransformChain[RecordKind]) -> RecordKind | None:
    current: RecordKind | None = record
    for step in chain.steps:
        if current is None:
            return None
        current = _through(trace, step, current)
    return current


def _through(trace: _Trace, step: TransformStep, record: RecordKind) -> RecordKind | None:
    predicate = _predicate(trace, step, record)
    after: RecordKind | None = record
    if predicate is None or predicate.applies:
        after = trace.run(Stage.TRANSFORMATION, step.alias, step.transform, lambda: step.transform.apply(record))
    shown = None if after is None else _described(after)
    trace.passed(step.alias, shown, class_name(step.transform), predicate)
    return after


def _predicate(trace: _Trace, step: TransformStep, record: SourceRecord | SinkRecord) -> PreviewPredicate | None:
    predicate = step.predicate
    if predicate is None:
        return None
    matches = trace.run(Stage.TRANSFORMATION, step.alias, predicate, lambda: predicate.test(record))
    return PreviewPredicate(class_name(predicate), step.negate, matches)


def _produced(trace: _Trace, record: SourceRecord, converters: Converters) -> Described:
    if record.topic is None:
        raise trace.failure(Stage.KAFKA_PRODUCE, "topic", None, NO_TOPIC)
    topic, convert = record.topic, converters
    headers = trace.run(
        Stage.HEADER_CONVERTER,
        "header.converter",
        convert.header,
        lambda: [(h.key, convert.header.from_connect_header(topic, h.key, h.schema, h.value)) for h in record.headers],
    )
    key = trace.run(
        Stage.KEY_CONVERTER,
        "key.converter",
        convert.key,
        lambda: convert.key.from_connect(topic, record.key_schema, record.key),
    )
    value = trace.run(
        Stage.VALUE_CONVERTER,
        "value.converter",
        convert.value,
        lambda: convert.value.from_connect(topic, record.value_schema, record.value),
    )
    at = trace.run(Stage.KAFKA_PRODUCE, "timestamp", None, lambda: checked_timestamp(record))
    return _message(topic, record.kafka_partition, None, at, key, value, headers)


def _described(record: SourceRecord | SinkRecord) -> Described:
    return {name: part for name, part in spec_of_record(record).items() if name != "record"}


def _described_message(message: ConsumedMessage) -> Described:
    _, timestamp = message.timestamp()
    return _message(
        message.topic(),
        message.partition(),
        message.offset(),
        timestamp,
        message.key(),
        message.value(),
        message.headers() or (),
    )


def _message(
    topic: str,
    partition: int | None,
    offset: int | None,
    timestamp: int | None,
    key: bytes | None,
    value: bytes | None,
    headers: Sequence[tuple[str, bytes | None]],
) -> Described:
    shown: Described = {"topic": topic, "partition": partition}
    if offset is not None:
        shown["offset"] = offset
    return shown | {
        "timestamp": timestamp,
        "key": _bytes(key),
        "value": _bytes(value),
        "headers": [{"key": name, "value": _bytes(data)} for name, data in headers],
    }


def _bytes(data: bytes | None) -> str | dict[str, str] | None:
    """UTF-8 as text, other bytes as base64: as samples are written."""
    if data is None:
        return None
    try:
        return bytes(data).decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": b64encode(data).decode("ascii")}
