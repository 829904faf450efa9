"""RegexRouter: topics renamed by a regular expression."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from msgspec.structs import replace

from connect_runtime.sdk import AnyRecord, ConfigDef, ConfigKey, DataError, Importance, Transform, validators

__all__ = ["RegexRouter"]

_REGEX: Final = "regex"
_REPLACEMENT: Final = "replacement"
_MOST_TOPICS: Final = 1000
_NAMED: Final = re.compile(r"\{([a-zA-Z][a-zA-Z0-9]*)\}")


class RegexRouter(Transform):
    """Updates the record topic using a regular expression and a replacement string.

    If the regex matches the whole topic, the first part of it that the regex finds is replaced; other topics stay.
    ``$1`` and ``${name}`` in the replacement stand for what a group matched, a backslash makes the next character
    plain. The partition is not changed.
    """

    _route: Callable[[str | None], str]

    @classmethod
    def config_def(cls) -> ConfigDef:
        """``regex`` and ``replacement``."""
        return ConfigDef(
            [
                ConfigKey(
                    _REGEX,
                    required=True,
                    validator=validators.regex(),
                    importance=Importance.HIGH,
                    doc=r"Regular expression to use for matching, in Java's syntax, e.g. prod\.(.*)",
                ),
                ConfigKey(
                    _REPLACEMENT, required=True, importance=Importance.HIGH, doc="Replacement string, e.g. staging.$1"
                ),
            ]
        )

    def configure(self, config: Mapping[str, str]) -> None:
        """Take expression and replacement. Raises: ConfigError."""
        options = self.config_def().parse(config)
        pattern, replacement = validators.compile_regex(options[_REGEX]), options[_REPLACEMENT]
        self._route = lru_cache(_MOST_TOPICS)(lambda topic: _routed(pattern, replacement, topic))

    def apply(self, record: AnyRecord) -> AnyRecord | None:
        """The record, for its new topic. Raises: DataError."""
        return self.apply_batch([record])[0]

    def apply_batch(self, records: Sequence[AnyRecord]) -> Sequence[AnyRecord | None]:
        """`apply` to each; the first bad record raises. Raises: DataError."""
        route, changed = self._route, []
        for record in records:
            topic = route(record.topic)
            changed.append(record if topic == record.topic else replace(record, topic=topic))
        return changed


def _routed(pattern: re.Pattern[str], replacement: str, topic: str | None) -> str:
    if topic is None:
        raise DataError("A record without topic cannot be routed: set one in the connector")
    found = pattern.search(topic) if pattern.fullmatch(topic) else None
    return topic if found is None else topic[: found.start()] + _expanded(replacement, found) + topic[found.end() :]


def _expanded(replacement: str, found: re.Match[str]) -> str:
    """The replacement as Java's ``Matcher.appendReplacement`` reads it."""
    parts, position = [], 0
    while position < len(replacement):
        char = replacement[position]
        if char == "\\":
            if position + 1 == len(replacement):
                raise DataError(f"replacement {replacement!r} ends in a backslash: write two of them for one")
            parts.append(replacement[position + 1])
            position += 2
        elif char == "$":
            text, position = _group(replacement, position + 1, found)
            parts.append(text)
        else:
            parts.append(char)
            position += 1
    return "".join(parts)


def _group(replacement: str, position: int, found: re.Match[str]) -> tuple[str, int]:
    if named := _NAMED.match(replacement, position):
        if named[1] not in found.re.groupindex:
            raise DataError(f"replacement {replacement!r} names a group {named[1]} that the regex does not have")
        return found[named[1]] or "", named.end()
    digits = position
    while digits < len(replacement) and replacement[digits] in "0123456789":
        if digits > position and int(replacement[position : digits + 1]) > found.re.groups:
            break  # $12 is group 1 and a 2, when there are fewer than 12 groups
        digits += 1
    if digits == position:
        raise DataError(f"replacement {replacement!r} has a $ that names no group: write \\$ for the character")
    number = int(replacement[position:digits])
    if number > found.re.groups:
        raise DataError(f"No group {number}: the regex has {found.re.groups}, the replacement is {replacement!r}")
    return found[number] or "", digits
