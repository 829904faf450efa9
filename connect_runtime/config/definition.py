"""A set of configuration keys: parses and checks a configuration against them (Kafka's ``ConfigDef``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from connect_runtime.config.embedding import embedded
from connect_runtime.config.key import ConfigKey, ConfigValue
from connect_runtime.config.parsing import ResolveClass, invalid_value, parse_value
from connect_runtime.config.types import Importance
from connect_runtime.errors import ConfigError

__all__ = ["ConfigDef"]

_IMPORTANCE = tuple(Importance)


class ConfigDef:
    """Keys in the order of their definition. Immutable.

    Args:
        keys: The keys.

    Raises:
        ConfigError: A name comes twice.
    """

    def __init__(self, keys: Iterable[ConfigKey] = ()) -> None:
        by_name: dict[str, ConfigKey] = {}
        for key in keys:
            if key.name in by_name:
                raise ConfigError(f"Configuration {key.name} is defined twice.", key=key.name)
            by_name[key.name] = key
        self._keys = MappingProxyType(by_name)

    def __iter__(self) -> Iterator[ConfigKey]:
        return iter(self._keys.values())

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, name: object) -> bool:
        return name in self._keys

    @property
    def keys(self) -> Mapping[str, ConfigKey]:
        """Keys by name, in the order of their definition."""
        return self._keys

    @property
    def groups(self) -> list[str]:
        """Groups in the order of their first appearance."""
        return list(dict.fromkeys(key.group for key in self if key.group))

    @property
    def defaults(self) -> dict[str, Any]:
        """Defaults of all keys that are not required."""
        return {key.name: key.default_value() for key in self if not key.required}

    def parse(self, props: Mapping[str, Any], resolve_class: ResolveClass | None = None) -> dict[str, Any]:
        """Values of all keys; keys that nobody defined are left out.

        Args:
            props: Texts, or values parsed before. A present ``None`` stays ``None``, whatever the default.
            resolve_class: Turns the text of a ``CLASS`` into the class; without it the text is kept.

        Raises:
            ConfigError: The first key, in order of definition, that has no or a bad value; or an undefined dependent.
        """
        if missing := self._undefined_dependents():
            raise ConfigError(f"{missing[0]} is referred in the dependents, but not defined.", key=missing[0])
        return {key.name: _parsed(key, props, resolve_class) for key in self}

    def validate(self, props: Mapping[str, Any], resolve_class: ResolveClass | None = None) -> list[ConfigValue]:
        """What is to be said about every key, in order of definition; a bad value never raises.

        A value that cannot be parsed counts as ``None`` and still meets its validator, so it may have two errors.
        Dependents that nobody defined come last, invisible and with an error.
        """
        found = {key.name: _checked(key, props, resolve_class) for key in self}
        parsed = {name: value.value for name, value in found.items()}
        advised = [_advised(key, found[key.name], parsed) for key in self]
        return advised + [_undefined(name) for name in self._undefined_dependents()]

    def extended(self, keys: Iterable[ConfigKey]) -> ConfigDef:
        """The same with more keys at the end.

        Raises:
            ConfigError: A name comes twice.
        """
        return ConfigDef([*self, *keys])

    def embed(self, prefix: str, group_prefix: str, start: int, child: ConfigDef) -> ConfigDef:
        """The same with all keys of ``child`` at the end, in `sorted_keys` order.

        Names and dependents get ``prefix``; the group becomes ``group_prefix``, with ``: <child's group>`` if there was
        one; the order counts up from ``start``. Validators and recommenders still see the child's own names.
        """
        keys = child.sorted_keys()
        return self.extended(embedded(key, prefix, group_prefix, start + n) for n, key in enumerate(keys))

    def sorted_keys(self) -> list[ConfigKey]:
        """Keys for reading: ungrouped first, then by group, order, required, importance, name."""
        places = {group: place for place, group in enumerate(self.groups, start=1)}

        def place(key: ConfigKey) -> tuple[int, int, bool, int, str]:
            group = places[key.group] if key.group else 0
            return group, key.order, not key.required, _IMPORTANCE.index(key.importance), key.name

        return sorted(self, key=place)

    def _undefined_dependents(self) -> Sequence[str]:
        names = (name for key in self for name in key.dependents)
        return list(dict.fromkeys(name for name in names if name not in self._keys))


def _parsed(key: ConfigKey, props: Mapping[str, Any], resolve_class: ResolveClass | None) -> Any:
    value = _value(key, props, resolve_class)
    _validated(key, value)
    return value


def _checked(key: ConfigKey, props: Mapping[str, Any], resolve_class: ResolveClass | None) -> ConfigValue:
    value, errors = None, []
    try:
        value = _value(key, props, resolve_class)
    except ConfigError as exc:
        errors.append(str(exc))
    try:
        _validated(key, value)
    except ConfigError as exc:
        errors.append(str(exc))
    return ConfigValue(key.name, value, errors=tuple(errors))


def _value(key: ConfigKey, props: Mapping[str, Any], resolve_class: ResolveClass | None) -> Any:
    if key.name in props:
        return parse_value(key.name, key.type, props[key.name], resolve_class)
    if key.required:
        raise ConfigError(f'Missing required configuration "{key.name}" which has no default value.', key=key.name)
    return key.default_value()


def _validated(key: ConfigKey, value: Any) -> None:
    if key.validator is None:
        return
    try:
        key.validator(key.name, value)
    except ConfigError as exc:
        if exc.key == key.name:
            raise
        raise ConfigError(str(exc), key=key.name) from exc  # an embedded validator knows the key without its prefix
    except Exception as exc:
        # A plugin's validator: whatever it meets, the user's value is what it choked on.
        raise invalid_value(key.name, value, f"the check of this value failed: {type(exc).__name__}: {exc}") from exc


def _advised(key: ConfigKey, value: ConfigValue, parsed: Mapping[str, Any]) -> ConfigValue:
    if key.recommender is None:
        return value
    try:
        offered = tuple(key.recommender.valid_values(key.name, parsed))
        return replace(value, recommended_values=offered, visible=key.recommender.visible(key.name, parsed))
    except ConfigError as exc:
        return value.with_errors(str(exc))


def _undefined(name: str) -> ConfigValue:
    return ConfigValue(name, errors=(f"{name} is referred in the dependents, but not defined.",), visible=False)
