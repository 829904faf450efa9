"""A peer of a worker that answers what it was told to, and keeps what it was asked."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

__all__ = ["CannedPeer"]


class CannedPeer:
    """An application for `api.RestServer`.

    Attributes:
        answer: Status, body and headers of every answer.
        asked: Method and target of each request, as they came.
        headers: Headers of the last request, names in lower case.
        body: Body of the last request.
    """

    def __init__(self) -> None:
        self.answer: tuple[int, bytes, dict[str, str]] = (204, b"", {})
        self.asked: list[str] = []
        self.headers: dict[str, str] = {}
        self.body = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        query = scope["query_string"].decode()
        self.asked.append(f"{request.method} {scope['raw_path'].decode()}" + (f"?{query}" if query else ""))
        self.headers = dict(request.headers.items())
        self.body = await request.body()
        status, body, headers = self.answer
        await Response(body, status, headers)(scope, receive, send)
