"""``/`` and ``/health``."""

from __future__ import annotations

from http import HTTPStatus
from typing import cast

from anyio import CapacityLimiter, to_thread
from fastapi import Request

from api import views
from api.parameters import Herder
from api.responses import Response, json_response
from connect_runtime.herder.api import HealthState

__all__ = ["HEALTH_THREADS", "health", "show"]

HEALTH_THREADS = 4
"""Threads for ``/health`` alone. It waits 10 s at most, and must answer while all other threads wait for the herder."""

_STATUS = {
    HealthState.HEALTHY: HTTPStatus.OK,
    HealthState.STARTING: HTTPStatus.SERVICE_UNAVAILABLE,
    HealthState.UNHEALTHY: HTTPStatus.INTERNAL_SERVER_ERROR,
}


def show(herder: Herder) -> Response:
    """Version of the worker, and the cluster that it works on."""
    return json_response(views.server_info(herder.server_info()))


async def health(herder: Herder, request: Request) -> Response:
    """Whether the worker works."""
    limiter = cast(CapacityLimiter, request.app.state.health_threads)
    report = await to_thread.run_sync(herder.health, limiter=limiter)
    return json_response(views.health(report), _STATUS[report.status])
