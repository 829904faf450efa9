"""The application: endpoints, and what surrounds every request."""

from __future__ import annotations

from http import HTTPStatus
from typing import cast

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Match, Route

from api.access_log import AccessLog
from api.cors import CrossOrigin, cross_origin_policy
from api.endpoints import Surface, endpoints_of
from api.errors import ErrorBoundary, error_response
from api.forwarding import FORWARD_THREADS, Forwarder
from api.negotiation import gives_json, takes_json
from api.paths import CanonicalPath
from api.response_headers import ResponseHeaders, header_rules
from api.responses import Response, text_response
from api.root import HEALTH_THREADS
from connect_runtime.clock import Clock, SystemClock
from connect_runtime.errors import ConnectError, NotHereError
from connect_runtime.herder.api import HerderApi

__all__ = ["create_app"]


def create_app(
    herder: HerderApi,
    *,
    forwarder: Forwarder | None = None,
    surface: Surface = Surface.ALL,
    allow_origin: str = "",
    allow_methods: str = "",
    response_headers: str = "",
    clock: Clock | None = None,
) -> FastAPI:
    """The REST API of one worker.

    Args:
        herder: Answers the requests; called from a pool of threads.
        forwarder: Takes requests to the workers that can serve them; ``None`` for a worker without others.
        surface: Which endpoints there are.
        allow_origin: Value of ``access.control.allow.origin``; blank for no cross-origin requests.
        allow_methods: Value of ``access.control.allow.methods``.
        response_headers: Value of ``response.http.headers.config``.
        clock: For the access log and for dates in headers; ``None`` is the machine's.

    Raises:
        ConfigError: A malformed header rule.
    """
    clock = clock or SystemClock()
    app = FastAPI(
        title="connect-runtime",
        openapi_url=None,  # Connect has no such page, and its bodies are read by hand
        redirect_slashes=False,
        middleware=[
            Middleware(AccessLog, clock=clock),
            Middleware(ResponseHeaders, rules=header_rules(response_headers), clock=clock),
            Middleware(CrossOrigin, policy=cross_origin_policy(allow_origin, allow_methods)),
            Middleware(ErrorBoundary),
            Middleware(CanonicalPath),
        ],
        exception_handlers={HTTPException: _on_error, ConnectError: _on_error, NotHereError: _on_not_here},
    )
    app.state.herder = herder
    app.state.forwarder = forwarder
    app.state.forward_threads = CapacityLimiter(FORWARD_THREADS)
    app.state.health_threads = CapacityLimiter(HEALTH_THREADS)
    _add_endpoints(app, surface)
    return app


def _add_endpoints(app: FastAPI, surface: Surface) -> None:
    for endpoint in endpoints_of(surface):
        checks = (takes_json, gives_json) if endpoint.takes_json_only else (gives_json,)
        app.add_api_route(
            endpoint.path,
            endpoint.handler,
            methods=["GET", "HEAD"] if endpoint.method == "GET" else [endpoint.method],
            dependencies=[Depends(check) for check in checks],
            response_model=None,
        )


async def _on_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException) or error.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
        return error_response(error, request.method)
    allow = {"Allow": ", ".join(_allowed_methods(request))}
    if request.method == "OPTIONS":  # has no routes of its own: it is a wrong method that gets an answer
        return text_response(allow["Allow"], allow)
    response = error_response(error, request.method)
    response.headers.update(allow)
    return response


async def _on_not_here(request: Request, error: Exception) -> Response:
    forwarder = cast(Forwarder | None, request.app.state.forwarder)
    if forwarder is None or not isinstance(error, NotHereError):
        return error_response(error, request.method)
    limiter = cast(CapacityLimiter, request.app.state.forward_threads)
    try:
        return await to_thread.run_sync(forwarder.forward, request, error, limiter=limiter, abandon_on_cancel=True)
    except ConnectError as failure:
        return error_response(failure, request.method)


def _allowed_methods(request: Request) -> list[str]:
    routes = cast(list[Route], request.app.router.routes)
    matching = (route for route in routes if route.matches(request.scope)[0] is not Match.NONE)
    return sorted({"OPTIONS"}.union(*(route.methods or () for route in matching)))
