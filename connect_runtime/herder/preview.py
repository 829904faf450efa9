"""Shows what a connector's converters and transforms would make of records, without running the connector.

Nothing is written, created or joined. Plugins are asked on the caller's thread, so a preview may block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Final, TypeVar, cast

import msgspec

from connect_runtime.config import ConfigResolver
from connect_runtime.errors import BadRequestError, ConnectError
from connect_runtime.herder.api import ConnectorType, Preview, PreviewRequest
from connect_runtime.herder.validation import ConfigValidator
from connect_runtime.kafka import ClientFactory, consumer_settings
from connect_runtime.kafka.stored_messages import STORED_MESSAGES_CONF, last_messages
from connect_runtime.model import SinkRecord, SourceRecord
from connect_runtime.pipeline import ConsumedMessage
from connect_runtime.pipeline.build import Converters, build_chain, build_converters
from connect_runtime.pipeline.chain import TransformChain
from connect_runtime.pipeline.preview import PreviewedRecord, preview_sink_record, preview_source_record
from connect_runtime.pipeline.preview_samples import sink_samples, source_samples
from connect_runtime.plugins import PluginRegistry
from connect_runtime.sdk import SinkConnector

__all__ = ["MOST_RECORDS", "Previewer"]

MOST_RECORDS: Final = 1000
_NAME: Final = "preview"
_SOME_TOPIC: Final = "topic"
_REGISTERS: Final = "auto.register.schemas"
_LOOKING_UP: Final = {_REGISTERS: "false", "use.latest.version": "false", "use.schema.id": "-1"}
RecordKind = TypeVar("RecordKind", SourceRecord, SinkRecord)


class Previewer:
    """Makes previews. Safe to use from any thread.

    Args:
        validator: Checks drafts.
        plugins: Gives the installed plugins as they are now.
        worker: The worker's configuration as given, with its converters.
        resolver: Replaces variables; what it finds is used, and never shown.
        clients: Makes the consumers that read topics.
    """

    def __init__(
        self,
        validator: ConfigValidator,
        plugins: Callable[[], PluginRegistry],
        worker: Mapping[str, str],
        resolver: ConfigResolver,
        clients: ClientFactory,
    ) -> None:
        self._validator = validator
        self._plugins = plugins
        self._worker = worker
        self._resolver = resolver
        self._clients = clients

    def preview(self, request: PreviewRequest) -> Preview:
        """What becomes of the records, one after another; a record that fails does not end the preview.

        Raises:
            BadRequestError: The draft is not valid, or the request does not say which records.
            PluginNotFoundError: No connector of that class is installed.
            NotFoundError: There is no such topic.
            ConnectError: The topic cannot be read.
        """
        _check(request)
        raw = {"name": _NAME, **request.config}
        self._validator.require_valid(raw)
        config = {key: text for key, text in self._resolver.resolve(raw).config.items() if text is not None}
        is_sink = issubclass(self._plugins().find_connector(config["connector.class"]), SinkConnector)
        records = self._sink(request, config) if is_sink else self._source(request, config)
        failed = sum(record.error is not None for record in records)
        type_ = ConnectorType.SINK if is_sink else ConnectorType.SOURCE
        return Preview(type_, failed, [self._without_secrets(record) for record in records])

    def _sink(self, request: PreviewRequest, config: Mapping[str, str]) -> list[PreviewedRecord]:
        if request.topic is None:
            named = config.get("topics", "").split(",")[0].strip()
            messages: list[ConsumedMessage] = [*sink_samples(request.records or (), named or _SOME_TOPIC)]
        else:
            messages = self._last(request.topic, request.last, config)
        with self._plugins_of(config, SinkRecord) as (converters, chain):
            return [preview_sink_record(message, converters, chain) for message in messages]

    def _source(self, request: PreviewRequest, config: Mapping[str, str]) -> list[PreviewedRecord]:
        if request.topic is not None:
            raise BadRequestError(f"{config['connector.class']} is a source and reads no topic: give records instead")
        records = source_samples(request.records or (), config.get("topic"))
        with self._plugins_of(config, SourceRecord) as (converters, chain):
            return [preview_source_record(record, converters, chain) for record in records]

    @contextmanager
    def _plugins_of(
        self, config: Mapping[str, str], kind: type[RecordKind]
    ) -> Iterator[tuple[Converters, TransformChain[RecordKind]]]:
        """What a task would be made of. Raises: BadRequestError, when a class refuses its options."""
        with ExitStack() as down:
            try:
                plugins = self._plugins()
                converters = build_converters(_looking_up(config, plugins), _looking_up(self._worker, plugins), plugins)
                for converter in (converters.key, converters.value, converters.header):
                    down.callback(converter.close)
                chain = build_chain(config, self._plugins(), kind)
                down.callback(chain.close)
            except ConnectError as error:
                raise BadRequestError(self._resolver.hide(str(error))) from error
            yield converters, chain

    def _last(self, topic: str, count: int, config: Mapping[str, str]) -> list[ConsumedMessage]:
        settings = consumer_settings(self._worker, config, "connector-preview", "connect-preview")
        settings = msgspec.structs.replace(settings, conf=settings.conf | STORED_MESSAGES_CONF)
        consumer = self._clients.silent_consumer(settings)
        try:
            return cast("list[ConsumedMessage]", last_messages(consumer, topic, count))
        finally:
            consumer.close()

    def _without_secrets(self, record: PreviewedRecord) -> PreviewedRecord:
        hide = self._resolver.hide
        steps = [
            msgspec.structs.replace(step, before=_hidden(step.before, hide), after=_hidden(step.after, hide))
            for step in record.steps
        ]
        error = record.error
        if error is not None:
            error = msgspec.structs.replace(error, message=hide(error.message))
        return PreviewedRecord(steps, error)


def _check(request: PreviewRequest) -> None:
    if (request.topic is None) == (request.records is None):
        raise BadRequestError('Give either "records" or a "topic" whose last messages are to be taken')
    count = request.last if request.records is None else len(request.records)
    if not 1 <= count <= MOST_RECORDS:
        raise BadRequestError(f"A preview takes 1 to {MOST_RECORDS} records, not {count}")


def _looking_up(config: Mapping[str, str], plugins: PluginRegistry) -> dict[str, str]:
    """The same with converters that look schemas up in a registry where they would register them.

    They write with the record's own schema all the same, or not at all: so what else may choose one is switched off.
    """
    changed = dict(config)
    for part in ("key.converter", "value.converter"):
        registers = config.get(f"{part}.{_REGISTERS}", "true").strip().lower() == "true"
        if part in config and registers and _REGISTERS in plugins.find_converter(config[part].strip()).config_def():
            changed |= {f"{part}.{option}": text for option, text in _LOOKING_UP.items()}
    return changed


def _hidden(described: Any, hide: Callable[[str], str]) -> Any:
    match described:
        case str():
            return hide(described)
        case list():
            return [_hidden(item, hide) for item in described]
        case dict():
            return {hide(key): _hidden(item, hide) for key, item in described.items()}
        case _:
            return described
