"""The benchmark's messages: 142 bytes of JSON each, as a small business event would be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson

__all__ = ["COLUMNS", "CREATE_TABLE", "INSERT", "MESSAGE_BYTES", "PG_TYPES", "message", "messages", "row", "write_file"]

MESSAGE_BYTES = 142
COLUMNS = ("id", "account", "amount", "currency", "booked", "at", "note")
PG_TYPES = ("int8", "text", "float8", "text", "bool", "text", "text")
CREATE_TABLE = """
CREATE {temporary} TABLE "{table}" (
    "id" BIGINT NOT NULL, "account" TEXT NOT NULL, "amount" DOUBLE PRECISION NOT NULL, "currency" TEXT NOT NULL,
    "booked" BOOLEAN NOT NULL, "at" TEXT NOT NULL, "note" TEXT NOT NULL{primary_key}
)
"""
INSERT = 'INSERT INTO "{table}" VALUES (%s, %s, %s, %s, %s, %s, %s)'


def row(number: int) -> list[object]:
    """The values of one message, in the order of `COLUMNS`."""
    values: list[object] = [
        number,
        f"AC{number * 7919 % 100_000_000:08d}",
        number % 100_000 / 4,
        ("EUR", "USD", "GBP", "JPY")[number % 4],
        number % 3 != 0,
        f"2025-{number % 12 + 1:02d}-{number % 28 + 1:02d}T12:{number % 60:02d}:00Z",
    ]
    bare = len(orjson.dumps(dict(zip(COLUMNS, [*values, ""], strict=True))))
    return [*values, "x" * (MESSAGE_BYTES - bare)]


def message(number: int) -> bytes:
    """One message; the same number gives the same bytes."""
    return orjson.dumps(dict(zip(COLUMNS, row(number), strict=True)))


def messages(rows: int) -> Iterator[bytes]:
    """The first ``rows`` messages, from number 0."""
    return map(message, range(rows))


def write_file(path: Path, rows: int) -> None:
    """Write the first ``rows`` messages as lines."""
    with path.open("wb") as out:
        out.writelines(line + b"\n" for line in messages(rows))
