"""Time as a collaborator, so that decisions can be tested without waiting."""

from __future__ import annotations

import time
from typing import Protocol

__all__ = ["Clock", "SystemClock"]


class Clock(Protocol):
    """Where the runtime reads the time."""

    def monotonic(self) -> float:
        """Seconds that never go back; for deadlines."""
        ...

    def epoch_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC; for records."""
        ...


class SystemClock:
    """The machine's clock."""

    def monotonic(self) -> float:
        """Seconds that never go back; for deadlines."""
        return time.monotonic()

    def epoch_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC; for records."""
        return time.time_ns() // 1_000_000
