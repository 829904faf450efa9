"""What the formats share: where bytes come from, what a parser gives, what happens to a bad record."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple, Protocol

from connect_runtime.sdk import DataError, Schema

__all__ = ["NOTHING", "BadRecords", "Fault", "OnBadRecord", "Origin", "Parsed", "Parser", "cut_short"]

logger = logging.getLogger(__name__)
_LOGGED_ONE_BY_ONE = 10
_LOGGED_EACH = 1000


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the bytes come from that a parser is about to get.

    Attributes:
        file: Name for messages.
        position: Bytes before the first one.
        before: The byte before the first one, empty at the beginning.
        sample: Bytes that an earlier task inferred types from, ``None`` when none did.
        head: First bytes of the file, at most so many.
        lines_before: Counts the lines before the first byte; reads the file.
    """

    file: str
    position: int = 0
    before: bytes = b""
    sample: int | None = None
    head: Callable[[int], bytes] = lambda _limit: b""
    lines_before: Callable[[], int] = lambda: 0


class Parsed(NamedTuple):
    """Records, in order.

    Attributes:
        values: Their values.
        ends: Position in the file after each.
        keys: Their keys, ``None`` when records have none.
        failure: What is wrong with the record after them, ``None`` when nothing is.
    """

    values: Sequence[Any]
    ends: list[int]
    keys: list[Any] | None = None
    failure: DataError | None = None


NOTHING = Parsed([], [])


class Parser(Protocol):
    """Makes records of one file's bytes, which come in pieces. After a failure it is not asked again."""

    @property
    def schema(self) -> Schema | None:
        """Schema of the values given so far."""
        ...

    @property
    def key_schema(self) -> Schema | None:
        """Schema of the keys given so far."""
        ...

    @property
    def sample(self) -> int | None:
        """Bytes that types were inferred from, ``None`` for none."""
        ...

    def feed(self, data: bytes) -> Parsed:
        """The records that these bytes complete. Raises: DataError."""
        ...

    def quiet(self, for_s: float) -> Parsed:
        """What can be given although nothing has come for so many seconds. Raises: DataError."""
        ...

    def finish(self) -> Parsed:
        """What is left, when nothing will follow. Raises: DataError."""
        ...


class Fault(ValueError):  # noqa: N818  # never leaves the package: the error that users see is made of it
    """Why a record cannot be read.

    Args:
        reason: What is wrong and what to do, without the data.
        found: The data at fault; goes into errors, never into the log.
    """

    def __init__(self, reason: str, found: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.found = found


def cut_short() -> Fault:
    """The fault of a line whose first part was taken for a complete line."""
    return Fault(
        "it goes on with a line that was taken for complete because nothing more had come within last.line.timeout.ms, "
        "so the record before it is cut short: raise last.line.timeout.ms, or let the writer write whole lines"
    )


class OnBadRecord(Enum):
    """What to do with a record that cannot be read."""

    FAIL = "fail"
    SKIP = "skip"


class BadRecords:
    """Judges records that cannot be read.

    Args:
        file: Name for messages.
        policy: What to do with them.
    """

    def __init__(self, file: str, policy: OnBadRecord) -> None:
        self._file = file
        self._policy = policy
        self._skipped = 0

    def judge(self, line: int, fault: Fault) -> DataError | None:
        """The error to fail with, ``None`` when the record on that line, counted from 1, is skipped."""
        if self._policy is OnBadRecord.SKIP:
            self._log_skip(line, fault.reason)
            return None
        found = f" (found {fault.found[:100]!r})" if fault.found else ""
        return DataError(
            f"{self._file}, line {line}: {fault.reason}{found}. "
            "Correct the line, or set bad.records=skip to go on without it"
        )

    def _log_skip(self, line: int, reason: str) -> None:
        self._skipped += 1
        if self._skipped <= _LOGGED_ONE_BY_ONE:
            logger.warning("Skipped line %d of %s: %s", line, self._file, reason)
        elif self._skipped % _LOGGED_EACH == 0:
            logger.warning("Skipped %d records of %s so far; the last is on line %d", self._skipped, self._file, line)
