"""One client's connection: frames in, answers out in the order of the requests."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import cast

__all__ = ["Connection", "Serve"]

Serve = Callable[[bytearray, "Connection"], Awaitable[bytes | None]]
"""Turns a request frame into an answer frame, None for no answer. An exception closes the connection."""

_PREFIX_BYTES = 4
_MAX_UNANSWERED = 32


class Connection(asyncio.BufferedProtocol):
    """Receives straight into the buffer of the request that is coming in, and serves requests as they are complete.

    Requests of one connection are begun in order and may overlap; their answers leave in order. While many are
    unanswered, or the client does not take its answers, nothing more is read from it.

    Args:
        serve: Handles one request.
        max_request_bytes: Larger frames close the connection.
        on_open: Told of the connection when it is there.
        on_close: Told when it is gone.
    """

    def __init__(
        self,
        serve: Serve,
        max_request_bytes: int,
        on_open: Callable[["Connection"], None],
        on_close: Callable[["Connection", str | None], None],
    ) -> None:
        self.client_software = ""
        self.peer = ""
        self._serve = serve
        self._max_request_bytes = max_request_bytes
        self._on_open = on_open
        self._on_close = on_close
        self._prefix = bytearray(_PREFIX_BYTES)
        self._frame: bytearray | None = None
        self._filled = 0
        self._answers: deque[asyncio.Task[bytes | None]] = deque()
        self._is_writable = asyncio.Event()
        self._fault: str | None = None
        self._sender: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note who is there."""
        self._transport = cast(asyncio.Transport, transport)
        self._is_writable.set()
        peer = transport.get_extra_info("peername")
        self.peer = str(peer[0]) if peer else ""
        self._on_open(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop what is still under way for the client."""
        for answer in self._answers:
            answer.cancel()
        if self._sender is not None:
            self._sender.cancel()
        self._on_close(self, self._fault or (str(exc) if exc else None))

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - the protocol's signature
        """Where the next bytes go: into the length prefix, or into the frame it announced."""
        target = self._prefix if self._frame is None else self._frame
        return memoryview(target)[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes have come in."""
        self._filled += nbytes
        if self._frame is None:
            if self._filled == _PREFIX_BYTES:
                self._begin_frame(int.from_bytes(self._prefix, "big", signed=True))
        elif self._filled == len(self._frame):
            frame, self._frame, self._filled = self._frame, None, 0
            self._begin_request(frame)

    def eof_received(self) -> bool:
        """The client sends no more; close."""
        return False

    def pause_writing(self) -> None:
        """The client does not take its answers."""
        self._is_writable.clear()

    def resume_writing(self) -> None:
        """The client takes answers again."""
        self._is_writable.set()

    def close(self, fault: str | None = None) -> None:
        """Close at once; `fault` says why when the client is to blame."""
        self._fault = self._fault or fault
        self._transport.abort()

    def _begin_frame(self, size: int) -> None:
        self._filled = 0
        if not 0 < size <= self._max_request_bytes:
            self.close(f"a request of {size} bytes")
            return
        self._frame = bytearray(size)

    def _begin_request(self, frame: bytearray) -> None:
        answer = asyncio.ensure_future(self._serve(frame, self))
        self._answers.append(answer)
        if len(self._answers) >= _MAX_UNANSWERED:
            self._transport.pause_reading()
        if self._sender is None:
            self._sender = asyncio.get_running_loop().create_task(self._send_answers())

    async def _send_answers(self) -> None:
        while self._answers:
            try:
                frame = await self._answers[0]
            except asyncio.CancelledError:
                return
            except Exception as exc:  # noqa: BLE001 - one request ends here, and the connection with it
                self.close(f"{type(exc).__name__}: {exc}")
                return
            self._answers.popleft()
            if len(self._answers) == _MAX_UNANSWERED - 1:
                self._transport.resume_reading()
            if frame is not None:
                self._transport.writelines((len(frame).to_bytes(_PREFIX_BYTES, "big"), frame))
                await self._is_writable.wait()
        self._sender = None
