"""Plugins and helpers for tests of the validation of connector configurations."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from connect_runtime.config import (
    ConfigDef,
    ConfigKey,
    ConfigResolver,
    ConfigValue,
    WorkerConfig,
    WorkerMode,
)
from connect_runtime.converters.avro import AvroConverter
from connect_runtime.errors import ConfigError
from connect_runtime.herder.api import ConfigCheck, ConfigEntry
from connect_runtime.herder.validation import ConfigValidator
from connect_runtime.plugins import Plugin, PluginRegistry
from connect_runtime.sdk import ConnectorTransactionBoundaries, ExactlyOnceSupport
from tests.support.fake_plugins import (
    HasHeader,
    Letters,
    MaskField,
    PipeConnector,
    WeatherSinkConnector,
    WeatherSourceConnector,
    WordConverter,
)
from tests.support.fake_provider import FakeProvider

Config = Mapping[str, str | None]
HERE = "tests.support.fake_plugins"
VALIDATION = __name__
POLICY = "connector.client.config.override.policy"
NOT_FOUND = "Invalid value Nothing for configuration value.converter: Class Nothing could not be found."
ENDPOINT = "`/connector-plugins/{connectorType}/config/validate`"
NULL = "Null value can not be supplied as the configuration value."
SOURCE: dict[str, str | None] = {"name": "w1", "connector.class": "WeatherSource", "station": "VIE"}
SINK: dict[str, str | None] = {"name": "s1", "connector.class": "WeatherSink", "topics": "a,b"}
MASK: dict[str, str | None] = {"transforms": "m", "transforms.m.type": "MaskField", "transforms.m.fields": "x"}


class Moody(WeatherSourceConnector):
    """Refuses the station that is called like the error it raises, and adds a key nobody defined."""

    def validate(self, config: Mapping[str, str]) -> list[ConfigValue]:
        match config.get("station"):
            case "config error":
                raise ConfigError("no such station", key="station")
            case "nameless error":
                raise ConfigError("out of order")
            case "bug":
                raise ZeroDivisionError("1/0")
            case _:
                return [ConfigValue("sky", "grey", errors=("is grey",)), ConfigValue("poll.seconds", 5)]

    def exactly_once_support(self, config: Mapping[str, str]) -> ExactlyOnceSupport | None:
        if config["station"] == "lost":
            raise OSError("no answer")
        return {"yes": ExactlyOnceSupport.SUPPORTED, "no": ExactlyOnceSupport.UNSUPPORTED}.get(config["station"])

    def can_define_transaction_boundaries(self, config: Mapping[str, str]) -> ConnectorTransactionBoundaries | None:
        if config["station"] == "lost":
            raise OSError("no answer")
        answers = {"yes": ConnectorTransactionBoundaries.SUPPORTED, "no": ConnectorTransactionBoundaries.UNSUPPORTED}
        return answers.get(config["station"])


class Unmakeable(WeatherSourceConnector):
    """Cannot be made."""

    def __init__(self) -> None:
        raise OSError("no socket")


class BrokenMask(MaskField):
    """A transform whose keys cannot be had."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        raise RuntimeError("no keys")


REGISTRY = PluginRegistry(
    [
        Plugin(WeatherSourceConnector, "1.4.2", aliases=("com.acme.RainSourceConnector",)),
        Plugin(WeatherSinkConnector),
        Plugin(PipeConnector, "1.4.2"),
        Plugin(Moody),
        Plugin(Unmakeable),
        Plugin(WordConverter, "2.0"),
        Plugin(Letters, "2.1"),
        Plugin(AvroConverter, "1.0"),
        Plugin(MaskField, "0.3"),
        Plugin(BrokenMask),
        Plugin(HasHeader),
    ]
)


def validator(
    mode: WorkerMode = WorkerMode.DISTRIBUTED, worker: Mapping[str, str] = MappingProxyType({})
) -> ConfigValidator:
    props = {"bootstrap.servers": "embedded", "key.converter": "Letters", "value.converter": "Word"}
    props |= {"header.converter": "Word", **worker}
    resolver = ConfigResolver({"vault": FakeProvider({"key": "hunter2", "station": "GRZ", "class": "WeatherSource"})})
    return ConfigValidator(lambda: REGISTRY, WorkerConfig.from_props(props, mode), resolver)


def check(config: Config, worker: Mapping[str, str] = MappingProxyType({})) -> ConfigCheck:
    return validator(worker=worker).validate_for("", config)


def entry(found: ConfigCheck, name: str) -> ConfigEntry:
    (only,) = [item for item in found.configs if name in (_name(item.definition), _name(item.value))]
    return only


def _name(named: ConfigKey | ConfigValue | None) -> str | None:
    return None if named is None else named.name


def value(found: ConfigCheck, name: str) -> ConfigValue:
    only = entry(found, name).value
    assert only is not None
    return only


def definition(found: ConfigCheck, name: str) -> ConfigKey:
    only = entry(found, name).definition
    assert only is not None
    return only


def errors(found: ConfigCheck) -> dict[str, list[str]]:
    values = [item.value for item in found.configs if item.value is not None]
    return {item.name: list(item.errors) for item in values if item.errors}


def names(found: ConfigCheck) -> list[str]:
    return [name for item in found.configs if (name := _name(item.definition) or _name(item.value))]
