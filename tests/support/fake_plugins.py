"""Plugin classes that do nothing but have configurations; for tests of lookup and validation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connect_runtime.sdk import (
    AnyRecord,
    ConfigDef,
    ConfigKey,
    ConfigType,
    Converter,
    HeaderConverter,
    Importance,
    Predicate,
    Schema,
    SchemaAndValue,
    SinkConnector,
    SinkRecord,
    SinkTask,
    SourceConnector,
    SourceRecord,
    SourceTask,
    Transform,
    validators,
)

__all__ = [
    "HasHeader",
    "Letters",
    "MaskField",
    "PipeConnector",
    "WeatherSinkConnector",
    "WeatherSourceConnector",
    "WordConverter",
]

WEATHER = ConfigDef(
    [
        ConfigKey(
            "station",
            required=True,
            validator=validators.non_empty_string(),
            importance=Importance.HIGH,
            group="Weather",
            order=1,
            dependents=["poll.seconds"],
        ),
        ConfigKey(
            "poll.seconds", ConfigType.INT, default=30, validator=validators.at_least(1), group="Weather", order=2
        ),
        ConfigKey("api.key", ConfigType.PASSWORD),
    ]
)


class WeatherSourceConnector(SourceConnector):
    """A source with keys of its own, one required."""

    version = "1.4.2"

    @classmethod
    def config_def(cls) -> ConfigDef:
        return WEATHER

    def start(self, config: Mapping[str, str]) -> None: ...

    def task_class(self) -> type[SourceTask]:
        raise NotImplementedError

    def task_configs(self, max_tasks: int) -> list[dict[str, str]]:
        raise NotImplementedError


class WeatherSinkConnector(SinkConnector):
    """A sink without a version, with one key."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        return ConfigDef([ConfigKey("file", default=None)])

    def start(self, config: Mapping[str, str]) -> None: ...

    def task_class(self) -> type[SinkTask]:
        raise NotImplementedError

    def task_configs(self, max_tasks: int) -> list[dict[str, str]]:
        raise NotImplementedError


class PipeConnector(WeatherSourceConnector):
    """Another source, which declares the framework's ``tasks.max`` anew."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        return ConfigDef(
            [ConfigKey("pipe", default="p"), ConfigKey("tasks.max", ConfigType.INT, default=7, doc="Pipes.")]
        )


class WordConverter(Converter, HeaderConverter):
    """A converter of values and of headers."""

    version = "2.0"

    @classmethod
    def config_def(cls) -> ConfigDef:
        return ConfigDef(
            [ConfigKey("word.size", ConfigType.INT, default=4, validator=validators.at_least(1), group="Words")]
        )

    def configure(self, config: Mapping[str, str], *, is_key: bool = False) -> None: ...

    def from_connect(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        raise NotImplementedError

    def to_connect(self, topic: str, data: bytes | None) -> SchemaAndValue:
        raise NotImplementedError

    def from_connect_header(self, topic: str, key: str, schema: Schema | None, value: Any) -> bytes | None:
        raise NotImplementedError

    def to_connect_header(self, topic: str, key: str, data: bytes | None) -> SchemaAndValue:
        raise NotImplementedError


class Letters(Converter):
    """A converter of values only, without a configuration."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        return ConfigDef()

    def configure(self, config: Mapping[str, str], *, is_key: bool) -> None: ...

    def from_connect(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        raise NotImplementedError

    def to_connect(self, topic: str, data: bytes | None) -> SchemaAndValue:
        raise NotImplementedError


class MaskField(Transform):
    """A transform with a required list, a key that hides behind the framework's, and one with a group."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        return ConfigDef(
            [
                ConfigKey("replacement", default="", group="Look"),
                ConfigKey(
                    "fields",
                    ConfigType.LIST,
                    required=True,
                    validator=validators.non_empty_list(),
                    importance=Importance.HIGH,
                ),
                ConfigKey("negate", default="plugin's own"),
            ]
        )

    def configure(self, config: Mapping[str, str]) -> None: ...

    def apply(self, record: AnyRecord) -> AnyRecord | None:
        return record


class HasHeader(Predicate):
    """A predicate with one required key."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        return ConfigDef([ConfigKey("name", required=True)])

    def configure(self, config: Mapping[str, str]) -> None: ...

    def test(self, record: SourceRecord | SinkRecord) -> bool:
        return True
