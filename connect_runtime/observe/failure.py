"""How errors are shown: the message first, and a stack only where it helps the reader."""

from __future__ import annotations

import traceback
from collections.abc import Iterator

from connect_runtime.errors import ConnectError, PluginError

__all__ = ["plugin_failure", "stack_of_a_bug", "trace_text"]


def trace_text(error: BaseException) -> str:
    """An error and its causes as status records show them: class and message in the first line, as clients expect."""
    parts = []
    for number, one in enumerate(_chain(error)):
        kind = f"{type(one).__module__}.{type(one).__qualname__}"
        frames = "".join(f"\tat {frame.name} ({frame.filename}:{frame.lineno})\n" for frame in _frames(one))
        parts.append(f"{'Caused by: ' if number else ''}{kind}: {one}\n{frames}")
    return "".join(parts)


def stack_of_a_bug(error: BaseException) -> BaseException | None:
    """The error if its stack belongs in the log: something was raised that nobody meant to raise; else ``None``.

    Use it as ``exc_info``. What was raised on purpose says all in its message, also when it translates the error of a
    library.
    """
    foreseen = isinstance(error, ConnectError | OSError)
    return None if foreseen and not any(isinstance(one, PluginError) for one in _chain(error)) else error


def plugin_failure(message: str, error: BaseException) -> ConnectError:
    """The error to raise, from ``error``, when what a plugin raised ends something.

    Returns:
        A `PluginError` when the plugin raised something that it was not meant to raise.
    """
    return ConnectError(message) if stack_of_a_bug(error) is None else PluginError(message)


def _chain(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    return list(reversed(traceback.extract_tb(error.__traceback__)))
