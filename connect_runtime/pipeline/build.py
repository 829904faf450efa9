"""Converters and transform chains from a connector's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from connect_runtime.errors import ConfigError
from connect_runtime.pipeline.chain import TransformChain, TransformStep
from connect_runtime.plugins import PluginRegistry
from connect_runtime.sdk import (
    Converter,
    ConverterType,
    HeaderConverter,
    Predicate,
    SinkRecord,
    SourceRecord,
    Transform,
    TransformContext,
)

__all__ = ["Converters", "build_chain", "build_converters"]

Config = Mapping[str, str]
_OF_STEP: Final = ("predicate", "negate")
RecordKind = TypeVar("RecordKind", SourceRecord, SinkRecord)


@dataclass(frozen=True, slots=True)
class Converters:
    """The three converters of a task."""

    key: Converter
    value: Converter
    header: HeaderConverter


def build_converters(config: Config, worker: Config, plugins: PluginRegistry) -> Converters:
    """The converters that a connector asks for, or the worker's where it asks for none.

    Options come from the same place as the class: a connector's options without its own class have no effect.

    Raises:
        ConnectError: A class is not installed or refuses its options.
    """
    return Converters(
        _converter("key.converter", config, worker, plugins, ConverterType.KEY),
        _converter("value.converter", config, worker, plugins, ConverterType.VALUE),
        _header_converter(config, worker, plugins),
    )


def build_chain(config: Config, plugins: PluginRegistry, kind: type[RecordKind]) -> TransformChain[RecordKind]:
    """The transform chain of a connector.

    Raises:
        ConnectError: A class is not installed or refuses its options, or a predicate is not declared.
    """
    del kind  # only tells the type checker which records pass
    return TransformChain([_step(alias, config, plugins) for alias in _names(config, "transforms")])


def _converter(key: str, config: Config, worker: Config, plugins: PluginRegistry, kind: ConverterType) -> Converter:
    name, options = _chosen(key, config, worker)
    converter = plugins.find_converter(name)()
    converter.configure(options | {"converter.type": kind.value}, is_key=kind is ConverterType.KEY)
    return converter


def _header_converter(config: Config, worker: Config, plugins: PluginRegistry) -> HeaderConverter:
    name, options = _chosen("header.converter", config, worker)
    converter = plugins.find_header_converter(name)()
    converter.configure(options | {"converter.type": ConverterType.HEADER.value})
    return converter


def _chosen(key: str, config: Config, worker: Config) -> tuple[str, dict[str, str]]:
    for source in (config, worker):
        name = source.get(key)
        if name is not None:
            return name.strip(), _below(f"{key}.", source)
    raise ConfigError(f"Neither the connector nor the worker sets {key}: name a converter class", key=key)


def _step(alias: str, config: Config, plugins: PluginRegistry) -> TransformStep:
    options = _below(f"transforms.{alias}.", config)
    transform = plugins.find_transform(_type(f"transforms.{alias}.type", options))()
    transform.initialize(TransformContext(plugins.allowed_functions))
    _configure(f"transforms.{alias}", transform, {key: text for key, text in options.items() if key not in _OF_STEP})
    predicate_alias = options.get("predicate")
    if predicate_alias is None:
        return TransformStep(alias, transform)
    declared = _names(config, "predicates")
    if predicate_alias not in declared and f"predicates.{predicate_alias}.type" not in config:
        raise ConfigError(
            f"Transform {alias} names the predicate {predicate_alias}, which predicates does not declare: "
            f"add it there, with predicates.{predicate_alias}.type",
            key=f"transforms.{alias}.predicate",
        )
    predicate_options = _below(f"predicates.{predicate_alias}.", config)
    predicate = plugins.find_predicate(_type(f"predicates.{predicate_alias}.type", predicate_options))()
    _configure(f"predicates.{predicate_alias}", predicate, predicate_options)
    return TransformStep(alias, transform, predicate, negate=options.get("negate", "false").strip().lower() == "true")


def _configure(prefix: str, plugin: Transform | Predicate, options: Config) -> None:
    """Let a plugin take its options; what it says of them says which one of several it is."""
    try:
        plugin.configure(options)
    except ConfigError as exc:
        key = f"{prefix}.{exc.key}" if exc.key else None
        raise ConfigError(f"{prefix} ({type(plugin).__name__}): {exc}", key=key) from exc


def _type(key: str, options: Config) -> str:
    name = options.get("type")
    if name is None:
        raise ConfigError(f'Missing required configuration "{key}" which has no default value.', key=key)
    return name


def _names(config: Config, key: str) -> list[str]:
    text = config.get(key, "").strip()
    return [item.strip() for item in text.split(",")] if text else []


def _below(prefix: str, config: Config) -> dict[str, str]:
    return {key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)}
