"""Keys of a valid configuration that have no effect, though their author most likely thinks they have."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from connect_runtime.config.connector_keys import CONVERTER_KEYS
from connect_runtime.config.typos import typo_warnings
from connect_runtime.herder.validation_definition import aliases

__all__ = ["converter_warnings", "no_effect_warnings"]

Config = Mapping[str, str | None]
_FREE: Final = ("producer.override.", "consumer.override.", "admin.override.", "topic.creation.")


def no_effect_warnings(config: Config, known: Collection[str]) -> list[str]:
    """One text for each such key: misspelled, of a converter that is not set, of an alias that is not listed, ...

    Args:
        config: The configuration.
        known: Keys that someone defined.
    """
    idle = dict(_idle_converter_options(config)) | dict(_idle_alias_options(config))
    others = [key for key in config if key not in idle]
    return [
        *idle.values(),
        *typo_warnings(others, known, _FREE),
        *_undeclared_predicates(config),
        *_useless_dead_letters(config),
    ]


def converter_warnings(config: Mapping[str, str], converters: Mapping[str, type[Any]]) -> list[str]:
    """One text for each misspelled option of a converter.

    Args:
        config: A worker's configuration.
        converters: Its converter classes, by the keys that name them.
    """
    given = {key: [name for name in config if name.startswith(f"{key}.")] for key in converters}
    known = {key: [f"{key}.{option.name}" for option in cls.config_def()] for key, cls in converters.items()}
    return [warning for key in converters for warning in typo_warnings(given[key], known[key])]


def _idle_converter_options(config: Config) -> Iterator[tuple[str, str]]:
    for converter in CONVERTER_KEYS:
        for key in config:
            if key.startswith(f"{converter}.") and key != f"{converter}.plugin.version" and converter not in config:
                yield key, f"{key} has no effect without {converter}: the worker's converter takes the worker's options"


def _idle_alias_options(config: Config) -> Iterator[tuple[str, str]]:
    for kind in ("transforms", "predicates"):
        listed = tuple(f"{kind}.{alias}." for alias in aliases(config, kind))
        for key in config:
            if key.startswith(f"{kind}.") and not key.startswith(listed):
                yield key, f"{key} has no effect: {kind} does not list an alias of that name"


def _useless_dead_letters(config: Config) -> Iterator[str]:
    key = "errors.deadletterqueue.topic.name"
    if (config.get(key) or "").strip() and (config.get("errors.tolerance") or "none").strip() == "none":
        yield f"{key} gets only the record that fails the task, for errors.tolerance is none: set it to all to go on"


def _undeclared_predicates(config: Config) -> Iterator[str]:
    declared = aliases(config, "predicates")
    for alias in aliases(config, "transforms"):
        key = f"transforms.{alias}.predicate"
        named = config.get(key)
        if named is not None and named.strip() not in declared:
            yield f"{key} names {named}, which predicates does not list: tasks will fail"
