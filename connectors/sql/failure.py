"""What a database's refusal means for the sink."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["Failure", "FailureKind"]


class FailureKind(Enum):
    """What to do about it."""

    OUTAGE = "the database cannot be reached: connect again later"
    PASSING = "the database answered, and may take the same later"
    BAD_ROW = "a row does not fit"
    STALE = "the table is not what it was when the statement was made"
    FATAL = "a person has to change something"


@dataclass(frozen=True, slots=True)
class Failure:
    """A driver's error, understood.

    Attributes:
        kind: What to do.
        message: What happened, in the database's words, and what a person can do.
        row: Place of the row at fault within what was written, ``None`` when the database did not say.
    """

    kind: FailureKind
    message: str
    row: int | None = None
