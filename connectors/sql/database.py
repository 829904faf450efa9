"""The sink's one connection: opened, used, given up and opened again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection

from connect_runtime.sdk import ConnectError, DataError, RetriableError
from connectors.sql.address import DatabaseAddress
from connectors.sql.dialects.base import Dialect
from connectors.sql.failure import FailureKind

__all__ = ["BadRowError", "Database", "OutageError", "StaleTableError"]


class BadRowError(DataError):
    """The database refused a row.

    Args:
        message: Its words.
        row: Place of the row within what was written, ``None`` when the database did not say.
    """

    def __init__(self, message: str, row: int | None) -> None:
        super().__init__(message)
        self.row = row


class OutageError(RetriableError):
    """The database cannot be reached."""


class StaleTableError(ConnectError):
    """A table is not what it was when the statement was made."""


class Database:
    """Owns the connection. Calls come one at a time, from any thread.

    Args:
        address: The database.
        dialect: Its kind.
    """

    def __init__(self, address: DatabaseAddress, dialect: Dialect) -> None:
        self._address = address
        self._dialect = dialect
        self._engine = dialect.engine(address)
        self._connection: Connection | None = None

    @property
    def connection(self) -> Connection:
        """SQLAlchemy's connection, opened if it was not.

        Raises:
            ConnectError: It cannot be opened.
        """
        self.connect()
        if self._connection is None:
            raise OutageError(f"No connection to {self._address}.")
        return self._connection

    def connect(self) -> None:
        """Open the connection, if it is not.

        Raises:
            OutageError: The database is away.
            ConnectError: It refuses, and will again.
        """
        if self._connection is not None and self._dialect.is_closed(self._driver()):
            self.close()
        if self._connection is None:
            with self.understood("connect"):
                self._connection = self._engine.connect()

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """One transaction on the driver's own connection, which is given to the block: committed, or undone."""
        self.connect()
        driver = self._driver()
        try:
            self._dialect.begin(driver)
            yield driver
            driver.commit()
        except BaseException:
            self.roll_back()
            raise

    def roll_back(self) -> None:
        """Undo what is open; the connection is given up if it does not answer."""
        if self._connection is None:
            return
        try:
            self._connection.rollback()
            self._driver().rollback()
        except Exception:  # noqa: BLE001  # whatever is wrong with it, the next connection is a new one
            self.close()

    def close(self) -> None:
        """Give up the connection. Never fails."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):  # what is closed is not needed any more
                connection.invalidate()
                connection.close()

    @contextmanager
    def understood(self, action: str, table: object = None) -> Iterator[None]:
        """Turns a driver's error in the block into one of ours.

        Args:
            action: What was tried, e.g. ``write``; with ``connect`` nothing but the address is named.
            table: The table it was tried on.

        Raises:
            OutageError: The database is away.
            RetriableError: It may take the same later.
            DataError: A row is at fault; its place is the attribute ``row``, if known.
            StaleTableError: The table was changed.
            ConnectError: A person has to do something.
        """
        try:
            yield
        except ConnectError:
            raise
        except Exception as exc:
            failure = self._dialect.failure(exc)
            if failure is None:
                raise
            where = f"table {table} in {self._address}" if table is not None else str(self._address)
            message = f"Cannot {action} {where}: {failure.message}"
            match failure.kind:
                case FailureKind.OUTAGE:
                    self.close()
                    raise OutageError(message) from exc
                case FailureKind.PASSING:
                    raise RetriableError(message) from exc
                case FailureKind.BAD_ROW:
                    raise BadRowError(message, failure.row) from exc
                case FailureKind.STALE:
                    raise StaleTableError(message) from exc
                case FailureKind.FATAL:
                    raise ConnectError(message) from exc

    def _driver(self) -> Any:
        return None if self._connection is None else self._connection.connection.driver_connection
