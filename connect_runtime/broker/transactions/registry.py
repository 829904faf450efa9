"""All transactional ids: what is durable, what is about to be, and the rows they are kept in."""

import json
import sqlite3
from collections.abc import Iterator, Mapping

from connect_runtime.broker.groups.offsets import CommittedOffset, TopicPartition
from connect_runtime.broker.storage.writer import Statement
from connect_runtime.broker.transactions.transaction import Transaction, TransactionState

__all__ = ["PutTransaction", "TransactionRegistry", "forget_statement", "load_transactions"]

_PUT = "INSERT OR REPLACE INTO txn VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_DELETE = "DELETE FROM txn WHERE transactional_id = ?"
_SELECT = (
    "SELECT transactional_id, producer_id, epoch, timeout_ms, updated, state, last_epoch, previous_producer_id,"
    " started, contents FROM txn"
)


class TransactionRegistry:
    """Transactions by transactional id. Owned by the loop's thread.

    Changes decide by `newest`, which counts what is being written; everybody else sees what is durable.
    """

    def __init__(self) -> None:
        self._durable: dict[str, Transaction] = {}
        self._staged: dict[str, Transaction] = {}

    def __iter__(self) -> Iterator[Transaction]:
        """Every durable transaction, as of the moment of the call."""
        return iter(list(self._durable.values()))

    def find(self, transactional_id: str) -> Transaction | None:
        """The durable transaction of that id, None when there is none."""
        return self._durable.get(transactional_id)

    def newest(self, transactional_id: str) -> Transaction | None:
        """The transaction of that id as earlier staged changes leave it."""
        return self._staged.get(transactional_id) or self._durable.get(transactional_id)

    def unstable(self, group_id: str) -> set[TopicPartition]:
        """Partitions with an offset of that group in an open transaction."""
        return {
            partition
            for transaction in self._durable.values()
            if transaction.is_open
            for partition in transaction.offsets.get(group_id, ())
        }

    def stage(self, transaction: Transaction) -> Transaction | None:
        """Have `newest` return it; returns what is to be given to `unstage` should it not become durable."""
        before = self._staged.get(transaction.transactional_id)
        self._staged[transaction.transactional_id] = transaction
        return before

    def unstage(self, transactional_id: str, before: Transaction | None) -> None:
        """Take `stage` back."""
        if before is None:
            self._staged.pop(transactional_id, None)
        else:
            self._staged[transactional_id] = before

    def put(self, transaction: Transaction) -> None:
        """It is durable."""
        self._durable[transaction.transactional_id] = transaction
        if self._staged.get(transaction.transactional_id) is transaction:
            del self._staged[transaction.transactional_id]

    def remove(self, transactional_id: str) -> None:
        """It is durably forgotten."""
        self._durable.pop(transactional_id, None)


class PutTransaction:
    """A change that makes a transaction's next value durable."""

    def __init__(self, registry: TransactionRegistry, transaction: Transaction) -> None:
        self._registry = registry
        self._transaction = transaction
        self._before: Transaction | None = None

    def stage(self) -> list[Statement]:
        """Write it."""
        self._before = self._registry.stage(self._transaction)
        return [(_PUT, [_row(self._transaction)])]

    def apply(self) -> None:
        """Let everybody see it."""
        self._registry.put(self._transaction)

    def revert(self) -> None:
        """Decide by what was before."""
        self._registry.unstage(self._transaction.transactional_id, self._before)


def forget_statement(transactional_ids: list[str]) -> Statement:
    """Deletes the rows of these ids."""
    return _DELETE, [(transactional_id,) for transactional_id in transactional_ids]


def load_transactions(connection: sqlite3.Connection) -> TransactionRegistry:
    """Read all transactions at the start of the broker."""
    registry = TransactionRegistry()
    for (
        transactional_id,
        producer_id,
        epoch,
        timeout_ms,
        updated,
        state,
        last,
        previous,
        started,
        contents,
    ) in connection.execute(_SELECT):
        partitions, offsets = _unpack(contents)
        registry.put(
            Transaction(
                transactional_id=transactional_id,
                producer_id=producer_id,
                epoch=epoch,
                timeout_ms=timeout_ms,
                updated_ms=updated,
                state=TransactionState(state),
                last_epoch=last,
                previous_producer_id=previous,
                started_ms=started,
                partitions=partitions,
                offsets=offsets,
            )
        )
    return registry


def _row(transaction: Transaction) -> tuple[str | int | None, ...]:
    return (
        transaction.transactional_id,
        transaction.producer_id,
        transaction.epoch,
        transaction.timeout_ms,
        transaction.updated_ms,
        transaction.state.value,
        transaction.last_epoch,
        transaction.previous_producer_id,
        transaction.started_ms,
        _pack(transaction),
    )


def _pack(transaction: Transaction) -> str:
    offsets = {
        group_id: [
            [topic, number, offset.offset, offset.leader_epoch, offset.metadata, offset.committed_ms]
            for (topic, number), offset in of_group.items()
        ]
        for group_id, of_group in transaction.offsets.items()
    }
    return json.dumps({"partitions": sorted(transaction.partitions), "offsets": offsets})


def _unpack(
    contents: str,
) -> tuple[frozenset[TopicPartition], Mapping[str, Mapping[TopicPartition, CommittedOffset]]]:
    read = json.loads(contents)
    offsets = {
        group_id: {(topic, number): CommittedOffset(*offset) for topic, number, *offset in of_group}
        for group_id, of_group in read["offsets"].items()
    }
    return frozenset((topic, number) for topic, number in read["partitions"]), offsets
