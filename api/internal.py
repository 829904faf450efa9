"""What workers ask of each other. Requests are signed with the cluster's session key."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request

from api.negotiation import RawBody
from api.parameters import ConnectorName, Herder, TaskConfigsBody
from api.responses import Response, empty_response

__all__ = ["fence", "put_task_configs"]


def put_task_configs(
    herder: Herder, request: Request, connector: ConnectorName, configs: TaskConfigsBody, signed: RawBody
) -> Response:
    """Store the tasks that a connector has generated on its worker."""
    herder.verify_signature(request.headers, signed)
    herder.put_task_configs(connector, configs)
    return empty_response(HTTPStatus.NO_CONTENT)


def fence(herder: Herder, request: Request, connector: ConnectorName, signed: RawBody) -> Response:
    """Shut out the producers of a source connector's earlier tasks."""
    herder.verify_signature(request.headers, signed)
    herder.fence_zombies(connector)
    return empty_response(HTTPStatus.NO_CONTENT)
