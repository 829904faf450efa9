"""``/admin/loggers``: log levels of the running worker."""

from __future__ import annotations

import logging
from http import HTTPStatus

from api import views
from api.parameters import Herder, LevelBody, LevelScope, LoggerName
from api.responses import Response, empty_response, json_response

__all__ = ["list_all", "set_level", "show"]

logger = logging.getLogger(__name__)


def list_all(herder: Herder) -> Response:
    """Every logger with its level."""
    return json_response(views.logger_levels(herder.loggers()))


def show(herder: Herder, name: LoggerName) -> Response:
    """Level of one logger."""
    return json_response(views.logger_level(herder.logger(name)))


def set_level(herder: Herder, name: LoggerName, scope: LevelScope, level: LevelBody) -> Response:
    """Set the level of a logger and of all whose name begins with its name."""
    if scope.lower() == "cluster":
        herder.set_cluster_logger_level(name, level)
        return empty_response(HTTPStatus.NO_CONTENT)
    changed = herder.set_logger_level(name, level)
    if scope.lower() not in {"", "worker"}:
        logger.warning("Unknown scope %r of a log level: taken as 'worker'", scope)
    return json_response(changed)
