"""Reads ``sasl.jaas.config``: one login module, a control flag, and options, as in a JAAS file.

The grammar and the escapes within quotes are those of Java's ``StreamTokenizer``, which Kafka reads such texts with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from connect_runtime.errors import ConfigError

__all__ = ["LoginModule", "parse_jaas"]

_EXAMPLE = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="..." password="...";'
_FLAGS = frozenset({"required", "requisite", "sufficient", "optional"})
_TOKEN = re.compile(
    r"""\s+ | //[^\n]* | /\*.*?\*/                       # nothing
    | "(?P<double>(?:[^"\\]|\\.)*)" | '(?P<single>(?:[^'\\]|\\.)*)'
    | (?P<mark>[=;]) | (?P<word>[^\s"'=;]+)""",
    re.DOTALL | re.VERBOSE,
)
_ESCAPE = re.compile(r"\\([0-3][0-7]{0,2}|[0-7]{1,2}|.)", re.DOTALL)
_NAMED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class LoginModule(NamedTuple):
    """A login module by the last part of its class name, and its options."""

    name: str
    options: dict[str, str]


class _Token(NamedTuple):
    text: str
    is_mark: bool


def parse_jaas(key: str, text: str) -> LoginModule:
    """What a text in JAAS's form says; the semicolon at its end may be missing.

    Args:
        key: The name that the user wrote, for messages. The text itself never shows in them.
        text: The text.

    Raises:
        ConfigError: It is not of that form.
    """
    tokens = list(_tokens(key, text))
    if tokens and tokens[-1] == _Token(";", is_mark=True):
        tokens.pop()
    match tokens:
        case [_Token(module, False), _Token(flag, False), *options] if flag.lower() in _FLAGS:
            return LoginModule(module.rpartition(".")[2], _options(key, options))
        case _:
            raise ConfigError(f"{key} cannot be read: it should look like {_EXAMPLE}", key=key)


def _tokens(key: str, text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ConfigError(f"{key} cannot be read: a quotation mark is never closed", key=key)
        at = match.end()
        match match.lastgroup:
            case "mark" | "word" as kind:
                yield _Token(match[0], is_mark=kind == "mark")
            case "double" | "single" as kind:
                yield _Token(_ESCAPE.sub(_unescaped, match[kind]), is_mark=False)
            case _:
                pass


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code, 8)) if code[0] in "01234567" else _NAMED.get(code, code)


def _options(key: str, tokens: list[_Token]) -> dict[str, str]:
    options: dict[str, str] = {}
    while tokens:
        match tokens:
            case [_Token(name, False), _Token("=", True), _Token(value, False), *rest]:
                options[name] = value
                tokens = rest
            case _:
                after = f"after the option {list(options)[-1]}" if options else "after the control flag"
                raise ConfigError(
                    f'{key} cannot be read {after}: options look like name="value", and a value that holds '
                    "anything but letters and digits needs the quotation marks",
                    key=key,
                )
    return options
