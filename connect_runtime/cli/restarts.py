"""When a worker that ended is started again: how it ended in, the pause or the verdict out."""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["Restarts"]

FIRST_BACKOFF_S = 0.5
LONGEST_BACKOFF_S = 30.0
STARTS = 3
"""So often in a row a worker may end before it is up: another try would end as those did."""
HEALTHY_S = 60.0
"""A worker that was up for as long is started again without much ado."""


@dataclass(frozen=True, slots=True)
class Restarts:
    """What became of a worker's latest starts.

    Attributes:
        failed_starts: Times in a row that it ended before it was up.
        backoff_s: Pause before the next start.
    """

    failed_starts: int = 0
    backoff_s: float = 0.0

    @property
    def is_hopeless(self) -> bool:
        """Whether it is not worth another try."""
        return self.failed_starts >= STARTS

    def after(self, up_s: float | None) -> Restarts:
        """The same after another end.

        Args:
            up_s: How long the worker was up, ``None`` when it never was.
        """
        if up_s is not None and up_s >= HEALTHY_S:
            return Restarts(backoff_s=FIRST_BACKOFF_S)
        longer_s = min(max(self.backoff_s * 2, FIRST_BACKOFF_S), LONGEST_BACKOFF_S)
        if up_s is not None:
            return Restarts(backoff_s=longer_s)
        return replace(self, failed_starts=self.failed_starts + 1, backoff_s=longer_s)
