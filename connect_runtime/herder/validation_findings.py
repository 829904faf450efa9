"""What validation has found out so far about a configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from connect_runtime.config import ConfigKey, ConfigValue
from connect_runtime.herder.api import ConfigCheck, ConfigEntry

__all__ = ["Findings", "Report"]


class Findings:
    """Keys and their values, each by name and in the order of the answer. Owned by the request that validates."""

    def __init__(self, keys: Iterable[ConfigKey] = (), values: Iterable[ConfigValue] = ()) -> None:
        self._keys = {key.name: key for key in keys}
        self._values = {value.name: value for value in values}

    def __contains__(self, name: object) -> bool:
        return name in self._keys or name in self._values

    @property
    def keys(self) -> Mapping[str, ConfigKey]:
        """Keys that are defined."""
        return MappingProxyType(self._keys)

    @property
    def values(self) -> Mapping[str, ConfigValue]:
        """What is known of keys, defined or not."""
        return MappingProxyType(self._values)

    def add_error(self, name: str, error: str, value: Any = None) -> None:
        """Say what is wrong with a key, defined or not; ``value`` is shown where none was found before."""
        self._values[name] = self._values.get(name, ConfigValue(name, value)).with_errors(error)

    def replace(self, keys: Iterable[ConfigKey], values: Iterable[ConfigValue]) -> None:
        """Take in other definitions, and values in place of those known; a key that is there keeps its place."""
        for key in keys:
            self._keys[key.name] = key
            self._values.pop(key.name, None)
        self._values |= {value.name: value for value in values}

    def entries(self) -> list[ConfigEntry]:
        """Values that nobody defined first, then every key in order."""
        undefined = [ConfigEntry(None, value) for name, value in self._values.items() if name not in self._keys]
        return undefined + [ConfigEntry(key, self._values.get(name)) for name, key in self._keys.items()]

    def has_errors(self, name: str) -> bool:
        """Whether something is wrong with a key."""
        return name in self._values and bool(self._values[name].errors)


class Report:
    """All parts of a finished or growing check.

    Args:
        main: What framework and connector say.
        parts: What clients and converters say, in the order of the answer.
    """

    def __init__(self, main: Findings, parts: Sequence[Findings] = ()) -> None:
        self._main = main
        self._parts = tuple(parts)

    def add_error(self, name: str, error: str, value: Any = None) -> None:
        """Say what is wrong with a key, in the part that has it; see `Findings.add_error`."""
        part = next((part for part in self._parts if name in part), self._main)
        part.add_error(name, error, value)

    def value(self, name: str) -> Any:
        """Parsed value of a framework's or connector's key, ``None`` when it has none."""
        found = self._main.values.get(name)
        return None if found is None else found.value

    def names(self) -> set[str]:
        """Keys that someone defined."""
        return {name for part in (self._main, *self._parts) for name in part.keys}

    def check(self, name: str) -> ConfigCheck:
        """The answer. Errors are counted as Kafka Connect counts them: texts in the main part, keys in the others."""
        texts = sum(len(value.errors) for value in self._main.values.values())
        keys = sum(bool(value.errors) for part in self._parts for value in part.values.values())
        groups = [key.group for part in (self._main, *self._parts) for key in part.keys.values() if key.group]
        return ConfigCheck(name, texts + keys, list(dict.fromkeys(groups)), self._entries())

    def _entries(self) -> list[ConfigEntry]:
        entries = [entry for part in (self._main, *self._parts) for entry in part.entries()]
        return sorted(entries, key=lambda entry: entry.definition is not None)  # stable: undefined values first
