"""What a worker's membership of a cluster is put together from."""

from __future__ import annotations

from typing import Protocol

from connect_runtime.herder.group import GroupListing

__all__ = ["Seat", "Watch", "WriteRight"]


class Seat(Protocol):
    """What is needed of a `connect_runtime.herder.group.GroupSeat`."""

    @property
    def holds_partition(self) -> bool:
        """Whether this worker is to lead."""
        ...

    @property
    def terms(self) -> int:
        """How often it came to hold the partition."""
        ...

    @property
    def heard_at(self) -> float | None:
        """When the group's coordinator last told that this worker is a member; monotonic seconds."""
        ...

    @property
    def member_id(self) -> str:
        """This member's id."""
        ...

    @property
    def problem(self) -> str | None:
        """Why this worker is not a member, as far as a broker said so."""
        ...

    def join(self) -> None:
        """Become a member."""
        ...

    def poll(self) -> None:
        """Take part in what the group is doing."""
        ...

    def leave(self) -> None:
        """Leave the group in order."""
        ...


class Watch(Protocol):
    """What is needed of a `connect_runtime.herder.group.GroupWatch`."""

    @property
    def latest(self) -> GroupListing | None:
        """The newest listing."""
        ...

    def start(self) -> None:
        """Begin to ask."""
        ...

    def stop(self) -> None:
        """Ask no more."""
        ...


class WriteRight(Protocol):
    """What is needed of a `connect_runtime.storage.LeaderWriter`."""

    @property
    def is_claimed(self) -> bool:
        """Whether the right to write is this worker's as far as it knows."""
        ...

    def poll(self) -> None:
        """Give the right up when it cannot be used any more."""
        ...

    def claim(self, timeout_s: float) -> None:
        """Take the right. Raises: ConnectError."""
        ...

    def release(self) -> None:
        """Give the right up."""
        ...
