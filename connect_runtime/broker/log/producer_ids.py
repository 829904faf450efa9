"""Producer ids: given out once in the life of a folder."""

from connect_runtime.broker.storage.writer import Statement, Writer

__all__ = ["ProducerIds"]

_BLOCK = 1000


class ProducerIds:
    """Gives out ids from blocks that are reserved in the database beforehand. Owned by the loop's thread.

    Args:
        first: First id that no earlier run of the broker can have given out.
    """

    def __init__(self, first: int) -> None:
        self._next = first
        self._reserved_to = first

    async def take(self, writer: Writer) -> int:
        """A new id.

        Raises:
            StorageError: A new block could not be reserved.
        """
        while self._next >= self._reserved_to:
            await writer.submit(_Reserve(self))
        taken = self._next
        self._next += 1
        return taken

    def extend_to(self, end: int) -> None:
        """Ids below `end` are reserved."""
        self._reserved_to = max(self._reserved_to, end)

    @property
    def next_block_end(self) -> int:
        """Where the block after the current one ends."""
        return self._reserved_to + _BLOCK


class _Reserve:
    def __init__(self, ids: ProducerIds) -> None:
        self._ids = ids
        self._end = 0

    def stage(self) -> list[Statement]:
        self._end = self._ids.next_block_end
        return [("UPDATE meta SET value = ? WHERE key = 'next_producer_id'", [(str(self._end),)])]

    def apply(self) -> None:
        self._ids.extend_to(self._end)

    def revert(self) -> None:
        pass
