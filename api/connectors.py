"""``/connectors`` and what is below it."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request

from api import views
from api.json_text import JsonValue
from api.parameters import (
    ConfigBody,
    ConnectorName,
    CreateBody,
    Expansions,
    Herder,
    IncludeTasks,
    OnlyFailed,
    TaskId,
)
from api.paths import connector_url
from api.responses import Response, empty_response, json_response
from connect_runtime.errors import NotFoundError
from connect_runtime.herder.api import Created

__all__ = [
    "create",
    "delete",
    "list_all",
    "patch_config",
    "pause",
    "put_config",
    "restart",
    "restart_task",
    "resume",
    "show",
    "show_config",
    "show_status",
    "show_task_status",
    "show_tasks",
    "stop",
]


def list_all(herder: Herder, expand: Expansions) -> Response:
    """Names of all connectors, or with ``expand`` each with its info, its status or both."""
    names = herder.connectors()
    if expand is None:
        return json_response(names)
    expanded = ((name, _expanded(herder, name, expand)) for name in names)
    return json_response({name: parts for name, parts in expanded if parts is not None})


def create(herder: Herder, request: Request, body: CreateBody) -> Response:
    """Create a connector."""
    return _created_response(request, herder.create_connector(body.name, body.config, body.initial_state))


def show(herder: Herder, connector: ConnectorName) -> Response:
    """A connector as configured."""
    return json_response(views.connector_info(herder.connector_info(connector)))


def show_config(herder: Herder, connector: ConnectorName) -> Response:
    """A connector's configuration as it was sent."""
    return json_response(herder.connector_info(connector).config)


def put_config(herder: Herder, request: Request, connector: ConnectorName, config: ConfigBody) -> Response:
    """Create a connector or replace its whole configuration."""
    return _created_response(request, herder.put_connector_config(connector, config))


def patch_config(herder: Herder, connector: ConnectorName, patch: ConfigBody) -> Response:
    """Change some keys of a connector's configuration; ``null`` removes one."""
    return json_response(views.connector_info(herder.patch_connector_config(connector, patch).info))


def delete(herder: Herder, connector: ConnectorName) -> Response:
    """Delete a connector."""
    herder.delete_connector(connector)
    return empty_response(HTTPStatus.NO_CONTENT)


def show_status(herder: Herder, connector: ConnectorName) -> Response:
    """State of a connector and of its tasks."""
    return json_response(views.connector_status(herder.connector_status(connector)))


def pause(herder: Herder, connector: ConnectorName) -> Response:
    """Ask a connector to idle."""
    herder.pause_connector(connector)
    return empty_response(HTTPStatus.ACCEPTED)


def resume(herder: Herder, connector: ConnectorName) -> Response:
    """Ask a connector to run."""
    herder.resume_connector(connector)
    return empty_response(HTTPStatus.ACCEPTED)


def stop(herder: Herder, connector: ConnectorName) -> Response:
    """Ask a connector to give up its tasks."""
    herder.stop_connector(connector)
    return empty_response(HTTPStatus.NO_CONTENT)


def restart(herder: Herder, connector: ConnectorName, include_tasks: IncludeTasks, only_failed: OnlyFailed) -> Response:
    """Restart the connector instance and wait for it; with a parameter, begin a restart of what it selects."""
    if not include_tasks and not only_failed:
        herder.restart_connector(connector)
        return empty_response(HTTPStatus.NO_CONTENT)
    status = herder.restart_connector_and_tasks(connector, include_tasks=include_tasks, only_failed=only_failed)
    return json_response(views.connector_status(status), HTTPStatus.ACCEPTED)


def show_tasks(herder: Herder, connector: ConnectorName) -> Response:
    """A connector's tasks and their configurations."""
    return json_response([views.task_info(task) for task in herder.task_infos(connector)])


def show_task_status(herder: Herder, task_id: TaskId) -> Response:
    """State of one task."""
    return json_response(views.task_state(herder.task_status(task_id)))


def restart_task(herder: Herder, task_id: TaskId) -> Response:
    """Restart one task."""
    herder.restart_task(task_id)
    return empty_response(HTTPStatus.NO_CONTENT)


def _expanded(herder: Herder, name: str, expand: frozenset[str]) -> JsonValue:
    """The wanted parts of a connector; ``None`` leaves it out, as its status is not known."""
    parts: dict[str, JsonValue] = {}
    if "info" in expand:
        parts["info"] = _info_unless_gone(herder, name)
    if "status" in expand:
        try:
            parts["status"] = views.connector_status(herder.connector_status(name))
        except NotFoundError:
            return None
    return parts


def _info_unless_gone(herder: Herder, name: str) -> JsonValue:
    try:
        return views.connector_info(herder.connector_info(name))
    except NotFoundError:
        return None


def _created_response(request: Request, stored: Created) -> Response:
    body = views.connector_info(stored.info)
    if not stored.created:
        return json_response(body)
    return json_response(body, HTTPStatus.CREATED, {"Location": connector_url(request, stored.info.name)})
