"""Sample records as users write them in JSON, for previews."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import orjson

from connect_runtime.errors import BadRequestError, ConnectError
from connect_runtime.model import SourceRecord, TimestampType
from connect_runtime.model.described_record import record_of

__all__ = ["SampleMessage", "sink_samples", "source_samples"]

_SINK: Final = frozenset({"topic", "partition", "offset", "timestamp", "key", "value", "headers"})
_SOURCE: Final = frozenset({"topic", "partition", "timestamp", "key", "key_schema", "value", "value_schema", "headers"})
_INTEGERS: Final = ("partition", "offset", "timestamp")
Sample = TypeVar("Sample")


class SampleMessage:
    """A message that is in no topic; stands where a consumed one would.

    Args:
        spec: The sample's members.
        offset: Offset for one that names none.
        topic: The same for its topic.
    """

    def __init__(self, spec: Mapping[str, Any], offset: int, topic: str) -> None:
        self._topic: str = spec.get("topic", topic)
        self._partition: int = spec.get("partition", 0)
        self._offset: int = spec.get("offset", offset)
        self._timestamp: int | None = spec.get("timestamp")
        self._key = _bytes(spec.get("key"))
        self._value = _bytes(spec.get("value"))
        self._headers = [(header["key"], _bytes(header.get("value"))) for header in spec.get("headers") or ()]

    def topic(self) -> str:
        """Topic it is said to be from."""
        return self._topic

    def partition(self) -> int:
        """The same for its partition."""
        return self._partition

    def offset(self) -> int:
        """The same for its offset."""
        return self._offset

    def key(self) -> bytes | None:
        """Key bytes."""
        return self._key

    def value(self) -> bytes | None:
        """Value bytes."""
        return self._value

    def headers(self) -> Sequence[tuple[str, bytes | None]] | None:
        """Headers in order."""
        return self._headers or None

    def timestamp(self) -> tuple[int, int]:
        """Type and epoch milliseconds."""
        if self._timestamp is None:
            return TimestampType.NO_TIMESTAMP, -1
        return TimestampType.CREATE_TIME, self._timestamp


def sink_samples(entries: Sequence[Any], topic: str) -> list[SampleMessage]:
    """Messages for a sink.

    An object with a ``value`` or ``key`` is a message; anything else is the value of one. Bytes are written as text,
    ``{"base64": …}``, or as any other JSON for its text.

    Args:
        entries: The samples, as parsed JSON.
        topic: Topic of those that name none.

    Raises:
        BadRequestError: One of them is no message.
    """
    return _samples(entries, _SINK, lambda spec, place: SampleMessage(spec, place, topic))


def source_samples(entries: Sequence[Any], topic: str | None) -> list[SourceRecord]:
    """Records of a source.

    An object with a ``value`` or ``key`` is a record; anything else is the value of one. Values with a schema are
    described as `connect_runtime.model.described` says.

    Args:
        entries: The samples, as parsed JSON.
        topic: Topic of those that name none.

    Raises:
        BadRequestError: One of them is no record.
    """
    return _samples(entries, _SOURCE, lambda spec, _place: _source_record(spec, topic))


def _samples(
    entries: Sequence[Any], members: frozenset[str], make: Callable[[Mapping[str, Any], int], Sample]
) -> list[Sample]:
    made = []
    for place, entry in enumerate(entries):
        try:
            made.append(make(_members(entry, members), place))
        except (KeyError, ValueError, TypeError, AttributeError, ArithmeticError, ConnectError) as exc:
            what = f"{exc} is missing" if isinstance(exc, KeyError) else str(exc)
            raise BadRequestError(f"records[{place}] cannot be read: {what}") from exc
    return made


def _members(entry: Any, members: frozenset[str]) -> Mapping[str, Any]:
    if not (isinstance(entry, dict) and ("value" in entry or "key" in entry)):
        return {"value": entry}
    unknown = sorted(entry.keys() - members)
    if unknown:
        raise ValueError(f"it has the unknown member {unknown[0]!r}: known are {', '.join(sorted(members))}")
    for name in _INTEGERS:
        number = entry.get(name)
        if number is not None and type(number) is not int:
            raise ValueError(f"its {name} is {number!r}, but must be an integer")
    if not isinstance(entry.get("topic"), str | None):
        raise TypeError("its topic must be a string")
    return {name: part for name, part in entry.items() if part is not None or name in ("key", "value")}


def _source_record(spec: Mapping[str, Any], topic: str | None) -> SourceRecord:
    nothing = dict.fromkeys(("partition", "timestamp", "key_schema", "key", "value_schema", "value"))
    headers = [{"schema": None, **header} for header in spec.get("headers") or ()]
    made = record_of({"record": "source", "topic": topic, **nothing, **spec, "headers": headers})
    if not isinstance(made, SourceRecord):
        raise TypeError("it is no source record")
    return made


def _bytes(spec: Any) -> bytes | None:
    match spec:
        case None:
            return None
        case str():
            return spec.encode("utf-8")
        case {"base64": str() as text} if len(spec) == 1:
            try:
                return b64decode(text, validate=True)
            except binascii.Error as exc:
                raise ValueError(f"{text!r} is not base64: {exc}") from exc
        case _:
            return orjson.dumps(spec)
