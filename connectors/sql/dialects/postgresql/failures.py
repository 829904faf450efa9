"""What PostgreSQL's and psycopg's errors mean. Codes: appendix A of PostgreSQL's manual."""

from __future__ import annotations

import re
from typing import Final

import psycopg
from sqlalchemy.exc import DBAPIError

from connectors.sql.failure import Failure, FailureKind

__all__ = ["ColumnsChangedError", "failure_of"]

_OUTAGE, _PASSING, _BAD_ROW, _STALE, _FATAL = FailureKind

# The longest prefix of a code that is listed here decides; what is not listed is for a person.
_KINDS: Final = {
    "08": _OUTAGE,  # connection exceptions
    "08P01": _STALE,  # values of the wrong length: the column has another type now
    "57P": _OUTAGE,  # shutting down, crashed, starting
    "25P": _OUTAGE,  # the server ended an idle or too long transaction, and with it the connection
    "25006": _OUTAGE,  # read-only: this is a standby now
    "53300": _OUTAGE,  # too many connections
    "53": _PASSING,  # disk full, out of memory
    "40": _PASSING,  # deadlock, serialization
    "55P03": _PASSING,  # lock not available
    "55006": _PASSING,  # object in use
    "57014": _PASSING,  # statement timeout
    "58": _PASSING,  # input/output
    "21": _BAD_ROW,  # two rows of one upsert hit the same row, e.g. keys that differ only for Python
    "22": _BAD_ROW,  # data
    "22P03": _STALE,  # binary format: the column has another type now
    "23": _BAD_ROW,  # integrity
    "44": _BAD_ROW,  # check option of a view
    "54": _BAD_ROW,  # program limits, e.g. a value too large for its index
    "P0001": _BAD_ROW,  # raised by a trigger
    "0A000": _STALE,  # a plan's result type changed; anything else repeats itself and is fatal then
    "42P01": _STALE,  # undefined table
    "42703": _STALE,  # undefined column
    "42804": _STALE,  # type mismatch
    "42704": _STALE,  # undefined type
}
_HINTS: Final = {
    "42501": "Grant the user what it needs: INSERT and SELECT, UPDATE for upsert and update, DELETE for deletes, and "
    "CREATE on the schema for auto.create.",
    "42P10": "An upsert needs a primary key or a unique constraint on exactly the key columns: add one, or correct "
    "pk.mode and pk.fields.",
    "428C9": "Leave the column to the database: name the other fields in fields.whitelist.",
    "3F000": "Create the schema, or correct table.name.format.",
}
_AT_CONNECT: Final = (
    (
        r"password authentication failed|no password supplied|fe_sendauth",
        "Check connection.user and connection.password.",
    ),
    (r"role .* does not exist|is not permitted to log in", "Check connection.user."),
    (r"database .* does not exist", "Create the database, or correct connection.url."),
    (r"no pg_hba.conf entry", "Let this host and user in, in the server's pg_hba.conf."),
    (r"permission denied for database", "Grant CONNECT on the database to the user."),
    (r"does not support SSL|certificate|SSL error", "Check sslmode and the certificates in connection.url."),
    (r"invalid (connection|sslmode|port|integer|channel_binding)|invalid .* value", "Check connection.url."),
)
_COPY_ROW: Final = re.compile(r"COPY .+, \w+ (\d+)")
_WITH_DETAIL: Final = ("23505", "23503", "23P01")


class ColumnsChangedError(Exception):
    """Rows were written as the wrong types: the transaction must not be committed."""


def failure_of(error: Exception) -> Failure | None:
    """See `Dialect.failure`."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, UnicodeEncodeError):
        return Failure(_BAD_ROW, f"text cannot be written as UTF-8: {cause.reason} at character {cause.start}")
    if isinstance(cause, ColumnsChangedError):
        return Failure(_STALE, str(cause))
    if not isinstance(cause, psycopg.Error):
        return None
    if cause.sqlstate is None:
        return _without_code(cause)
    return _with_code(cause, cause.sqlstate)


def _with_code(error: psycopg.Error, code: str) -> Failure:
    kind = next((_KINDS[code[:size]] for size in (5, 3, 2) if code[:size] in _KINDS), _FATAL)
    diag = error.diag
    parts = [diag.message_primary or str(error)]
    if diag.message_detail and code in _WITH_DETAIL:  # other details may show a whole row
        parts.append(diag.message_detail)
    if hint := _HINTS.get(code):
        parts.append(hint)
    row = _COPY_ROW.match(diag.context or "")
    return Failure(kind, f"{'. '.join(part.rstrip('.') for part in parts)}.", int(row.group(1)) - 1 if row else None)


def _without_code(error: psycopg.Error) -> Failure:
    """Libpq does not tell the code of an error that ends the attempt to connect."""
    message = " ".join(str(error).split())
    for pattern, hint in _AT_CONNECT:
        if re.search(pattern, message):
            return Failure(_FATAL, f"{message}. {hint}")
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return Failure(_OUTAGE, message)
    if isinstance(error, psycopg.DataError):
        return Failure(_BAD_ROW, message)
    return Failure(_FATAL, message)
