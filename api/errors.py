"""Which HTTP status each error becomes, and the body that goes with it. The only such table.

Connect answers every failure with ``{"error_code": status, "message": text}``.
"""

from __future__ import annotations

import logging
from asyncio import CancelledError
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.responses import Response, json_response
from connect_runtime.errors import (
    AlreadyExistsError,
    BadRequestError,
    ConfigError,
    ConflictError,
    ConnectError,
    ForbiddenError,
    NotFoundError,
    NotReadyError,
    PluginNotFoundError,
)

__all__ = ["STATUS_BY_ERROR", "ErrorBoundary", "error_response", "http_error"]

logger = logging.getLogger(__name__)

STATUS_BY_ERROR: dict[type[ConnectError], HTTPStatus] = {
    BadRequestError: HTTPStatus.BAD_REQUEST,
    ConfigError: HTTPStatus.BAD_REQUEST,
    PluginNotFoundError: HTTPStatus.BAD_REQUEST,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    NotFoundError: HTTPStatus.NOT_FOUND,
    AlreadyExistsError: HTTPStatus.CONFLICT,
    ConflictError: HTTPStatus.CONFLICT,
    NotReadyError: HTTPStatus.SERVICE_UNAVAILABLE,
    # Among these are RequestTimeoutError and StorageError: the worker is at fault or late, not the request.
    ConnectError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""Status of each error class; a class that is not listed has that of its nearest listed base."""

_READS = frozenset({"GET", "HEAD"})


def http_error(status: HTTPStatus, detail: str = "") -> HTTPException:
    """An error of the HTTP layer itself; its message begins as Connect's, ``HTTP 404 Not Found``."""
    message = f"HTTP {status.value} {status.phrase}"
    return HTTPException(status, f"{message}: {detail}" if detail else message)


def error_response(error: Exception, method: str) -> Response:
    """The answer to a failed request. Never raises, and never shows a traceback.

    Args:
        error: What was raised while the request was answered.
        method: The request's method.
    """
    match error:
        case HTTPException():
            return _answer(HTTPStatus(error.status_code), _http_message(error))
        case ConnectError():
            return _known_error_response(error, method)
        case _:
            logger.error("REST request failed unexpectedly", exc_info=error)
            text = f"{type(error).__name__}: {error}"
            return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, f"{text} (the worker's log has the details)")


def _known_error_response(error: ConnectError, method: str) -> Response:
    status = next(STATUS_BY_ERROR[kind] for kind in type(error).__mro__ if kind in STATUS_BY_ERROR)
    if isinstance(error, ConflictError) and method in _READS:
        # Connect's reads answer 500 while a rebalance is pending, and clients retry on just that.
        status = HTTPStatus.INTERNAL_SERVER_ERROR
    return _answer(status, str(error))


def _http_message(error: HTTPException) -> str:
    status = HTTPStatus(error.status_code)
    return str(http_error(status).detail) if error.detail in {"", status.phrase} else error.detail


def _answer(status: HTTPStatus, message: str) -> Response:
    return json_response({"error_code": status.value, "message": message}, status)


class ErrorBoundary:
    """ASGI middleware at which every error of a request ends, its own and those of the middlewares within."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, with an error response if it fails."""
        started = False

        async def watched_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except CancelledError:
            # Only a server that stops cancels requests, and nothing follows this one: it still gets an answer.
            if not started:
                await error_response(ConnectError("The worker is shutting down"), scope["method"])(scope, receive, send)
        except ClientDisconnect:
            logger.debug("The client went away before its request was read")
        except Exception as error:
            if started or scope["type"] != "http":
                raise
            await error_response(error, scope["method"])(scope, receive, send)
