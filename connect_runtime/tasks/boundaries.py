"""Where the transactions of a source task end: after a poll, after an interval, or where the connector says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from threading import Lock
from typing import Final, NamedTuple, Protocol

from connect_runtime.clock import Clock
from connect_runtime.config import ConfigType, invalid_value, parse_value
from connect_runtime.errors import ConnectError
from connect_runtime.model import SourceRecord
from connect_runtime.sdk import TransactionContext

__all__ = [
    "Boundary",
    "ConnectorBoundary",
    "Cut",
    "Ending",
    "IntervalBoundary",
    "PollBoundary",
    "TransactionRequests",
    "boundary_of",
]

_BOUNDARY: Final = "transaction.boundary"
_INTERVAL: Final = "transaction.boundary.interval.ms"


class Ending(Enum):
    """What becomes of a transaction."""

    COMMIT = "commit"
    ABORT = "abort"


class Cut(NamedTuple):
    """The open transaction ends before the record of that index in a batch; the length stands for the batch's end."""

    before: int
    ending: Ending


class Boundary(Protocol):
    """Decides where transactions end. Belongs to the task's thread."""

    @property
    def context(self) -> TransactionContext | None:
        """What the task's plugin may ask for transactions with, ``None`` when it has no say."""
        ...

    def cuts(self, records: Sequence[SourceRecord]) -> list[Cut]:
        """Where transactions end in what one ``poll`` returned, in order; it may have returned nothing.

        Raises:
            ConnectError: The plugin asked for what contradicts itself.
        """
        ...

    def last(self) -> Ending | None:
        """How the open transaction ends when the task pauses or stops; ``None`` when it is not to be committed."""
        ...

    def restart(self) -> None:
        """The task begins, or goes on after a pause."""
        ...


class PollBoundary:
    """One transaction for each ``poll``."""

    context: TransactionContext | None = None

    def cuts(self, records: Sequence[SourceRecord]) -> list[Cut]:
        """One, at the end."""
        return [Cut(len(records), Ending.COMMIT)]

    def last(self) -> Ending:
        """Commit what is left."""
        return Ending.COMMIT

    def restart(self) -> None:
        """Nothing is remembered."""


class IntervalBoundary:
    """One transaction for all polls of an interval.

    Args:
        interval_s: Its length.
        clock: The time.
    """

    context: TransactionContext | None = None

    def __init__(self, interval_s: float, clock: Clock) -> None:
        self._interval_s = interval_s
        self._clock = clock
        self._since = clock.monotonic()

    def cuts(self, records: Sequence[SourceRecord]) -> list[Cut]:
        """One at the end, when the interval is over; the next one begins now."""
        now = self._clock.monotonic()
        if now - self._since < self._interval_s:
            return []
        self._since = now
        return [Cut(len(records), Ending.COMMIT)]

    def last(self) -> Ending:
        """Commit what is left."""
        return Ending.COMMIT

    def restart(self) -> None:
        """An interval begins."""
        self._since = self._clock.monotonic()


class TransactionRequests:
    """What a task's plugin has asked for and is not carried out yet: a `TransactionContext`. Thread safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._for_batch: set[Ending] = set()
        self._for_records: list[tuple[SourceRecord, Ending]] = []

    def commit_transaction(self, record: SourceRecord | None = None) -> None:
        """Ask for a commit after the next batch, or after one record."""
        self._ask(Ending.COMMIT, record)

    def abort_transaction(self, record: SourceRecord | None = None) -> None:
        """Ask for an abort after the next batch, or after one record."""
        self._ask(Ending.ABORT, record)

    def take(self, records: Sequence[SourceRecord]) -> list[Cut]:
        """Take out the requests for these records and for the end of their batch; those for others are kept.

        Raises:
            ConnectError: Commit and abort were both asked for at one place.
        """
        with self._lock:
            for_batch, self._for_batch = self._for_batch, set()
            for_records, self._for_records = self._for_records, []
        places: dict[int, set[Ending]] = {}
        others = []
        if for_records:
            index_of = {id(record): index for index, record in enumerate(records)}
            for record, ending in for_records:
                index = _index(record, records, index_of)
                if index is None:
                    others.append((record, ending))
                else:
                    places.setdefault(index + 1, set()).add(ending)
        cuts = [Cut(before, _only(places[before], "record")) for before in sorted(places)]
        if for_batch:
            end = Cut(len(records), _only(for_batch, "batch"))
            cuts += [end] if end not in cuts[-1:] else []
        with self._lock:
            self._for_records = others + self._for_records
        return cuts

    def _ask(self, ending: Ending, record: SourceRecord | None) -> None:
        with self._lock:
            if record is None:
                self._for_batch.add(ending)
            else:
                self._for_records.append((record, ending))


class ConnectorBoundary:
    """Transactions end where the task's plugin asks for it."""

    def __init__(self) -> None:
        self._requests = TransactionRequests()

    @property
    def context(self) -> TransactionContext:
        """For the plugin."""
        return self._requests

    def cuts(self, records: Sequence[SourceRecord]) -> list[Cut]:
        """Where it was asked for. Raises: ConnectError."""
        return self._requests.take(records)

    def last(self) -> Ending | None:
        """Only what the plugin asked for."""
        cuts = self._requests.take(())
        return cuts[-1].ending if cuts else None

    def restart(self) -> None:
        """Requests stay."""


def boundary_of(config: Mapping[str, str], default_interval_s: float, clock: Clock) -> Boundary:
    """The boundary that a connector's configuration asks for.

    Args:
        config: The connector's configuration.
        default_interval_s: Interval when it names none: the worker's ``offset.flush.interval.ms``.
        clock: The time.

    Raises:
        ConfigError: A value is bad.
    """
    match config.get(_BOUNDARY, "poll").strip().lower():
        case "poll":
            return PollBoundary()
        case "interval":
            interval_ms = parse_value(_INTERVAL, ConfigType.LONG, config.get(_INTERVAL))
            return IntervalBoundary(default_interval_s if interval_ms is None else interval_ms / 1000, clock)
        case "connector":
            return ConnectorBoundary()
        case other:
            raise invalid_value(_BOUNDARY, other, "must be one of poll, interval, connector")


def _index(record: SourceRecord, records: Sequence[SourceRecord], index_of: Mapping[int, int]) -> int | None:
    found = index_of.get(id(record))
    if found is not None and records[found] is record:
        return found
    try:
        return records.index(record)
    except ValueError:
        return None


def _only(endings: set[Ending], what: str) -> Ending:
    if len(endings) > 1:
        raise ConnectError(
            f"The task asked both to commit and to abort the transaction at the same {what}: it may ask for one only"
        )
    return next(iter(endings))
