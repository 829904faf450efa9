"""Where bytes come from: a file that grows, is cut short or replaced; or a stream that cannot be rewound."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from connectors.file.parsing import Origin

__all__ = ["CHUNK_BYTES", "Input", "Pause", "Piece"]

CHUNK_BYTES = 128 * 1024


class Pause(Enum):
    """Why there are no bytes."""

    NOTHING_NOW = "nothing now"
    ENDED = "nothing will follow; what comes next is the beginning of another content"


Piece = Origin | bytes | Pause


class Input(Protocol):
    """Gives, per content, its `Origin`, its bytes and perhaps its end; pauses come in between. Never waits."""

    def read(self) -> Piece:
        """What comes next. Raises: ConnectError."""
        ...

    @property
    def quiet_s(self) -> float:
        """Seconds since the content last grew."""
        ...

    @property
    def head(self) -> bytes | None:
        """First bytes that were read, as many as a fingerprint needs; ``None`` for a content without positions."""
        ...

    def close(self) -> None:
        """Release what is open."""
        ...
