"""Source offsets in the offsets topic or standalone's file."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Event, Lock
from typing import Any, Protocol

import msgspec

from connect_runtime.errors import ConnectError, DataError
from connect_runtime.storage.log import KeyedRecord, Log, LogRecord
from connect_runtime.storage.offset_records import (
    canonical_partition,
    decode_offset_key,
    decode_offset_value,
    encode_offset_key,
    encode_offset_value,
)

__all__ = ["OffsetLookup", "OffsetStore", "StoredOffsetReader"]

_log = logging.getLogger(__name__)


class _Spelling(msgspec.Struct, frozen=True):
    """What the topic holds under one key; an offset of ``None`` is a deletion."""

    timestamp: int
    offset: dict[str, Any] | None


class _Entry(msgspec.Struct):
    """One source partition under all the keys seen for it.

    Kafka Connect writes the members of a key in whatever order a connector's map has them. Such keys may lie in
    different partitions of the topic, so only timestamps tell which is the newest.
    """

    partition: dict[str, Any] | None
    spellings: dict[bytes, _Spelling]

    def newest_key(self) -> bytes:
        # Of equal timestamps the last to arrive counts.
        return max(reversed(self.spellings), key=lambda key: self.spellings[key].timestamp)

    def offset(self) -> dict[str, Any] | None:
        return self.spellings[self.newest_key()].offset


class OffsetStore:
    """Offsets of all source connectors by connector and source partition.

    Partitions are the same when they have the same members, whatever their order; a partition that is in the topic
    keeps the key bytes it has there. Methods are thread safe.

    Args:
        log: The offsets topic or file.
        read_timeout_s: Limit for reading to the end before a lookup.
    """

    def __init__(self, log: Log, *, read_timeout_s: float = 90.0) -> None:
        self._log = log
        self._read_timeout_s = read_timeout_s
        self._lock = Lock()
        self._entries: dict[str, dict[bytes, _Entry]] = {}

    def start(self) -> None:
        """Read everything stored, then keep up with it in the background. Blocks. Raises: StorageError."""
        self._log.start(self._on_record)

    def stop(self) -> None:
        """Stop keeping up."""
        self._log.stop()

    def read(
        self, connector: str, partitions: Iterable[Mapping[str, Any] | None], *, give_up: Event | None = None
    ) -> list[dict[str, Any] | None]:
        """Offsets of these partitions in their order, ``None`` where there is none. Blocks: reads to the end first.

        Args:
            connector: Name of the connector.
            partitions: Source partitions.
            give_up: Ends the wait early when set.

        Raises:
            DataError: A partition could never have been stored.
            RetriableError: The end was not reached in time, or `give_up` was set.
        """
        wanted = []
        for partition in partitions:
            encode_offset_key(connector, partition)
            wanted.append(canonical_partition(partition))
        self._log.read_to_end(timeout_s=self._read_timeout_s, give_up=give_up)
        with self._lock:
            entries = self._entries.get(connector, {})
            found = [entry.offset() if (entry := entries.get(key)) is not None else None for key in wanted]
            return [None if offset is None else dict(offset) for offset in found]

    def read_all(self, connector: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Every source partition of a connector with its offset. Blocks: reads to the end first.

        Raises:
            RetriableError: The end was not reached in time.
        """
        self._log.read_to_end(timeout_s=self._read_timeout_s)
        with self._lock:
            return [
                (dict(entry.partition), dict(offset))
                for entry in self._entries.get(connector, {}).values()
                if entry.partition is not None and (offset := entry.offset()) is not None
            ]

    def write(
        self,
        connector: str,
        offsets: Sequence[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]],
        *,
        timeout_s: float,
    ) -> None:
        """Store offsets of source partitions and wait until they are safe; an offset of ``None`` deletes.

        All or nothing is checked before the first record is written; what is written arrives in order.

        Raises:
            DataError: A partition or offset has keys that are not text or values that are not primitive. Nothing was
            written. RetriableError: Not acknowledged in time; the offsets may still arrive. StorageError: The write
            was refused.
        """
        batch = self.records(connector, offsets)
        if batch:
            self._log.send(batch, timeout_s=timeout_s)

    def records(
        self, connector: str, offsets: Sequence[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]]
    ) -> list[KeyedRecord]:
        """What `write` would write, for whoever writes it by other means. Raises: DataError."""
        batch: list[KeyedRecord] = []
        for partition, offset in offsets:
            value = encode_offset_value(connector, offset)
            batch += [(key, value) for key in self._keys(connector, partition, deletion=value is None)]
        return batch

    def _keys(self, connector: str, partition: Mapping[str, Any] | None, *, deletion: bool) -> list[bytes]:
        fresh = encode_offset_key(connector, partition)
        with self._lock:
            entry = self._entries.get(connector, {}).get(canonical_partition(partition))
            if entry is None:
                return [fresh]
            # A deletion has to reach every spelling: an older one would come back once compaction drops the tombstone.
            return list(entry.spellings) if deletion else [entry.newest_key()]

    def _on_record(self, record: LogRecord) -> None:
        try:
            connector, partition = decode_offset_key(record.key or b"")
            offset = None if record.value is None else decode_offset_value(record.value)
        except DataError as exc:
            _log.warning(
                "Skipping a record of the offsets store",
                extra={
                    "partition": record.partition,
                    "offset": record.offset,
                    "key": repr(record.key),
                    "reason": str(exc),
                },
            )
            return
        key = record.key or b""
        with self._lock:
            entries = self._entries.setdefault(connector, {})
            entry = entries.setdefault(canonical_partition(partition), _Entry(partition, {}))
            entry.spellings.pop(key, None)
            entry.spellings[key] = _Spelling(record.timestamp or 0, offset)


class OffsetLookup(Protocol):
    """Where offsets are looked up: an `OffsetStore`, or a connector's own in front of it."""

    def read(
        self, connector: str, partitions: Iterable[Mapping[str, Any] | None], *, give_up: Event | None = None
    ) -> list[dict[str, Any] | None]:
        """Offsets of these partitions in their order, ``None`` where there is none. Raises: ConnectError."""
        ...


class StoredOffsetReader:
    """The `OffsetReader` of one connector or task. Closing it, from any thread, ends reads that are waiting.

    Args:
        store: Where offsets are looked up.
        connector: Name of the connector.
        on_close: Called when the reader is closed; must be quick.
    """

    def __init__(self, store: OffsetLookup, connector: str, on_close: Callable[[], None] = lambda: None) -> None:
        self._on_close = on_close
        self._store = store
        self._connector = connector
        self._closed = Event()

    def offset(self, partition: Mapping[str, Any]) -> dict[str, Any] | None:
        """The offset stored for one source partition, ``None`` when there is none. Blocks. Raises: ConnectError."""
        return self.offsets([partition])[0]

    def offsets(self, partitions: Iterable[Mapping[str, Any]]) -> list[dict[str, Any] | None]:
        """The offsets of several source partitions, in their order. Blocks. Raises: ConnectError."""
        self._check_open()
        try:
            found = self._store.read(self._connector, partitions, give_up=self._closed)
        except ConnectError:
            self._check_open()
            raise
        self._check_open()
        return found

    def close(self) -> None:
        """Let no read succeed from now on."""
        self._closed.set()
        self._on_close()

    def _check_open(self) -> None:
        if self._closed.is_set():
            raise ConnectError(f"Offsets of connector {self._connector} cannot be read: it was shut down meanwhile")
