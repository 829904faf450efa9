"""A batch of source records as columns, for connectors that read much at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, overload

from connect_runtime.model.record import SourceRecord
from connect_runtime.model.schema import Schema

__all__ = ["SourceColumns", "Utf8Column"]


class SourceColumns(Sequence[SourceRecord]):
    """Records of one source partition for one topic: a sequence like any other, whose records are made when looked at.

    A source task may return one from ``poll``. What can work on columns, and that is all of the way to the topic when
    there are no transforms, then makes no records at all.

    Args:
        source_partition: Where the records came from, ``None`` for no tracking.
        offset_at: Source offset after the record of that index.
        topic: Where they go.
        values: Their values.
        value_schema: The schema of all values, ``None`` for schemaless data.
        keys: Their keys, ``None`` when they have none.
        key_schema: The schema of all keys.
        timestamp: Epoch milliseconds of all of them, ``None`` for the time of sending.
    """

    __slots__ = ("_offset_at", "key_schema", "keys", "source_partition", "timestamp", "topic", "value_schema", "values")

    def __init__(
        self,
        source_partition: dict[str, Any] | None,
        offset_at: Callable[[int], dict[str, Any] | None],
        topic: str,
        values: Sequence[Any],
        value_schema: Schema | None = None,
        keys: Sequence[Any] | None = None,
        key_schema: Schema | None = None,
        timestamp: int | None = None,
    ) -> None:
        self.source_partition = source_partition
        self._offset_at = offset_at
        self.topic = topic
        self.values = values
        self.value_schema = value_schema
        self.keys = keys
        self.key_schema = key_schema
        self.timestamp = timestamp

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, index: int) -> SourceRecord: ...

    @overload
    def __getitem__(self, index: slice) -> list[SourceRecord]: ...

    def __getitem__(self, index: int | slice) -> SourceRecord | list[SourceRecord]:
        if isinstance(index, slice):
            return [self._record(at) for at in range(*index.indices(len(self)))]
        return self._record(range(len(self))[index])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # like a list's

    def _record(self, index: int) -> SourceRecord:
        return SourceRecord(
            self.source_partition,
            self._offset_at(index),
            self.topic,
            self.values[index],
            self.value_schema,
            None if self.keys is None else self.keys[index],
            self.key_schema,
            timestamp=self.timestamp,
        )


class Utf8Column(Sequence[str]):
    """Texts held as UTF-8, decoded when they are looked at; who only passes them on never decodes them.

    Args:
        encoded: The texts, each valid UTF-8.
    """

    __slots__ = ("encoded",)

    def __init__(self, encoded: Sequence[bytes]) -> None:
        self.encoded = encoded

    def __len__(self) -> int:
        return len(self.encoded)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> Utf8Column: ...

    def __getitem__(self, index: int | slice) -> str | Utf8Column:
        if isinstance(index, slice):
            return Utf8Column(self.encoded[index])
        return self.encoded[index].decode()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # like a list's
