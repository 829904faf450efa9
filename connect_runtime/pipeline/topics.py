"""Topics that a source connector creates before it first writes to them (the ``topic.creation.*`` keys)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from connect_runtime.errors import ConfigError

__all__ = ["NewTopic", "TopicAdmin", "TopicCreation", "TopicRules"]

PREFIX = "topic.creation."
DEFAULT_GROUP = "default"
OWN_KEYS = frozenset({"include", "exclude", "replication.factor", "partitions"})


@dataclass(frozen=True, slots=True)
class NewTopic:
    """A topic to be created; -1 leaves a number to the broker."""

    name: str
    partitions: int
    replication_factor: int
    configs: Mapping[str, str]


class TopicAdmin(Protocol):
    """What creating topics needs of an admin client; both calls block."""

    def topic_exists(self, name: str) -> bool:
        """Whether the broker has that topic.

        Raises:
            RetriableError: The broker did not answer.
        """
        ...

    def create_topic(self, topic: NewTopic) -> None:
        """Create a topic; that it exists already is fine.

        Raises:
            RetriableError: The broker did not answer.
            ConnectError: It refused.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Group:
    partitions: int
    replication_factor: int
    configs: Mapping[str, str]
    include: tuple[re.Pattern[str], ...]
    exclude: tuple[re.Pattern[str], ...]

    def takes(self, topic: str) -> bool:
        return any(p.fullmatch(topic) for p in self.include) and not any(p.fullmatch(topic) for p in self.exclude)


@dataclass(frozen=True, slots=True)
class TopicRules:
    """Which settings a new topic gets: the first group that takes its name, else the default group."""

    default: _Group
    groups: tuple[_Group, ...]

    @classmethod
    def of(cls, config: Mapping[str, str]) -> TopicRules | None:
        """The rules in a source connector's configuration, ``None`` when it has no ``topic.creation.*`` key.

        Raises:
            ConfigError: A value is bad, or one of the default group's is missing.
        """
        if not any(key.startswith(PREFIX) for key in config):
            return None
        default = _group(config, DEFAULT_GROUP, None)
        names = [name.strip() for name in config.get(f"{PREFIX}groups", "").split(",") if name.strip()]
        return cls(default, tuple(_group(config, name, default) for name in names if name != DEFAULT_GROUP))

    def settings_for(self, topic: str) -> NewTopic:
        """How to create a topic of that name."""
        group = next((group for group in self.groups if group.takes(topic)), self.default)
        return NewTopic(topic, group.partitions, group.replication_factor, group.configs)


class TopicCreation:
    """Makes sure that a source task's topics exist. Used by one thread, the task's."""

    def __init__(self, rules: TopicRules | None, admin: TopicAdmin) -> None:
        self._rules = rules
        self._admin = admin
        self._known: set[str] = set()

    def ensure(self, topic: str) -> None:
        """Create the topic by the connector's rules if it is missing. Blocks on the first record of a topic only.

        Raises:
            RetriableError: The broker did not answer.
            ConnectError: The topic is missing and cannot be created.
        """
        if self._rules is None or topic in self._known:
            return
        if not self._admin.topic_exists(topic):
            self._admin.create_topic(self._rules.settings_for(topic))
        self._known.add(topic)


def _group(config: Mapping[str, str], name: str, default: _Group | None) -> _Group:
    prefix = f"{PREFIX}{name}."
    own = {key.removeprefix(prefix): value.strip() for key, value in config.items() if key.startswith(prefix)}
    include = _patterns(prefix, "include", own)
    if default is not None and not include:
        raise ConfigError(
            f"Missing required configuration {prefix}include: say which topics the group takes", key=f"{prefix}include"
        )
    return _Group(
        _number(prefix, "partitions", own, None if default is None else default.partitions),
        _number(prefix, "replication.factor", own, None if default is None else default.replication_factor),
        {key: value for key, value in own.items() if key not in OWN_KEYS},
        include,
        _patterns(prefix, "exclude", own),
    )


def _number(prefix: str, key: str, own: Mapping[str, str], inherited: int | None) -> int:
    text = own.get(key)
    if text is None:
        if inherited is None:
            raise ConfigError(
                f"Missing required configuration {prefix}{key}: it is needed once any {PREFIX}* key is set",
                key=prefix + key,
            )
        return inherited
    if not re.fullmatch(r"-1|[1-9][0-9]*", text):
        raise ConfigError(
            f"Invalid value {text} for configuration {prefix}{key}: must be positive, or -1 for the broker's default",
            key=prefix + key,
        )
    return int(text)


def _patterns(prefix: str, key: str, own: Mapping[str, str]) -> tuple[re.Pattern[str], ...]:
    try:
        return tuple(re.compile(item.strip()) for item in own.get(key, "").split(",") if item.strip())
    except re.error as error:
        raise ConfigError(
            f"Invalid value {own[key]} for configuration {prefix}{key}: Invalid regex: {error}", key=prefix + key
        ) from error
