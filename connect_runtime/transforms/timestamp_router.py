"""TimestampRouter: topics that carry the record's date."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from msgspec.structs import replace

from connect_runtime.sdk import AnyRecord, ConfigDef, ConfigKey, DataError, Importance, Transform
from connect_runtime.transforms.date_format import formatter
from connect_runtime.transforms.date_pattern import DatePattern, parse_pattern

__all__ = ["TimestampRouter"]

_TOPIC_FORMAT: Final = "topic.format"
_TIMESTAMP_FORMAT: Final = "timestamp.format"
_MOST_TOPICS: Final = 10_000


class TimestampRouter(Transform):
    """Updates the record's topic as a function of the original topic value and the record timestamp.

    This is mainly useful for sink connectors, since the topic is often used to determine the equivalent entity name in
    the destination system. Times are in UTC. A record without timestamp is an error.
    """

    _topic_format: str
    _timestamp_format: str
    _pattern: DatePattern | None
    _route: Callable[[str | None, int], str]

    @classmethod
    def config_def(cls) -> ConfigDef:
        """``topic.format`` and ``timestamp.format``."""
        return ConfigDef(
            [
                ConfigKey(
                    _TOPIC_FORMAT,
                    default="${topic}-${timestamp}",
                    importance=Importance.HIGH,
                    doc="Format string which can contain ${topic} and ${timestamp} as placeholders for the topic and "
                    "timestamp, respectively.",
                ),
                ConfigKey(
                    _TIMESTAMP_FORMAT,
                    default="yyyyMMdd",
                    importance=Importance.HIGH,
                    doc="Format string for the timestamp that is compatible with java.text.SimpleDateFormat, "
                    "e.g. yyyy-MM.",
                ),
            ]
        )

    def configure(self, config: Mapping[str, str]) -> None:
        """Take the formats; a bad one shows with the first record, as in Connect. Raises: ConfigError."""
        options = self.config_def().parse(config)
        self._topic_format, self._timestamp_format = options[_TOPIC_FORMAT], options[_TIMESTAMP_FORMAT]
        self._pattern = None
        self._route = lru_cache(_MOST_TOPICS)(self._routed)

    def apply(self, record: AnyRecord) -> AnyRecord | None:
        """The record, for its new topic. Raises: DataError."""
        return self.apply_batch([record])[0]

    def apply_batch(self, records: Sequence[AnyRecord]) -> Sequence[AnyRecord | None]:
        """`apply` to each; the first bad record raises. Raises: DataError."""
        if self._pattern is None:
            self._pattern = parse_pattern(self._timestamp_format)
        route, span_ms, changed = self._route, self._pattern.granularity_ms, []
        for record in records:
            if record.timestamp is None:
                raise DataError(f"Timestamp missing on record of topic {record.topic}: it cannot be routed by it")
            changed.append(replace(record, topic=route(record.topic, record.timestamp // span_ms)))
        return changed

    def _routed(self, topic: str | None, span: int) -> str:
        if topic is None:
            raise DataError("A record without topic cannot be routed: set one in the connector")
        if self._pattern is None:
            raise DataError("TimestampRouter was not configured")
        timestamp = formatter(self._pattern)(span * self._pattern.granularity_ms)
        return self._topic_format.replace("${topic}", topic).replace("${timestamp}", timestamp)
