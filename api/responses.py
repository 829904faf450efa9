"""Responses as Connect sends them: pre-encoded JSON, or nothing at all."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import Response

from api.json_text import JsonValue, encode

__all__ = ["Response", "empty_response", "json_response", "text_response"]


def json_response(value: JsonValue, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None) -> Response:
    """A response with a JSON body."""
    return Response(encode(value), status, headers, media_type="application/json")


def empty_response(status: int) -> Response:
    """A response without body and without content type: clients fail on ``null`` or an empty JSON body."""
    return Response(None, status)


def text_response(text: str, headers: dict[str, str]) -> Response:
    """A response with a plain text body."""
    return Response(text, HTTPStatus.OK, headers, media_type="text/plain")
