"""All writing to the database: many changes, one transaction.

While one transaction is being committed on the writer thread, the changes that arrive meanwhile wait and become the
next one. A change is answered when its transaction is committed, so the busier the broker, the larger the groups.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from connect_runtime.broker.errors import ApiError, StorageError
from connect_runtime.broker.storage.checkpoint import Checkpointer

__all__ = ["Change", "Statement", "Writer"]

Statement = tuple[str, Sequence[Sequence[Any]] | None]
"""SQL and the parameter rows to run it with; None runs it once, for what is no INSERT, UPDATE or DELETE."""

_PAGE_BYTES = 8192
"""What a row costs in the write-ahead log beside its blob."""


class Change(Protocol):
    """Something to be made durable. All three methods run on the loop's thread and do no I/O.

    Between `stage` and `apply` or `revert` of a change, only changes of the same transaction are staged; `revert` is
    called in the reverse order of `stage`.
    """

    def stage(self) -> Sequence[Statement]:
        """Decide, against the state as earlier staged changes leave it, and say what to write.

        Raises:
            ApiError: The change is refused; nothing was staged.
        """

    def apply(self) -> None:
        """Make the change visible: it is committed."""

    def revert(self) -> None:
        """Take back what `stage` did: the transaction was rolled back."""


class Writer:
    """Commits changes in groups. Owned by the loop's thread; only `_execute` runs on its own.

    Args:
        connection: The writing connection.
        database: The database file.
        on_fault: Told of an error that made a group fail (for the log), and of None when writing works again.
    """

    def __init__(
        self, connection: sqlite3.Connection, database: Path, on_fault: Callable[[sqlite3.Error | None], None]
    ) -> None:
        self._connection = connection
        self._on_fault = on_fault
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="broker-writer")
        self._checkpointer = Checkpointer(database)
        self._waiting: list[tuple[Change, asyncio.Future[None]]] = []
        self._is_running = False
        self._is_closed = False

    def submit(self, change: Change) -> asyncio.Future[None]:
        """Queue a change, behind all queued before it. The future is done when the change is durable.

        The future raises `ApiError` when the change is refused and `StorageError` when it could not be written.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        if self._is_closed:
            done.set_exception(StorageError("the broker is stopping"))
            return done
        self._waiting.append((change, done))
        if not self._is_running:
            self._is_running = True
            loop.call_soon(self._start_group)
        return done

    async def close(self) -> None:
        """Write what is queued, then close the connection. Later changes are refused."""
        self._is_closed = True
        while self._is_running:
            await asyncio.sleep(0.005)
        self._thread.shutdown(wait=True)
        self._checkpointer.close()
        self._connection.close()

    def _start_group(self) -> None:
        waiting, self._waiting = self._waiting, []
        staged: list[tuple[Change, asyncio.Future[None]]] = []
        statements: list[Statement] = []
        for change, done in waiting:
            try:
                statements.extend(change.stage())
            except ApiError as refusal:
                _fail(done, refusal)
            else:
                staged.append((change, done))
        if not statements:
            self._finish_group(staged)
            return
        execution = asyncio.get_running_loop().run_in_executor(self._thread, self._execute, statements)
        execution.add_done_callback(lambda finished: self._end_group(staged, finished.exception()))

    def _end_group(self, staged: list[tuple[Change, asyncio.Future[None]]], error: BaseException | None) -> None:
        if error is None:
            self._on_fault(None)
            self._finish_group(staged)
            return
        for change, _ in reversed(staged):
            change.revert()
        if isinstance(error, sqlite3.Error):
            self._on_fault(error)
        for _, done in staged:
            _fail(done, StorageError(str(error)))
        self._go_on()

    def _finish_group(self, staged: list[tuple[Change, asyncio.Future[None]]]) -> None:
        for change, done in staged:
            change.apply()
            if not done.done():
                done.set_result(None)
        self._go_on()

    def _go_on(self) -> None:
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._start_group)
        else:
            self._is_running = False

    def _execute(self, statements: Sequence[Statement]) -> None:
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            for sql, rows in statements:
                if rows is None:
                    connection.execute(sql).fetchall()
                else:
                    connection.executemany(sql, rows)
            connection.execute("COMMIT")
        except sqlite3.Error:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise
        self._checkpointer.after_commit(connection, _written_bytes(statements))


def _written_bytes(statements: Sequence[Statement]) -> int:
    size = 0
    for _, rows in statements:
        for row in rows or ():
            size += _PAGE_BYTES
            for value in row:
                if isinstance(value, bytes):
                    size += len(value)
    return size


def _fail(done: asyncio.Future[None], error: Exception) -> None:
    if not done.done():
        done.set_exception(error)
