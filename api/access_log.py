"""One log line per request: extended NCSA format, as Connect writes it, and the latency in ms at its end."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connect_runtime.clock import Clock

__all__ = ["AccessLog"]

logger = logging.getLogger("connect_runtime.access")

_LINE = '%s - - [%s] "%s %s HTTP/%s" %s %s "%s" "%s" %d'
_ABSENT = "-"
_IPV4_IN_IPV6 = "::ffff:"


class AccessLog:
    """ASGI middleware that logs each request once it is answered.

    A response is held back until it is complete, and logged before the client has it: whoever has an answer finds its
    line in the log.

    Args:
        app: What answers the requests.
        clock: Gives the time of the request and its latency.
    """

    def __init__(self, app: ASGIApp, *, clock: Clock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request and log it."""
        if scope["type"] != "http" or not logger.isEnabledFor(logging.INFO):
            await self._app(scope, receive, send)
            return
        began_at_ms, began = self._clock.epoch_ms(), self._clock.monotonic()
        held: list[Message] = []

        async def logging_send(message: Message) -> None:
            held.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                latency_ms = round((self._clock.monotonic() - began) * 1000)
                logger.info(_LINE, *_line_fields(scope, held, began_at_ms, latency_ms))
                for part in held:
                    await send(part)

        await self._app(scope, receive, logging_send)


def _line_fields(scope: Scope, response: list[Message], began_at_ms: int, latency_ms: int) -> tuple[object, ...]:
    headers = Headers(scope=scope)
    client = scope.get("client")
    query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
    return (
        client[0].removeprefix(_IPV4_IN_IPV6) if client else _ABSENT,
        f"{datetime.fromtimestamp(began_at_ms / 1000, UTC):%d/%b/%Y:%H:%M:%S %z}",
        scope["method"],
        _quotable(f"{scope['raw_path'].decode('latin-1')}{query}"),
        scope["http_version"],
        response[0]["status"],
        sum(len(part.get("body", b"")) for part in response) or _ABSENT,
        _quotable(headers.get("referer", _ABSENT)),
        _quotable(headers.get("user-agent", _ABSENT)),
        latency_ms,
    )


def _quotable(text: str) -> str:
    """Text that neither ends its quotes nor the line."""
    return text.encode("unicode_escape").decode("ascii").replace('"', '\\"')
