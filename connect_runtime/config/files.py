"""Configuration files: Java properties, TOML and JSON, read into flat maps of text."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import javaproperties

from connect_runtime.errors import ExitCode, StartupError

__all__ = ["ConnectorFile", "environment_overrides", "read_connector_file", "read_worker_file"]

_ENVIRONMENT_PREFIX: Final = "CONNECT_"
_NOT_KEYS: Final = ("log4j.", "runtime.")
_PUNCTUATION: Final = {"_": ".", "__": "_", "___": "-"}


@dataclass(frozen=True, slots=True)
class ConnectorFile:
    """A connector as its file describes it.

    Attributes:
        name: Name of the connector.
        config: Its configuration, ``name`` included.
        initial_state: State to create it in, as written; ``None`` when the file does not say.
    """

    name: str
    config: dict[str, str] = field(repr=False)
    initial_state: str | None = None


def read_worker_file(path: Path) -> dict[str, str]:
    """Properties of a worker: TOML when the name ends in ``.toml``, else a Java properties file in UTF-8.

    Raises:
        StartupError: The file is missing, unreadable, or not of that format.
    """
    text = _read(path, "worker configuration", ExitCode.BAD_WORKER)
    if path.suffix == ".toml":
        return _flat(path, _toml(path, text, ExitCode.BAD_WORKER), ExitCode.BAD_WORKER)
    if text.lstrip().startswith("{"):
        raise _bad_file(
            path, "a worker's file is a Java properties or TOML file, but this is JSON", ExitCode.BAD_WORKER
        )
    return _properties(path, text, ExitCode.BAD_WORKER)


def read_connector_file(path: Path) -> ConnectorFile:
    """A connector, in one of four forms told apart by what is in the file.

    A JSON object of plain values with ``name``; a JSON object with ``name``, ``config`` and perhaps ``initial_state``;
    a Java properties file with ``name``; or, when the file's name ends in ``.toml``, either of the two shapes in TOML.

    Raises:
        StartupError: The file is missing, unreadable or none of these, or names the connector twice, differently.
    """
    text = _read(path, "connector configuration", ExitCode.STARTUP)
    if path.suffix == ".toml":
        return _connector(path, _toml(path, text, ExitCode.STARTUP))
    if text.lstrip().startswith("{"):
        return _connector(path, _json(path, text))
    return _named(path, _properties(path, text, ExitCode.STARTUP))


def environment_overrides(environ: Mapping[str, str]) -> dict[str, str]:
    """Worker keys set by variables ``CONNECT_*``, as in the usual container images.

    ``CONNECT_OFFSET_FLUSH_INTERVAL_MS`` is ``offset.flush.interval.ms``; two underscores stand for one, three for a
    dash.
    """
    named = {
        re.sub("_{1,3}", lambda run: _PUNCTUATION[run[0]], variable.removeprefix(_ENVIRONMENT_PREFIX)).lower(): value
        for variable, value in environ.items()
        if variable.startswith(_ENVIRONMENT_PREFIX)
    }
    return {key: value for key, value in named.items() if key and not key.startswith(_NOT_KEYS)}


def _read(path: Path, what: str, exit_code: ExitCode) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as exc:
        folder = path.absolute().parent
        raise StartupError(f"There is no {what} file {path} (looked in {folder}).", exit_code=exit_code) from exc
    except OSError as exc:
        raise StartupError(f"Cannot read {what} file {path}: {exc.strerror}.", exit_code=exit_code) from exc
    except UnicodeDecodeError as exc:
        line = exc.object.count(b"\n", 0, exc.start) + 1
        raise _bad_file(path, f"line {line} is not UTF-8; save the file as UTF-8", exit_code) from exc


def _properties(path: Path, text: str, exit_code: ExitCode) -> dict[str, str]:
    try:
        return dict(javaproperties.loads(text))
    except javaproperties.InvalidUEscapeError as exc:
        line = text.count("\n", 0, text.find(exc.escape)) + 1
        raise _bad_file(
            path,
            f"line {line} has {exc.escape!r}, but \\u takes four hexadecimal digits; write \\\\u for a backslash",
            exit_code,
        ) from exc


def _toml(path: Path, text: str, exit_code: ExitCode) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        hint = ""
        if "overwrite" in str(exc):
            hint = '. A key that goes on from another needs quotes, e.g. "key.converter.schemas.enable" = false'
        raise _bad_file(path, f"{exc}{hint}", exit_code) from exc


def _json(path: Path, text: str) -> dict[str, Any]:
    try:
        loaded = dict(json.loads(text, parse_int=str, parse_float=str, parse_constant=str))  # numbers stay as written
    except json.JSONDecodeError as exc:
        raise _bad_file(path, f"{exc.msg} at line {exc.lineno}, column {exc.colno}", ExitCode.STARTUP) from exc
    config = loaded.get("config")
    for key, value in (config if isinstance(config, dict) else loaded).items():
        if isinstance(value, dict | list):
            raise _bad_file(path, f"the value of {key!r} must be a text, not an object or list", ExitCode.STARTUP)
    return loaded


def _connector(path: Path, loaded: dict[str, Any]) -> ConnectorFile:
    nested = loaded.get("config")
    if not isinstance(nested, dict) or "connector" in loaded or "connector.class" in loaded:
        return _named(path, _flat(path, loaded, ExitCode.STARTUP))
    config = _flat(path, nested, ExitCode.STARTUP)
    name, initial_state = loaded.get("name"), loaded.get("initial_state")
    if not isinstance(name, str) or config.setdefault("name", name) != name:
        raise _bad_file(path, f"'name' is {name!r} but config.name is {config.get('name')!r}", ExitCode.STARTUP)
    return ConnectorFile(name, config, None if initial_state is None else str(initial_state))


def _named(path: Path, config: dict[str, str]) -> ConnectorFile:
    if "name" not in config:
        raise _bad_file(path, "it has no 'name', which every connector needs", ExitCode.STARTUP)
    return ConnectorFile(config["name"], config)


def _flat(path: Path, tree: Mapping[str, Any], exit_code: ExitCode) -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in _leaves(tree, ""):
        if key in flat:
            raise _bad_file(path, f"key {key!r} is there twice", exit_code)
        if value is None:
            raise _bad_file(path, f"key {key!r} has no value; leave the key out instead", exit_code)
        flat[key] = _text(value)
    return flat


def _leaves(tree: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(_text(item) for item in value)
    return str(value)


def _bad_file(path: Path, problem: str, exit_code: ExitCode) -> StartupError:
    return StartupError(f"Cannot use {path}: {problem}.", exit_code=exit_code)
