"""Paths to fields, also to those within others, in the two syntaxes of ``field.syntax.version`` (KIP-821)."""

from __future__ import annotations

from typing import Final

from connect_runtime.sdk import ConfigError, ConfigKey, Importance, validators

__all__ = ["FIELD_SYNTAX", "field_path", "field_syntax_key"]

FIELD_SYNTAX: Final = "field.syntax.version"
_QUOTE: Final = "`"


def field_syntax_key() -> ConfigKey:
    """The key that says how paths are written."""
    return ConfigKey(
        FIELD_SYNTAX,
        default="V1",
        validator=validators.one_of_ignoring_case("V1", "V2"),
        importance=Importance.HIGH,
        doc="Defines the version of the syntax to access fields. If set to V1, then the field paths are limited to "
        "access the elements at the root level of the struct or map. If set to V2, the syntax will support accessing "
        "nested elements. To access nested elements, dotted notation is used, e.g. customer.name. If dots are already "
        "included in the field name, then backticks can be used to wrap field names containing dots, e.g. `a.b`.c",
    )


def field_path(text: str, version: str) -> tuple[str, ...]:
    """The names to step through, one of them in version V1.

    Raises:
        ConfigError: A backtick is not closed, or there is no name at all in version V2.
    """
    if not text and version.upper() != "V1":
        raise ConfigError("An empty path names no field: set field, e.g. to customer.name")
    return (text,) if version.upper() == "V1" else tuple(_steps(text))


def _steps(text: str) -> list[str]:
    steps: list[str] = []
    start = 0
    while True:
        if text.startswith(_QUOTE, start):
            step, end = _quoted(text, start)
        else:
            end = text.find(".", start)
            end = len(text) if end < 0 else end
            step = text[start:end]
        steps.append(step)
        if end >= len(text):
            return steps
        start = end + 1


def _quoted(text: str, opening: int) -> tuple[str, int]:
    """The step and where it ends: at a dot or at the end of the text."""
    step, position = "", opening + 1
    while (closing := text.find(_QUOTE, position)) >= 0:
        ends = closing + 1 == len(text) or text[closing + 1] == "."
        if ends and text[closing - 1] != "\\":
            return step + text[position:closing], closing + 1
        if ends and closing + 1 < len(text):
            step += text[position : closing - 1] + _QUOTE  # an escaped one: only the backslash goes
        else:
            step += text[position : closing + 1]
        position = closing + 1
    raise ConfigError(
        f"Incomplete backtick pair in path: [{text}], consider adding a backslash before backtick "
        f"at position {opening} to escape it"
    )
