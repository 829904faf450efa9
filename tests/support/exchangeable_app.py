"""An application that stands for another, so that one running server can serve each test its own."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class ExchangeableApp:
    """Hands every request to `app`."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)
