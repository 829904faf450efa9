"""What the two ways to commit source offsets have in common: at least once, and exactly once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Protocol

from connect_runtime.errors import ConnectError
from connect_runtime.model import SourceRecord
from connect_runtime.sdk import RecordMetadata, TransactionContext
from connect_runtime.tasks.in_flight import InFlight

__all__ = ["OffsetWriter", "OwnStore", "SourceCommits", "SourceDelivery"]


class OffsetWriter(Protocol):
    """The one thing that is needed of the offset store to deliver at least once."""

    def write(
        self,
        connector: str,
        offsets: Sequence[tuple[dict[str, Any] | None, dict[str, Any] | None]],
        *,
        timeout_s: float,
    ) -> None:
        """Write source offsets and wait until they are durable.

        Raises:
            ConnectError: They could not be written in time, or are not made of primitive values.
        """
        ...


class OwnStore(Protocol):
    """What a task does with an offset store that is its own to open and close."""

    def start(self) -> None:
        """Read everything stored. Blocks. Raises: ConnectError."""
        ...

    def stop(self) -> None:
        """Release everything."""
        ...


class SourceDelivery(Protocol):
    """A source task as its way to commit sees it."""

    @property
    def in_flight(self) -> InFlight:
        """What was sent and not committed."""
        ...

    @property
    def is_stopping(self) -> bool:
        """Whether the task was asked to end."""
        ...

    @property
    def is_cancelled(self) -> bool:
        """Whether the task was given up: it must commit nothing any more."""
        ...

    def wait(self, timeout_s: float) -> bool:
        """Wait; ends early, with ``True``, when the task is asked to stop."""
        ...

    def send(self, records: Sequence[SourceRecord]) -> None:
        """Transform, convert and produce; does not wait for acknowledgements. Raises: ConnectError."""
        ...

    def serve(self) -> None:
        """Take in acknowledgements that have come."""
        ...

    def flush(self, timeout_s: float) -> bool:
        """Wait for acknowledgements; whether all have come in time."""
        ...

    def require_delivered(self) -> None:
        """Raise the first error of a message that was lost. Raises: ConnectError."""
        ...

    def tell_record(self, record: SourceRecord, metadata: RecordMetadata | None) -> None:
        """Tell the plugin that a record is done with; its errors are logged."""
        ...

    def tell_commit(self) -> None:
        """Tell the plugin that offsets are committed; its errors are logged."""
        ...


class SourceCommits(Protocol):
    """When and how a source task's offsets become durable. Called on the task's thread.

    Order of calls: ``prepare``, ``begin``, any of those in between, ``finish``, ``close``. ``close`` also comes when
    the others did not, and ``finish`` when ``begin`` did not.

    Attributes:
        tolerates_losses: Whether ``errors.tolerance`` decides about a message that the broker refused.
    """

    tolerates_losses: bool

    @property
    def transaction_context(self) -> TransactionContext | None:
        """For the plugin."""
        ...

    def prepare(self, delivery: SourceDelivery) -> bool:
        """Get ready before the plugin is; whether to go on. Blocks. Raises: ConnectError."""
        ...

    def begin(self) -> None:
        """The plugin has started."""
        ...

    def dispatch(self, records: Sequence[SourceRecord]) -> None:
        """Send what one ``poll`` returned, which may be nothing. Raises: ConnectError."""
        ...

    def before_produce(self, topics: Collection[str]) -> None:
        """Messages for these topics are about to be produced. Raises: ConnectError."""
        ...

    def record_done(self, record: SourceRecord, metadata: RecordMetadata | None) -> None:
        """A record was acknowledged or, with ``None``, dropped; only called when the plugin wants to know."""
        ...

    def explained(self, error: ConnectError) -> ConnectError:
        """The error to fail with when a message was refused: this one, or why nothing can be written any more."""
        ...

    def pause(self) -> None:
        """The task is about to pause. Raises: ConnectError."""
        ...

    def resume(self) -> None:
        """The task goes on after a pause."""
        ...

    def finish(self, *, failed: bool) -> None:
        """The loop is over: commit what may be committed. Raises: ConnectError."""
        ...

    def close(self) -> None:
        """Nothing is produced any more; the producer is let go after this."""
        ...
