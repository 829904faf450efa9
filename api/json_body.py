"""Request bodies: JSON to the values that the herder takes.

Configurations are maps of text. Numbers and booleans in them become their text as written: ``1.10`` stays ``1.10``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Never

import msgspec

from connect_runtime.errors import BadRequestError
from connect_runtime.herder.api import InitialState, PreviewRequest

__all__ = [
    "CreateRequest",
    "Parsed",
    "config_map",
    "create_request",
    "logger_level",
    "parse_json",
    "preview_request",
    "task_configs",
]

Parsed = None | bool | str | list["Parsed"] | dict[str, "Parsed"]
"""A parsed JSON value whose numbers are their text."""

Config = dict[str, str | None]

_CREATE_FIELDS = ("name", "config", "initial_state")
_PREVIEW_FIELDS = ("config", "records", "topic", "last")
_BLANKS = "".join(map(chr, range(0x21)))
"""What Java's ``trim`` takes off: everything up to and including the space."""


class CreateRequest(msgspec.Struct, frozen=True):
    """Body of ``POST /connectors``; ``name`` is trimmed and empty when it was missing."""

    name: str
    config: Config
    initial_state: InitialState | None


def parse_json(body: bytes) -> Parsed:
    """The value of one JSON document in UTF-8, UTF-16 or UTF-32. Of equal member names the last wins.

    Raises:
        BadRequestError: Empty or blank, not valid text, not valid JSON, or more than one document.
    """
    try:
        text = body.decode(json.detect_encoding(body))
        if not text.strip():
            raise BadRequestError("The request body is empty: send a JSON object")
        return _decode(text)
    except UnicodeDecodeError as exc:
        raise BadRequestError(f"The request body is not valid text in {exc.encoding}: {exc.reason}") from exc


def _decode(text: str) -> Parsed:
    try:
        parsed: Parsed = json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse_constant)
    except json.JSONDecodeError as exc:
        where = f"line {exc.lineno}, column {exc.colno}"
        raise BadRequestError(f"The request body is not valid JSON: {exc.msg} ({where})") from exc
    except RecursionError as exc:
        raise BadRequestError("The request body is nested too deeply") from exc
    return parsed


def _refuse_constant(constant: str) -> Never:
    raise BadRequestError(f"The request body is not valid JSON: {constant} is no JSON number")


def create_request(body: Parsed) -> CreateRequest:
    """The body of ``POST /connectors``.

    Raises:
        BadRequestError: Not an object, an unknown member, no ``config``, or an unknown ``initial_state``.
    """
    members = _object(body)
    _check_members(members, _CREATE_FIELDS)
    return CreateRequest(
        name=(_text("name", members.get("name")) or "").strip(_BLANKS),
        config=config_map(members["config"]),
        initial_state=_initial_state(_text("initial_state", members.get("initial_state"))),
    )


def config_map(body: Parsed) -> Config:
    """A connector configuration in the order of its members; ``null`` stays ``None``.

    Raises:
        BadRequestError: Not an object, or a value that is an object or an array.
    """
    return {_encodable(key): _text(key, value) for key, value in _object(body).items()}


def task_configs(body: Parsed) -> list[dict[str, str]]:
    """The body of ``POST /connectors/C/tasks``, an array of configurations without ``null``.

    Raises:
        BadRequestError: Something else.
    """
    if not isinstance(body, list):
        raise BadRequestError("The request body must be a JSON array of task configurations")
    return [_without_null(config_map(config)) for config in body]


def preview_request(body: bytes) -> PreviewRequest:
    """The body of ``POST /connector-plugins/preview``. Numbers in sample records are numbers.

    Raises:
        BadRequestError: Not a JSON object, an unknown member, no ``config``, or a member of another type.
    """
    members = _object(parse_json(body))
    _check_members(members, _PREVIEW_FIELDS)
    topic = _text("topic", members.get("topic"))
    last = _text("last", members.get("last", "10")) or ""
    if not re.fullmatch(r"[0-9]{1,9}", last, re.ASCII):
        raise BadRequestError(f'"last" is {last}, but must be a number of messages')
    try:
        # Read again: samples are data, whose numbers are no text.
        records = json.loads(body.decode(json.detect_encoding(body))).get("records")
    except ValueError as exc:
        raise BadRequestError(f'"records" cannot be read: {exc}') from exc
    if not isinstance(records, list | None):
        raise BadRequestError('"records" must be a JSON array of sample records')
    return PreviewRequest(config_map(members["config"]), records, topic, int(last))


def logger_level(body: Parsed) -> str:
    """The ``level`` in the body of ``PUT /admin/loggers/L``; other members are ignored.

    Raises:
        BadRequestError: Not an object, or no level in it.
    """
    level = _text("level", _object(body).get("level"))
    if not level:
        raise BadRequestError("Desired 'level' parameter was not specified in request.")
    return level


def _check_members(members: dict[str, Parsed], known: Sequence[str]) -> None:
    for member in members:
        if member not in known:
            names = ", ".join(known)
            raise BadRequestError(f'Unrecognized field "{member}" in the request body: known fields are {names}')
    if members.get("config") is None:
        raise BadRequestError('The request body has no "config": send the connector configuration as a JSON object')


def _without_null(config: Config) -> dict[str, str]:
    for key, value in config.items():
        if value is None:
            raise BadRequestError(f'The value of "{key}" is null: task configurations hold text only')
    return {key: value for key, value in config.items() if value is not None}


def _initial_state(text: str | None) -> InitialState | None:
    if text is None:
        return None
    try:
        return InitialState(text.upper())
    except ValueError as exc:
        known = ", ".join(state.value for state in InitialState)
        raise BadRequestError(f'Unknown "initial_state" {text}: use one of {known}') from exc


def _object(body: Parsed) -> dict[str, Parsed]:
    if isinstance(body, dict):
        return body
    raise BadRequestError("The request body must be a JSON object")


def _text(key: str, value: Parsed) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case str():
            return _encodable(value)
        case _:
            kind = "an array" if isinstance(value, list) else "an object"
            raise BadRequestError(f'The value of "{key}" is {kind}: send a string, a number or a boolean')


def _encodable(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise BadRequestError(f"The request body holds an unpaired surrogate in {text!r}: no such text exists") from exc
    return text
