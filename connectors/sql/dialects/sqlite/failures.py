"""What SQLite's errors mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from sqlalchemy.exc import DBAPIError

from connectors.sql.failure import Failure, FailureKind

__all__ = ["failure_of"]

_BAD_ROW, _PASSING, _FATAL, _STALE = (
    FailureKind.BAD_ROW,
    FailureKind.PASSING,
    FailureKind.FATAL,
    FailureKind.STALE,
)
_PRIMARY_CODE: Final = 0xFF  # the low byte of an extended code
_BY_CODE: Final[Mapping[int, tuple[FailureKind, str]]] = MappingProxyType(
    {
        sqlite3.SQLITE_BUSY: (_PASSING, "Another program is writing to the file."),
        sqlite3.SQLITE_LOCKED: (_PASSING, "Another connection is using the table."),
        sqlite3.SQLITE_FULL: (_PASSING, "The disk is full."),
        sqlite3.SQLITE_IOERR: (_PASSING, "The disk or the file system failed."),
        sqlite3.SQLITE_NOMEM: (_PASSING, "Memory is used up."),
        sqlite3.SQLITE_CANTOPEN: (_FATAL, "Check that the folder exists and may be written to."),
        sqlite3.SQLITE_READONLY: (_FATAL, "Let the worker's user write to the file and to its folder."),
        sqlite3.SQLITE_PERM: (_FATAL, "Let the worker's user read and write the file."),
        sqlite3.SQLITE_NOTADB: (_FATAL, "The file is no SQLite database: check connection.url."),
        sqlite3.SQLITE_CORRUPT: (_FATAL, "The file is damaged: restore it from a backup."),
        sqlite3.SQLITE_CONSTRAINT: (_BAD_ROW, ""),
        sqlite3.SQLITE_TOOBIG: (_BAD_ROW, ""),
        sqlite3.SQLITE_MISMATCH: (_BAD_ROW, ""),
        sqlite3.SQLITE_RANGE: (_BAD_ROW, ""),
        sqlite3.SQLITE_SCHEMA: (_STALE, ""),
    }
)
_NO_UNIQUE_INDEX: Final = (
    "An upsert needs a primary key or a unique index on exactly the key columns: "
    "add one, or correct pk.mode and pk.fields."
)
# SQLite has one code for every statement that it cannot compile.
_BY_TEXT: Final = (
    ("no such table", _STALE, ""),
    ("has no column named", _STALE, ""),
    ("no such column", _STALE, ""),
    (
        "ON CONFLICT clause does not match",
        _FATAL,
        _NO_UNIQUE_INDEX,
    ),
)


def failure_of(error: Exception) -> Failure | None:
    """See `Dialect.failure`."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, UnicodeEncodeError):
        return Failure(_BAD_ROW, f"text cannot be written as UTF-8: {cause.reason} at character {cause.start}")
    if not isinstance(cause, sqlite3.Error):
        return None
    message = str(cause)
    kind, hint = _meaning(getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY_CODE, message)
    return Failure(kind, f"{message}. {hint}" if hint else message)


def _meaning(code: int, message: str) -> tuple[FailureKind, str]:
    if code in _BY_CODE:
        return _BY_CODE[code]
    return next(((kind, hint) for text, kind, hint in _BY_TEXT if text in message), (_FATAL, ""))
