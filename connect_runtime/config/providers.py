"""Config variables ``${provider:[path:]key}``: where their values come from, and how they are put in.

The text is Kafka's: only values hold variables, there is no nesting and no escape, a variable that nobody can resolve
stays as it is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Protocol

from connect_runtime.config.secrets import KnownSecrets

__all__ = [
    "ConfigData",
    "ConfigProvider",
    "ConfigResolver",
    "Resolved",
    "has_variable",
    "paths_in",
    "with_variables_restored",
]

_VARIABLE: Final = re.compile(r"\$\{([^}]*?):(?:([^}]*?):)?([^}]*?)\}")


@dataclass(frozen=True, slots=True)
class ConfigData:
    """What a provider found under one path.

    Attributes:
        values: Texts by key; a key it does not have is missing.
        ttl_s: Seconds after which to look again, ``None`` for never.
    """

    values: Mapping[str, str] = field(repr=False)
    ttl_s: float | None = None


class ConfigProvider(Protocol):
    """A source of values, made without arguments, then configured once, then asked from any thread.

    A worker's file names the class by its path, ``my_package.vault.VaultProvider``.
    """

    def configure(self, config: Mapping[str, str]) -> None:
        """Take the options ``config.providers.<name>.param.*``. Raises: ConfigError."""
        ...

    def get(self, path: str, keys: Collection[str]) -> ConfigData:
        """Values of ``keys`` under ``path``, empty when a variable has none. May block. Raises: ConfigError.

        With a ``ttl_s`` the worker asks again after that time, and restarts what it started with values that are others
        by then.
        """
        ...


@dataclass(frozen=True, slots=True)
class Resolved:
    """A configuration with its variables replaced.

    Attributes:
        config: The configuration; may hold secrets.
        ttls_s: Shortest time to live by path, of the paths that have one.
        unresolved: One text for each variable that stays as it is: of which key, and why.
    """

    config: dict[str, str | None] = field(repr=False)
    ttls_s: Mapping[str, float]
    unresolved: Sequence[str] = ()


class ConfigResolver:
    """Puts values in place of variables.

    Args:
        providers: Configured providers by the name that variables use.
    """

    def __init__(self, providers: Mapping[str, ConfigProvider] = MappingProxyType({})) -> None:
        self._providers = dict(providers)
        self._known = KnownSecrets()

    def resolve(self, config: Mapping[str, str | None]) -> Resolved:
        """``config`` with every variable replaced that a provider knows.

        Each provider is asked once for each path. May block.

        Raises:
            ConfigError: A provider cannot read what it should.
        """
        found, ttls = self._fetch(config)

        def replacement(variable: re.Match[str]) -> str:
            provider, path, key = variable.groups(default="")
            return found.get((provider, path), {}).get(key, variable[0])

        resolved = {name: None if text is None else _VARIABLE.sub(replacement, text) for name, text in config.items()}
        return Resolved(resolved, ttls, list(self._unresolved(config, found)))

    def hide(self, text: str) -> str:
        """``text`` fit to be shown: with the variable in place of each value that providers gave so far."""
        return self._known.hide(text)

    def _unresolved(
        self, config: Mapping[str, str | None], found: Mapping[tuple[str, str], Mapping[str, str]]
    ) -> Iterator[str]:
        for name, text in config.items():
            for provider, path, key in _VARIABLE.findall(text or ""):
                if key in found.get((provider, path), ()):
                    continue
                known = provider in self._providers
                why = f"provider {provider} has no value for it" if known else f"config.providers names no {provider}"
                yield f"{_variable(provider, path, key)} in {name} stays as it is: {why}"

    def _fetch(
        self, config: Mapping[str, str | None]
    ) -> tuple[dict[tuple[str, str], Mapping[str, str]], dict[str, float]]:
        found: dict[tuple[str, str], Mapping[str, str]] = {}
        ttls: dict[str, float] = {}
        for (provider, path), keys in _wanted(config).items():
            if provider not in self._providers:
                continue
            data = self._providers[provider].get(path, keys)
            found[provider, path] = data.values
            self._known.note({value: _variable(provider, path, key) for key, value in data.values.items()})
            if data.ttl_s is not None and data.ttl_s >= 0:
                ttls[path] = min(data.ttl_s, ttls.get(path, data.ttl_s))
        return found, ttls


def has_variable(text: str | None) -> bool:
    """Whether a value holds a variable, known or not."""
    return text is not None and _VARIABLE.search(text) is not None


def paths_in(text: str | None) -> set[str]:
    """The paths of the variables in a value; that of a variable without one is empty."""
    return {path for _, path, _ in _VARIABLE.findall(text or "")}


def with_variables_restored(config: Mapping[str, str], raw: Mapping[str, str | None]) -> dict[str, str]:
    """A task's configuration as it is stored: where the connector's raw value has a variable, that value instead.

    Only keys that the two have in common: a secret that a connector copies under another key stays readable.
    """
    variables = {key: text for key, text in raw.items() if text is not None and has_variable(text)}
    return {key: variables.get(key, value) for key, value in config.items()}


def _wanted(config: Mapping[str, str | None]) -> dict[tuple[str, str], set[str]]:
    wanted: dict[tuple[str, str], set[str]] = defaultdict(set)
    for text in config.values():
        for provider, path, key in _VARIABLE.findall(text or ""):
            wanted[provider, path].add(key)
    return wanted


def _variable(provider: str, path: str, key: str) -> str:
    return f"${{{provider}:{path}:{key}}}" if path else f"${{{provider}:{key}}}"
