"""Cross-origin requests (``access.control.allow.*``): which pages of other sites may call the API from a browser.

A preflight request also continues to the application, as in Connect, whose answer it gets with the extra headers.
"""

from __future__ import annotations

import re

import msgspec
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["CrossOrigin", "CrossOriginPolicy", "cross_origin_policy"]

_DEFAULT_METHODS = "GET,POST,HEAD"
_ALLOWED_HEADERS = ("X-Requested-With", "Content-Type", "Accept", "Origin")
_PREFLIGHT_MAX_AGE_S = 1800


class CrossOriginPolicy(msgspec.Struct, frozen=True):
    """Who may call.

    Attributes:
        origins: Allowed origins, in which ``*`` stands for any text; empty allows none.
        methods: Methods that a preflight request may announce.
    """

    origins: tuple[str, ...]
    methods: tuple[str, ...]

    def allows_origin(self, origin: str) -> bool:
        """Whether a page of that origin may call."""
        return any(re.fullmatch(re.escape(allowed).replace(r"\*", ".*"), origin) for allowed in self.origins)

    def allows_preflight(self, method: str, headers: str) -> bool:
        """Whether a page may send such a request, given the method and headers that its preflight announces."""
        known = {header.lower() for header in _ALLOWED_HEADERS}
        return method in self.methods and all(header.lower() in known for header in _items(headers))


def cross_origin_policy(allow_origin: str, allow_methods: str) -> CrossOriginPolicy:
    """The policy of both settings; blank methods are GET, POST and HEAD."""
    return CrossOriginPolicy(origins=_items(allow_origin), methods=_items(allow_methods) or _items(_DEFAULT_METHODS))


class CrossOrigin:
    """ASGI middleware that adds the headers by which a browser lets a page read the response.

    Args:
        app: What answers the requests.
        policy: Who may call.
    """

    def __init__(self, app: ASGIApp, *, policy: CrossOriginPolicy) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, with the headers that its origin may see."""
        added = self._headers_for(scope) if scope["type"] == "http" else {}
        if not added:
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(added)
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _headers_for(self, scope: Scope) -> dict[str, str]:
        request = Headers(scope=scope)
        origin = request.get("origin")
        if origin is None or not self._policy.allows_origin(origin):
            return {}
        allowed = {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Credentials": "true",
            "Vary": "Origin",
        }
        method = request.get("access-control-request-method")
        if scope["method"] != "OPTIONS" or method is None:
            return allowed
        if not self._policy.allows_preflight(method, request.get("access-control-request-headers", "")):
            return {}
        return allowed | {
            "Access-Control-Max-Age": str(_PREFLIGHT_MAX_AGE_S),
            "Access-Control-Allow-Methods": ",".join(self._policy.methods),
            "Access-Control-Allow-Headers": ",".join(_ALLOWED_HEADERS),
        }


def _items(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())
