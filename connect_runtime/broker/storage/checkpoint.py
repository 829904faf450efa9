"""Moving the write-ahead log into the database, mostly beside the writer.

A checkpoint copies pages and waits for the disk, which would stall every producer if the writer did it. So a thread of
its own copies what is there; since the writer goes on meanwhile, something is always left, and only that little is
copied between two transactions. After that SQLite starts the write-ahead log from its beginning again.
"""

import contextlib
import sqlite3
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

__all__ = ["Checkpointer"]

_BEGIN_BYTES = 16 * 1024 * 1024
_CHECKPOINT = "PRAGMA wal_checkpoint(PASSIVE)"


class Checkpointer:
    """Checkpoints a database. `after_commit` is for the writing thread, `close` for any.

    Args:
        database: The database file.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="broker-checkpoint")
        self._copying: Future[None] | None = None
        self._waiting_bytes = 0

    def after_commit(self, connection: sqlite3.Connection, written_bytes: int) -> None:
        """Begin or finish a checkpoint when it is time; `written_bytes` is about what the transaction wrote.

        One that fails loses nothing: the pages stay in the write-ahead log until a later one succeeds.
        """
        self._waiting_bytes += written_bytes
        with contextlib.suppress(sqlite3.Error):
            if self._copying is None and self._waiting_bytes >= _BEGIN_BYTES:
                self._waiting_bytes = 0
                self._copying = self._thread.submit(self._copy)
            elif self._copying is not None and self._copying.done():
                self._copying = None
                connection.execute(_CHECKPOINT).fetchone()

    def close(self) -> None:
        """Wait for a checkpoint under way; none begins any more."""
        self._thread.shutdown(wait=True)

    def _copy(self) -> None:
        with (
            contextlib.suppress(sqlite3.Error),
            contextlib.closing(sqlite3.connect(self._database, isolation_level=None)) as connection,
        ):
            connection.execute(_CHECKPOINT).fetchone()
