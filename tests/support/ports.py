"""Ports of the loopback for servers that have to be told their port before they start."""

from __future__ import annotations

import socket
import weakref

__all__ = ["ReservedPort"]


class ReservedPort:
    """A TCP port of 127.0.0.1 that nobody gets by chance, also while the server that it is for is down.

    It is bound, without listening, for as long as this object lives. A server that sets ``SO_REUSEADDR``, as Java's and
    asyncio's do, may listen on it all the same.
    """

    def __init__(self) -> None:
        holder = socket.socket()
        weakref.finalize(self, holder.close)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        self.number: int = holder.getsockname()[1]
