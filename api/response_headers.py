"""Headers that the worker's owner wants on every response (``response.http.headers.config``).

Comma-separated rules ``action name:value``; a rule with a comma in it stands in double quotes:
``add X-Frame-Options: DENY, "set Cache-Control: no-cache, no-store"``. The value of a date rule is an offset in ms.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from email.utils import formatdate
from enum import Enum

import msgspec
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connect_runtime.clock import Clock
from connect_runtime.errors import ConfigError

__all__ = ["HeaderAction", "HeaderRule", "ResponseHeaders", "header_rules"]

_KEY = "response.http.headers.config"
_RULE = re.compile(r"(\S+)\s+([^\s:]+)\s*:\s*([^:]*)")


class HeaderAction(Enum):
    """What a rule does: ``set`` replaces a header of that name, ``add`` leaves it; the others write a date."""

    SET = "set"
    ADD = "add"
    SET_DATE = "setdate"
    ADD_DATE = "adddate"


class HeaderRule(msgspec.Struct, frozen=True):
    """One header to write."""

    action: HeaderAction
    name: str
    value: str


def header_rules(text: str) -> tuple[HeaderRule, ...]:
    """The rules of a setting; none when it is blank.

    Raises:
        ConfigError: A malformed rule.
    """
    rules = next(csv.reader([text], skipinitialspace=True), [])
    return tuple(_rule(rule.strip()) for rule in rules if rule.strip())


def _rule(text: str) -> HeaderRule:
    parts = _RULE.fullmatch(text)
    if parts is None:
        raise _invalid(text, "write it as 'action name:value', with one colon and no blank in the name")
    try:
        action = HeaderAction(parts[1].lower())
    except ValueError as exc:
        raise _invalid(text, "the action must be one of set, add, setDate, addDate") from exc
    if not parts[2].isascii() or not parts[3].isascii():
        raise _invalid(text, "headers are ASCII text")
    if action in {HeaderAction.SET_DATE, HeaderAction.ADD_DATE} and not re.fullmatch(r"-?[0-9]+", parts[3].strip()):
        raise _invalid(text, "the value of a date is an offset from now in ms, such as 3600000")
    return HeaderRule(action, parts[2], parts[3].strip())


def _invalid(rule: str, reason: str) -> ConfigError:
    return ConfigError(f"Invalid header rule '{rule}' in {_KEY}: {reason}", key=_KEY)


class ResponseHeaders:
    """ASGI middleware that writes the headers into every response.

    Args:
        app: What answers the requests.
        rules: Headers to write.
        clock: Gives the time for dates.
    """

    def __init__(self, app: ASGIApp, *, rules: Sequence[HeaderRule], clock: Clock) -> None:
        self._app = app
        self._rules = rules
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, with the headers written."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._write(MutableHeaders(scope=message))
            await send(message)

        await self._app(scope, receive, send_with_headers if self._rules else send)

    def _write(self, headers: MutableHeaders) -> None:
        for rule in self._rules:
            match rule.action:
                case HeaderAction.SET:
                    headers[rule.name] = rule.value
                case HeaderAction.ADD:
                    headers.append(rule.name, rule.value)
                case HeaderAction.SET_DATE:
                    headers[rule.name] = self._date(rule)
                case HeaderAction.ADD_DATE:
                    headers.append(rule.name, self._date(rule))

    def _date(self, rule: HeaderRule) -> str:
        return formatdate((self._clock.epoch_ms() + int(rule.value)) / 1000, usegmt=True)
