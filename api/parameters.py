"""What handlers take from a request, read the way Connect reads it. Handlers name these types in their signatures."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, cast

from fastapi import Depends, Request

from api.errors import http_error
from api.json_body import (
    CreateRequest,
    Parsed,
    config_map,
    create_request,
    logger_level,
    parse_json,
    preview_request,
    task_configs,
)
from api.negotiation import RawBody
from api.paths import decode_segment
from connect_runtime.herder.api import HerderApi, PreviewRequest
from connect_runtime.model import ConnectorTaskId

__all__ = [
    "ConfigBody",
    "ConnectorName",
    "ConnectorsOnly",
    "CreateBody",
    "Expansions",
    "Herder",
    "IncludeTasks",
    "LevelBody",
    "LevelScope",
    "LoggerName",
    "OnlyFailed",
    "PluginName",
    "PreviewBody",
    "TaskConfigsBody",
    "TaskId",
    "parsed_body",
    "read_boolean",
    "read_task_number",
]

_INT32 = re.compile(r"[+-]?[0-9]{1,10}", re.ASCII)


def read_boolean(text: str | None, *, default: bool) -> bool:
    """A boolean query parameter: nothing is the default, ``true`` in any case is true, every other text is false."""
    return text.lower() == "true" if text else default


def read_task_number(text: str) -> int:
    """A task number: a signed 32-bit integer.

    Raises:
        HTTPException: 404, for anything else: no such path.
    """
    number = int(text) if _INT32.fullmatch(text) else None
    if number is None or not -(1 << 31) <= number < 1 << 31:
        raise http_error(HTTPStatus.NOT_FOUND)
    return number


def parsed_body(request: Request) -> Parsed:
    """The body that a request's handler has taken as JSON; ``None`` when it took none."""
    return getattr(request.state, "parsed_body", None)


async def _herder(request: Request) -> HerderApi:
    return cast(HerderApi, request.app.state.herder)


def _segment(name: str) -> Callable[[Request], Awaitable[str]]:
    async def read(request: Request) -> str:
        return decode_segment(request.path_params[name])

    return read


async def _task_id(request: Request) -> ConnectorTaskId:
    name, number = (decode_segment(request.path_params[part]) for part in ("connector", "task"))
    return ConnectorTaskId(name, read_task_number(number))


def _flag(name: str, *, default: bool) -> Callable[[Request], Awaitable[bool]]:
    async def read(request: Request) -> bool:
        values = request.query_params.getlist(name)
        return read_boolean(values[0] if values else None, default=default)

    return read


async def _expansions(request: Request) -> frozenset[str] | None:
    values = request.query_params.getlist("expand")
    return frozenset(values) if values else None


async def _scope(request: Request) -> str:
    values = request.query_params.getlist("scope")
    return values[0] if values else ""


async def _json_body(request: Request, body: RawBody) -> Parsed:
    parsed = parse_json(body)
    request.state.parsed_body = parsed
    return parsed


_JsonBody = Annotated[Parsed, Depends(_json_body)]


async def _create_body(body: _JsonBody) -> CreateRequest:
    return create_request(body)


async def _config_body(body: _JsonBody) -> dict[str, str | None]:
    return config_map(body)


async def _task_configs_body(body: _JsonBody) -> list[dict[str, str]]:
    return task_configs(body)


async def _preview_body(body: RawBody) -> PreviewRequest:
    return preview_request(body)


async def _level_body(body: _JsonBody) -> str:
    return logger_level(body)


Herder = Annotated[HerderApi, Depends(_herder)]
ConnectorName = Annotated[str, Depends(_segment("connector"))]
PluginName = Annotated[str, Depends(_segment("plugin"))]
LoggerName = Annotated[str, Depends(_segment("logger"))]
TaskId = Annotated[ConnectorTaskId, Depends(_task_id)]
Expansions = Annotated[frozenset[str] | None, Depends(_expansions)]
LevelScope = Annotated[str, Depends(_scope)]
IncludeTasks = Annotated[bool, Depends(_flag("includeTasks", default=False))]
OnlyFailed = Annotated[bool, Depends(_flag("onlyFailed", default=False))]
ConnectorsOnly = Annotated[bool, Depends(_flag("connectorsOnly", default=True))]
CreateBody = Annotated[CreateRequest, Depends(_create_body)]
ConfigBody = Annotated[dict[str, str | None], Depends(_config_body)]
TaskConfigsBody = Annotated[list[dict[str, str]], Depends(_task_configs_body)]
LevelBody = Annotated[str, Depends(_level_body)]
PreviewBody = Annotated[PreviewRequest, Depends(_preview_body)]
