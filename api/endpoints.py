"""The table of endpoints: the whole REST surface on one screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import NamedTuple, assert_never

from api import connectors, internal, loggers, plugins, root
from api.responses import Response

__all__ = ["ENDPOINTS", "Endpoint", "Surface", "endpoints_of"]


class Endpoint(NamedTuple):
    """One method of one path. ``GET`` answers ``HEAD`` too, and every path answers ``OPTIONS``.

    Attributes:
        method: The method.
        path: The path; what stands in braces is a parameter of the handler.
        handler: Answers a request.
        takes_json_only: Whether a body must be declared as JSON; workers do not declare theirs.
    """

    method: str
    path: str
    handler: Callable[..., Response | Awaitable[Response]]
    takes_json_only: bool = True


class Surface(Enum):
    """Which endpoints a server has; `admin.listeners` moves the loggers to a server of their own."""

    ALL = "all"
    WITHOUT_LOGGERS = "without loggers"
    LOGGERS = "loggers"


ENDPOINTS = (
    Endpoint("GET", "/", root.show),
    Endpoint("GET", "/health", root.health),
    Endpoint("GET", "/connectors", connectors.list_all),
    Endpoint("POST", "/connectors", connectors.create),
    Endpoint("GET", "/connectors/{connector}", connectors.show),
    Endpoint("DELETE", "/connectors/{connector}", connectors.delete),
    Endpoint("GET", "/connectors/{connector}/config", connectors.show_config),
    Endpoint("PUT", "/connectors/{connector}/config", connectors.put_config),
    Endpoint("PATCH", "/connectors/{connector}/config", connectors.patch_config),
    Endpoint("GET", "/connectors/{connector}/status", connectors.show_status),
    Endpoint("PUT", "/connectors/{connector}/pause", connectors.pause),
    Endpoint("PUT", "/connectors/{connector}/resume", connectors.resume),
    Endpoint("PUT", "/connectors/{connector}/stop", connectors.stop),
    Endpoint("POST", "/connectors/{connector}/restart", connectors.restart),
    Endpoint("GET", "/connectors/{connector}/tasks", connectors.show_tasks),
    Endpoint("GET", "/connectors/{connector}/tasks/{task}/status", connectors.show_task_status),
    Endpoint("POST", "/connectors/{connector}/tasks/{task}/restart", connectors.restart_task),
    Endpoint("POST", "/connectors/{connector}/tasks", internal.put_task_configs, takes_json_only=False),
    Endpoint("PUT", "/connectors/{connector}/fence", internal.fence, takes_json_only=False),
    Endpoint("GET", "/connector-plugins", plugins.list_all),
    Endpoint("GET", "/connector-plugins/{plugin}/config", plugins.show_config),
    Endpoint("PUT", "/connector-plugins/{plugin}/config/validate", plugins.validate),
    Endpoint("POST", "/connector-plugins/preview", plugins.preview),
    Endpoint("GET", "/admin/loggers", loggers.list_all),
    Endpoint("GET", "/admin/loggers/{logger}", loggers.show),
    Endpoint("PUT", "/admin/loggers/{logger}", loggers.set_level),
)


def endpoints_of(surface: Surface) -> tuple[Endpoint, ...]:
    """The endpoints of a server."""
    match surface:
        case Surface.ALL:
            return ENDPOINTS
        case Surface.WITHOUT_LOGGERS:
            return tuple(endpoint for endpoint in ENDPOINTS if not _is_for_loggers(endpoint))
        case Surface.LOGGERS:
            return tuple(endpoint for endpoint in ENDPOINTS if _is_for_loggers(endpoint))
        case _:
            assert_never(surface)


def _is_for_loggers(endpoint: Endpoint) -> bool:
    return endpoint.path.startswith("/admin/loggers")
