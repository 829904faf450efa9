"""Request paths, taken segment by segment as they were sent: so a name with a slash or a percent sign has a URL."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from connect_runtime.errors import BadRequestError

__all__ = ["CanonicalPath", "canonical_path", "connector_url", "decode_segment", "encode_segment"]

_SEGMENT_SAFE = "!$&'()*+,=:@"
"""What may stand unescaped in a path segment (RFC 3986, pchar), but for the semicolon: it begins a matrix parameter."""


def canonical_path(raw_path: bytes) -> str:
    """The path that routes are matched against: each segment fully percent-encoded, one slash at the end ignored.

    Matrix parameters (``;a=b``) are dropped. An absolute URL, as sent to a proxy, counts by its path.

    Raises:
        BadRequestError: No path, or one that is not UTF-8 once its escapes are decoded.
    """
    try:
        path = _path_of(raw_path.decode("utf-8"))
        segments = [unquote(segment.partition(";")[0], errors="strict") for segment in path.split("/")]
    except ValueError as exc:  # UnicodeDecodeError is one
        raise BadRequestError(f"The path {raw_path!r} cannot be read as UTF-8 text: {exc}") from exc
    return "/".join(quote(segment, safe="") for segment in segments)


def _path_of(target: str) -> str:
    path = target if target.startswith("/") else urlsplit(target).path or "/"
    return path[:-1] if path.endswith("/") and path != "/" else path


def decode_segment(segment: str) -> str:
    """The text of a segment of a canonical path."""
    return unquote(segment)


def encode_segment(text: str) -> str:
    """The text as one path segment that `canonical_path` reads back as the same text."""
    return quote(text, safe=_SEGMENT_SAFE)


def connector_url(request: Request, name: str) -> str:
    """URL of a connector, for whoever sent the request."""
    return f"{request.base_url}connectors/{encode_segment(name)}"


class CanonicalPath:
    """ASGI middleware that puts the canonical path in place of the decoded one, in which ``%2F`` is lost."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request by its canonical path."""
        if scope["type"] == "http":
            scope = {**scope, "path": canonical_path(scope["raw_path"])}
        await self._app(scope, receive, send)
