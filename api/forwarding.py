"""Requests that another worker must serve: sent there, and its answer passed back.

The query parameter ``forward`` keeps a request from going in circles. A client sends none; the first worker adds
``forward=true``, the second ``forward=false``, and a third one does not forward. Two hops are enough to get from any
worker to the leader, and from there to the owner of a connector or task.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from urllib.parse import urlencode

import httpx
from fastapi import Request

from api.json_text import encode
from api.parameters import parsed_body
from api.paths import connector_url
from api.responses import Response, empty_response, json_response
from connect_runtime.errors import ConflictError, ConnectError, NotHereError

__all__ = ["FORWARD_THREADS", "Forwarder"]

logger = logging.getLogger(__name__)

FORWARD_THREADS = 40
"""Threads that wait for other workers. Others serve requests: else workers that forward to each other could all wait,
and none serve."""

_FORWARD = "forward"


class Forwarder:
    """Sends requests on to other workers. Callable from any thread.

    Args:
        client: See `worker_client`; who made it closes it.
    """

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def forward(self, request: Request, elsewhere: NotHereError) -> Response:
        """Have another worker serve a request, and wait for its answer.

        Args:
            request: One whose handler has failed.
            elsewhere: What it failed with.

        Raises:
            ConflictError: The request was forwarded too often, or nobody knows where to.
            ConnectError: The other worker cannot be reached, or what answers is none.
        """
        forward = _forward_for_next(request)
        if elsewhere.url is None:
            raise elsewhere
        answer = self._answer(request, f"{elsewhere.url.removesuffix('/')}{_target(request, forward)}")
        try:
            return _passed_back(request, answer)
        except (ValueError, LookupError, TypeError) as error:
            raise _io_error(request, f"{answer.url} answered {answer.status_code} {answer.text[:200]!r}") from error

    def _answer(self, request: Request, url: str) -> httpx.Response:
        logger.debug("Forwarding a request", extra={"method": request.method, "url": url})
        body = parsed_body(request)
        headers = _headers(request, has_body=body is not None)
        content = None if body is None else encode(body)
        try:
            return self._client.request(request.method, url, headers=headers, content=content)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _io_error(request, f"{url}: {type(error).__name__}: {error}") from error


def _forward_for_next(request: Request) -> str:
    said = request.query_params.getlist(_FORWARD)
    match said[0].lower() if said else "":
        case "":
            return "true"
        case "true":
            return "false"
        case _:
            # The leader knows every owner, so that whoever is asked third should have been the right one.
            raise ConflictError("Cannot complete request because of a conflicting operation (e.g. worker rebalance)")


def _target(request: Request, forward: str) -> str:
    path = request.scope["path"].replace(".", "%2E")  # the client would resolve a connector named ".." as a folder
    others = [(name, value) for name, value in request.query_params.multi_items() if name != _FORWARD]
    return f"{path}?{urlencode([*others, (_FORWARD, forward)])}"


def _headers(request: Request, *, has_body: bool) -> list[tuple[bytes, bytes]]:
    """Of the request's own headers only who asks; not who signed: a signature is between two workers."""
    credentials = [header for header in request.headers.raw if header[0] == b"authorization"]
    return [*credentials, (b"content-type", b"application/json")] if has_body else credentials


def _passed_back(request: Request, answer: httpx.Response) -> Response:
    """The answer of another worker as this worker's own.

    Raises:
        ValueError, LookupError, TypeError: No worker answers so.
    """
    if answer.is_error:
        return _failure(answer)
    if not answer.is_success:
        raise ConnectError(f"Unexpected status {answer.status_code} of a forwarded request: redirects are not followed")
    if not answer.content:
        return empty_response(answer.status_code)
    body = answer.json()
    headers = {"Location": connector_url(request, body["name"])} if answer.status_code == HTTPStatus.CREATED else None
    return json_response(body, answer.status_code, headers)


def _io_error(request: Request, what: str) -> ConnectError:
    return ConnectError(
        f"IO Error trying to forward REST request: {request.method} {what}. Check that a worker is up there, and that "
        "its rest.advertised.* settings name an address that other workers reach"
    )


def _failure(answer: httpx.Response) -> Response:
    body = answer.json()
    return json_response({"error_code": body["error_code"], "message": body["message"]}, answer.status_code)
