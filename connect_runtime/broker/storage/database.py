"""The SQLite file: where it lies, how it is opened, what is in it.

A record batch is one row. Its row id is made of the partition's id and the batch's base offset, so that the rows of a
partition lie side by side in offset order and need no index.
"""

import secrets
import sqlite3
import uuid
from pathlib import Path

from connect_runtime.broker.errors import FolderUnusableError

__all__ = [
    "DATABASE_NAME",
    "INSERT_BATCH",
    "OFFSET_BITS",
    "PUT_PRODUCER",
    "cluster_id",
    "open_reader",
    "open_writer",
    "row_key",
]

DATABASE_NAME = "log.sqlite"
OFFSET_BITS = 42
"""2^42 offsets per partition (50 days of a million records a second), 2^21 partitions over the life of a folder."""

_PAGE_BYTES = 8192
_APPLICATION_ID = 0x6B6C6F67
_SCHEMA_VERSION = 2
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE topic (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    uuid BLOB NOT NULL UNIQUE
);
CREATE TABLE topic_config (
    topic_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (topic_id, key)
) WITHOUT ROWID;
CREATE TABLE partition (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    topic_id INTEGER,                            -- NULL: the topic is gone, the rows below wait to be swept
    number INTEGER NOT NULL,
    log_start INTEGER NOT NULL DEFAULT 0,
    log_end INTEGER NOT NULL DEFAULT 0,          -- a floor: the log ends here or after its last batch
    cleaned_to INTEGER NOT NULL DEFAULT 0,       -- compaction has seen everything below
    sweep_at INTEGER                             -- when kept tombstones fall due (ms), NULL: there are none
);
CREATE TABLE batch (
    key INTEGER PRIMARY KEY,                     -- partition id << 42 | base offset
    last_offset INTEGER NOT NULL,
    max_timestamp INTEGER NOT NULL,
    size INTEGER NOT NULL,
    tombstones_due INTEGER,                      -- when compaction may drop this batch's tombstones (ms)
    data BLOB NOT NULL
);
CREATE TABLE producer (
    partition_id INTEGER NOT NULL,
    producer_id INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    updated INTEGER NOT NULL,                    -- ms
    batches BLOB NOT NULL,                       -- the last five, see log/sequence.py
    transaction_start INTEGER,                   -- first offset of its open transaction, NULL: it has none here
    PRIMARY KEY (partition_id, producer_id)
) WITHOUT ROWID;
CREATE TABLE group_offset (
    group_id TEXT NOT NULL,
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    committed_offset INTEGER NOT NULL,
    leader_epoch INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    committed_at INTEGER NOT NULL,               -- ms
    PRIMARY KEY (group_id, topic, partition)
) WITHOUT ROWID;
"""
_TRANSACTIONS_SCHEMA = """
CREATE TABLE txn (
    transactional_id TEXT PRIMARY KEY,
    producer_id INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    timeout_ms INTEGER NOT NULL,
    updated INTEGER NOT NULL,                    -- ms
    state TEXT NOT NULL,                         -- see transactions/transaction.py
    last_epoch INTEGER NOT NULL,
    previous_producer_id INTEGER NOT NULL,
    started INTEGER,                             -- ms, NULL: none is open
    contents TEXT NOT NULL                       -- JSON: partitions and offsets, see transactions/registry.py
) WITHOUT ROWID;
CREATE TABLE aborted (
    partition_id INTEGER NOT NULL,
    producer_id INTEGER NOT NULL,
    first_offset INTEGER NOT NULL,
    last_offset INTEGER NOT NULL,                -- of the marker
    stable_offset INTEGER NOT NULL,
    PRIMARY KEY (partition_id, last_offset)
) WITHOUT ROWID;
"""
_UPGRADES = {1: f"ALTER TABLE producer ADD COLUMN transaction_start INTEGER; {_TRANSACTIONS_SCHEMA}"}
"""What to do to a folder of that schema version to make it one of the next."""

INSERT_BATCH = "INSERT INTO batch (key, last_offset, max_timestamp, size, data) VALUES (?, ?, ?, ?, ?)"
PUT_PRODUCER = "INSERT OR REPLACE INTO producer VALUES (?, ?, ?, ?, ?, ?)"


def row_key(partition_id: int, offset: int) -> int:
    """The `batch.key` of a batch that starts at `offset`."""
    return partition_id << OFFSET_BITS | offset


def open_writer(folder: Path, *, flush_to_disk: bool) -> sqlite3.Connection:
    """Open the folder's database for writing, creating it when it is not there. Any one thread at a time may use it.

    Raises:
        FolderUnusableError: The file cannot be opened or is not a database of this broker.
    """
    path = folder / DATABASE_NAME
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=64)
        _prepare(connection, flush_to_disk=flush_to_disk)
    except sqlite3.Error as exc:
        raise FolderUnusableError(str(folder), f"{path.name}: {exc}") from exc
    if _schema_version(connection) != _SCHEMA_VERSION:
        raise FolderUnusableError(
            str(folder), f"{path.name} was written by another version of this broker; choose another folder (--dir)"
        )
    return connection


def open_reader(folder: Path) -> sqlite3.Connection:
    """Open a second, read-only view. It sees every committed change; any one thread at a time may use it."""
    uri = f"{(folder / DATABASE_NAME).absolute().as_uri()}?mode=ro"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, cached_statements=64)


def cluster_id(connection: sqlite3.Connection) -> str:
    """The id that this folder was given when it was made."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'cluster_id'").fetchone()
    return str(row[0])


def _prepare(connection: sqlite3.Connection, *, flush_to_disk: bool) -> None:
    connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {'FULL' if flush_to_disk else 'NORMAL'}")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute(f"PRAGMA journal_size_limit = {64 * 1024 * 1024}")
    if connection.execute("PRAGMA application_id").fetchone()[0] == _APPLICATION_ID:
        _upgrade(connection)
        return
    cluster = uuid.UUID(bytes=secrets.token_bytes(16)).hex[:22]
    connection.executescript(f"""
        BEGIN IMMEDIATE;
        {_SCHEMA}
        {_TRANSACTIONS_SCHEMA}
        INSERT INTO meta VALUES
            ('schema_version', '{_SCHEMA_VERSION}'), ('cluster_id', '{cluster}'), ('next_producer_id', '1000');
        PRAGMA application_id = {_APPLICATION_ID};
        COMMIT;
    """)  # noqa: S608 - constants and a hexadecimal number


def _upgrade(connection: sqlite3.Connection) -> None:
    while (version := _schema_version(connection) or 0) in _UPGRADES:
        connection.executescript(f"""
            BEGIN IMMEDIATE;
            {_UPGRADES[version]}
            UPDATE meta SET value = '{version + 1}' WHERE key = 'schema_version';
            COMMIT;
        """)  # noqa: S608 - constants and a number


def _schema_version(connection: sqlite3.Connection) -> int | None:
    row = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
    return int(row[0]) if row is not None and row[0].isdigit() else None
