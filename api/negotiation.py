"""What a request sends and what it takes back: JSON, or 415 and 406."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request

from api.errors import http_error
from connect_runtime.errors import BadRequestError

__all__ = ["MAX_BODY_BYTES", "RawBody", "accepts_json", "check_content_type", "gives_json", "takes_json"]

MAX_BODY_BYTES = 16 * 1024 * 1024
"""Far beyond what a broker takes as one record, and little enough to be held in memory."""

_WRITES = frozenset({"POST", "PUT", "PATCH"})
_JSON_RANGES = frozenset({"*", "*/*", "application/*", "application/json"})


async def raw_body(request: Request) -> bytes:
    """The body of a writing request; empty for any other, whose body nobody looks at.

    Raises:
        HTTPException: 413, when it is longer than `MAX_BODY_BYTES`.
    """
    if request.method not in _WRITES:
        return b""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise http_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body exceeds {MAX_BODY_BYTES} bytes")
    return bytes(body)


RawBody = Annotated[bytes, Depends(raw_body)]


async def takes_json(request: Request, body: RawBody) -> None:
    """Refuse a request that sends anything but JSON; runs before anything else is done.

    Raises:
        HTTPException: 415.
        BadRequestError: A content type that cannot be parsed.
    """
    if request.method in _WRITES:
        check_content_type(request.headers.get("content-type"), has_body=bool(body))


async def gives_json(request: Request) -> None:
    """Refuse a request that wants anything but JSON; runs before anything else is done.

    Raises:
        HTTPException: 406.
    """
    if not accepts_json(request.headers.getlist("accept")):
        raise http_error(HTTPStatus.NOT_ACCEPTABLE, "responses are application/json")


def check_content_type(content_type: str | None, *, has_body: bool) -> None:
    """Check the content type of a writing request. Without body none is needed.

    Raises:
        HTTPException: 415, when it is missing or not JSON.
        BadRequestError: When it is no media type at all.
    """
    if content_type is None:
        if has_body:
            raise http_error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send the header Content-Type: application/json")
        return
    media_type = content_type.partition(";")[0].strip().lower()
    if not all(part.strip() for part in media_type.split("/", 1)) or "/" not in media_type:
        raise BadRequestError(f"The Content-Type {content_type!r} is no media type: send application/json")
    if media_type != "application/json":
        raise http_error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"send application/json instead of {media_type}")


def accepts_json(accept: Sequence[str]) -> bool:
    """Whether ``Accept`` headers allow JSON; none allows everything. As in Connect, quality values are not read."""
    ranges = [item.partition(";")[0].strip().lower() for header in accept for item in header.split(",")]
    return not any(ranges) or not _JSON_RANGES.isdisjoint(ranges)
