"""Source offsets of one connector in a topic of its own, or in the worker's through clients of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Event, Lock
from typing import Any

from connect_runtime.errors import ConnectError, StorageError
from connect_runtime.storage.log import KeyedRecord
from connect_runtime.storage.offset_records import canonical_partition
from connect_runtime.storage.offsets import OffsetStore

__all__ = ["ConnectorOffsets", "OffsetPairs"]

_log = logging.getLogger(__name__)
OffsetPairs = Sequence[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]]
"""Source partitions with their offsets; an offset of ``None`` deletes."""


class ConnectorOffsets:
    """A connector's own store, and behind it the worker's for what is not there yet.

    What is written to the own store is copied to the worker's, so that the connector can go back to it; what is
    deleted is deleted there first, so that it never comes back from behind. Methods are thread safe; the first read or
    write opens the own store.

    Args:
        own: The connector's own store.
        behind: The worker's store, which somebody else starts and stops; ``None`` when both are the same topic.
        prepare: Called before the own store is read for the first time: creates and checks its topic. Blocks.
        release: Called last: closes the clients of the own store.
    """

    def __init__(
        self,
        own: OffsetStore,
        behind: OffsetStore | None,
        prepare: Callable[[], None],
        release: Callable[[], None],
    ) -> None:
        self._own = own
        self._behind = behind
        self._prepare = prepare
        self._release = release
        self._lock = Lock()
        self._has_started = False
        self._has_stopped = False

    def start(self) -> None:
        """Make sure of the topic and read it; later calls do nothing. Blocks. Raises: ConnectError."""
        with self._lock:
            if self._has_stopped:
                raise StorageError("The connector's offsets are not read any more: it was shut down")
            if not self._has_started:
                self._prepare()
                self._own.start()
                self._has_started = True

    def stop(self) -> None:
        """Release the clients. Blocks for a moment, or as long as a `start` that is under way."""
        with self._lock:
            if self._has_stopped:
                return
            self._has_stopped = True
            if self._has_started:
                self._own.stop()
            self._release()

    def read(
        self, connector: str, partitions: Iterable[Mapping[str, Any] | None], *, give_up: Event | None = None
    ) -> list[dict[str, Any] | None]:
        """Offsets of these partitions in their order: the own one, else the worker's, else ``None``. Blocks.

        Raises:
            ConnectError: A store cannot be read, or `give_up` was set.
        """
        wanted = list(partitions)
        self.start()
        found = self._own.read(connector, wanted, give_up=give_up)
        missing = [index for index, offset in enumerate(found) if offset is None]
        if missing and self._behind is not None:
            older = self._behind.read(connector, [wanted[index] for index in missing], give_up=give_up)
            for index, offset in zip(missing, older, strict=True):
                found[index] = offset
        return found

    def read_all(self, connector: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Every source partition of the connector with its offset. Blocks. Raises: ConnectError."""
        self.start()
        own = self._own.read_all(connector)
        if self._behind is None:
            return own
        known = {canonical_partition(partition) for partition, _ in own}
        older = self._behind.read_all(connector)
        return own + [pair for pair in older if canonical_partition(pair[0]) not in known]

    def write(self, connector: str, offsets: OffsetPairs, *, timeout_s: float) -> None:
        """Store offsets and wait until they are safe in the own store. Blocks.

        Raises:
            ConnectError: As `OffsetStore.write`; also when a deletion did not reach the worker's store.
        """
        self.start()
        self.prepare(connector, offsets, timeout_s=timeout_s)
        self._own.write(connector, offsets, timeout_s=timeout_s)
        self.note_written(connector, offsets, timeout_s=timeout_s)

    def prepare(self, connector: str, offsets: OffsetPairs, *, timeout_s: float) -> list[KeyedRecord]:
        """Delete in the worker's store what is to be deleted; the records to be written to the own topic then. Blocks.

        Raises:
            DataError: An offset cannot be stored; nothing was written.
            ConnectError: The worker's store could not be written.
        """
        records = self._own.records(connector, offsets)
        deletions = [pair for pair in offsets if pair[1] is None]
        if deletions and self._behind is not None:
            self._behind.write(connector, deletions, timeout_s=timeout_s)
        return records

    def note_written(self, connector: str, offsets: OffsetPairs, *, timeout_s: float) -> None:
        """Copy to the worker's store what was written to the own; that this fails is logged only. Blocks."""
        copies = [pair for pair in offsets if pair[1] is not None]
        if not copies or self._behind is None:
            return
        try:
            self._behind.write(connector, copies, timeout_s=timeout_s)
        except ConnectError as error:
            _log.warning(
                "The offsets of a connector could not be copied to the worker's offsets topic; its own topic has them",
                extra={"connector": connector, "reason": str(error)},
            )
