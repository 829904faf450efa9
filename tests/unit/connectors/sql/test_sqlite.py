from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connect_runtime.sdk import Type, primitive_schema
from connectors.sql.binding import BadValueError
from connectors.sql.dialects.sqlite.binds import bind_for
from connectors.sql.dialects.sqlite.failures import failure_of
from connectors.sql.dialects.sqlite.statements import statement
from connectors.sql.failure import FailureKind
from connectors.sql.table import Operation

AT = datetime(2024, 7, 1, 12, 30, 0, 500_000, UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("declared", "value", "stored"),
    [
        ("INTEGER", True, True),
        ("BIGINT", "5", 5),
        ("INT", AT, 1_719_837_000_500),
        ("INTEGER", date(1970, 1, 2), 86_400_000),
        ("VARCHAR(5)", 5, "5"),
        ("TEXT", AT, "2024-07-01 14:30:00.500000"),
        ("REAL", 1, 1.0),
        ("DOUBLE PRECISION", "1.5", 1.5),
        ("NUMERIC", Decimal("1.50"), "1.50"),
        ("DECIMAL(10,2)", 2**70, str(2**70)),
        ("NUMERIC", time(0, 0, 1), 1000),
        ("BOOLEAN", "true", 1),
        ("DATE", "2024-07-01", "2024-07-01"),
        ("DATETIME", AT, "2024-07-01 14:30:00.500000"),
        ("timestamp", 0, "1970-01-01 01:00:00.000000"),
        ("TIME", timedelta(days=1), "24:00:00.000000"),
        ("TIME", time(1, 2, 3), "01:02:03.000000"),
        ("JSON", {"a": 1}, '{"a":1}'),
        ("JSON", "text", '"text"'),
        ("BLOB", b"x", b"x"),
        ("BLOB", "x", "x"),
        ("", {"a": 1}, '{"a":1}'),
        ("", 5, 5),
        ("TEXT", None, None),
    ],
)
def test_values_are_stored_as_the_declared_type_asks(declared: str, value: Any, stored: object) -> None:
    assert list(bind_for(declared, None, BERLIN)([value])) == [stored]


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("INTEGER", "x"),
        ("INTEGER", 2**63),
        ("REAL", "x"),
        ("NUMERIC", "x"),
        ("TEXT", b"x"),
        ("DATE", "x"),
        ("BOOLEAN", 2),
    ],
)
def test_values_that_the_declared_type_cannot_hold_are_refused(declared: str, value: object) -> None:
    with pytest.raises(BadValueError):
        bind_for(declared, None, UTC)([None, value])


def test_text_of_a_schema_is_json_to_a_json_column() -> None:
    assert list(bind_for("JSON", primitive_schema(Type.STRING), UTC)(['{"a": 1}'])) == ['{"a": 1}']


def test_parameters_come_in_the_order_of_the_statement() -> None:
    assert statement(Operation.UPDATE, "t", ["a", "k", "b"], [1]) == (
        'UPDATE "t" SET "a" = ?, "b" = ? WHERE "k" = ?',
        [0, 2, 1],
    )
    assert statement(Operation.DELETE, "t", ["k", "l"], [1, 0])[1] == [1, 0]
    assert statement(Operation.UPDATE, "t", ["k"], [0]) == ("", [])
    assert statement(Operation.UPSERT, 't"', ["k", "a"], [0])[0] == (
        'INSERT INTO "t""" ("k", "a") VALUES (?, ?) ON CONFLICT ("k") DO UPDATE SET "a" = excluded."a"'
    )


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_BUSY, FailureKind.PASSING),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, FailureKind.PASSING),
        (sqlite3.SQLITE_FULL, FailureKind.PASSING),
        (sqlite3.SQLITE_IOERR_FSYNC, FailureKind.PASSING),
        (sqlite3.SQLITE_CONSTRAINT_NOTNULL, FailureKind.BAD_ROW),
        (sqlite3.SQLITE_READONLY, FailureKind.FATAL),
        (sqlite3.SQLITE_CORRUPT, FailureKind.FATAL),
    ],
)
def test_codes_are_understood(code: int, kind: FailureKind) -> None:
    error = sqlite3.OperationalError("words")
    error.sqlite_errorcode = code
    failure = failure_of(error)
    assert failure is not None
    assert failure.kind is kind


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("no such table: t", FailureKind.STALE),
        ("table t has no column named a", FailureKind.STALE),
        ("no such column: a", FailureKind.STALE),
        ("ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint", FailureKind.FATAL),
        ('near "x": syntax error', FailureKind.FATAL),
    ],
)
def test_statements_that_do_not_compile_are_understood_by_their_text(message: str, kind: FailureKind) -> None:
    error = sqlite3.OperationalError(message)
    error.sqlite_errorcode = sqlite3.SQLITE_ERROR
    failure = failure_of(error)
    assert failure is not None
    assert failure.kind is kind
