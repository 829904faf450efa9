"""The SQL sink's task."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from connect_runtime.sdk import ConnectError, RetriableError, SinkRecord, SinkTask
from connectors.sql.database import OutageError
from connectors.sql.dialects import dialect_for
from connectors.sql.settings import Retrying, SinkSettings
from connectors.sql.writer import SinkWriter

__all__ = ["SqlSinkTask"]

logger = logging.getLogger(__name__)


class SqlSinkTask(SinkTask):
    """Writes every batch in one transaction, so that a batch that fails has left nothing behind.

    What fails for a passing reason is raised as `RetriableError` a limited number of times; the count begins anew with
    every batch that was written.

    Args:
        wait: Waits so many seconds between attempts to connect.
    """

    def __init__(self, wait: Callable[[float], object] | None = None) -> None:
        self._wait = wait or threading.Event().wait
        self._writer: SinkWriter | None = None
        self._retrying = Retrying(failures=0, outages=None, backoff_s=0)
        self._failures = 0
        self._outages = 0

    def start(self, config: Mapping[str, str]) -> None:
        """See `Task.start`: connects, so that a wrong password is known at once."""
        settings = SinkSettings.of(config)
        self._retrying = settings.retrying
        self._writer = SinkWriter(settings, dialect_for(settings))
        attempts = settings.connecting.attempts
        for attempt in range(1, attempts + 1):
            try:
                self._writer.connect()
            except RetriableError as exc:
                if attempt == attempts:
                    raise _not_connected(exc, attempts) from exc
                logger.warning("%s Attempt %d of %d", exc, attempt, attempts)
                self._wait(settings.connecting.backoff_s)
            else:
                return

    def put(self, records: Sequence[SinkRecord]) -> None:
        """See `SinkTask.put`."""
        if not records or self._writer is None:
            return
        try:
            self._writer.write(records)
        except OutageError as exc:
            self._outages += 1
            self._raise_or_give_up(exc, self._outages, self._retrying.outages)
        except RetriableError as exc:
            self._failures += 1
            self._raise_or_give_up(exc, self._failures, self._retrying.failures)
        self._failures = self._outages = 0

    def stop(self) -> None:
        """See `Task.stop`."""
        if self._writer is not None:
            self._writer.close()

    def _raise_or_give_up(self, error: RetriableError, count: int, most: int | None) -> NoReturn:
        if most is not None and count > most:
            raise ConnectError(f"{error} It failed {count} times in a row, and max.retries={most}.") from error
        self.context.retry_after(self._retrying.backoff_s)
        raise error


def _not_connected(error: RetriableError, attempts: int) -> ConnectError:
    message = f"{error} Gave up after connection.attempts={attempts}."
    if isinstance(error, OutageError):
        message += (
            " Check that the database runs, that host and port in connection.url are right, and that no firewall is in "
            "between."
        )
    return ConnectError(message)
