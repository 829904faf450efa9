"""The predicates of Kafka Connect: by header, by topic, and for tombstones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from connect_runtime.sdk import (
    ConfigDef,
    ConfigKey,
    Predicate,
    SinkRecord,
    SourceRecord,
    validators,
)

__all__ = ["HasHeaderKey", "RecordIsTombstone", "TopicNameMatches"]

_NAME: Final = "name"
_PATTERN: Final = "pattern"
_MOST_TOPICS: Final = 1000


class HasHeaderKey(Predicate):
    """True for records with at least one header of the configured name, whatever its value."""

    _name: str

    @classmethod
    def config_def(cls) -> ConfigDef:
        """``name``."""
        return ConfigDef(
            [
                ConfigKey(
                    _NAME,
                    required=True,
                    validator=validators.non_empty_string(),
                    doc="The header name, e.g. trace-id; case matters.",
                )
            ]
        )

    def configure(self, config: Mapping[str, str]) -> None:
        """Take the name. Raises: ConfigError."""
        self._name = self.config_def().parse(config)[_NAME]

    def test(self, record: SourceRecord | SinkRecord) -> bool:
        """Whether it has such a header."""
        name = self._name
        return any(header.key == name for header in record.headers)


class RecordIsTombstone(Predicate):
    """True for records that are tombstones: those with a null value, whatever its schema."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        """No options."""
        return ConfigDef()

    def configure(self, config: Mapping[str, str]) -> None:
        """There is nothing to set."""

    def test(self, record: SourceRecord | SinkRecord) -> bool:
        """Whether it is one."""
        return record.value is None


class TopicNameMatches(Predicate):
    """True for records with a topic name that matches the configured regular expression as a whole."""

    _matches: Callable[[str], bool]

    @classmethod
    def config_def(cls) -> ConfigDef:
        """``pattern``."""
        return ConfigDef(
            [
                ConfigKey(
                    _PATTERN,
                    required=True,
                    validator=validators.all_of(validators.non_empty_string(), validators.regex()),
                    doc="A Java regular expression for matching against the name of a record's topic, "
                    r"e.g. prod\..*",
                )
            ]
        )

    def configure(self, config: Mapping[str, str]) -> None:
        """Take the expression. Raises: ConfigError."""
        pattern = validators.compile_regex(self.config_def().parse(config)[_PATTERN])
        self._matches = lru_cache(_MOST_TOPICS)(lambda topic: pattern.fullmatch(topic) is not None)

    def test(self, record: SourceRecord | SinkRecord) -> bool:
        """Whether its topic matches; a record without topic does not."""
        return record.topic is not None and self._matches(record.topic)
