"""Logging of the worker: one line an event on standard error, and levels that can be changed while it runs."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from copy import copy
from threading import Lock

from connect_runtime.clock import Clock
from connect_runtime.errors import NotFoundError

__all__ = ["LEVELS", "Loggers", "hide_in_log", "set_up_logging"]

OFF = logging.CRITICAL + 10
TRACE = logging.DEBUG - 5
LEVELS = {
    "OFF": OFF,
    "FATAL": logging.CRITICAL,
    "ERROR": logging.ERROR,
    "WARN": logging.WARNING,
    "INFO": logging.INFO,
    "DEBUG": logging.DEBUG,
    "TRACE": TRACE,
    "ALL": 1,
}
_NAMES = {level: name for name, level in LEVELS.items()}
_STANDARD = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"})
FORMAT = "[%(asctime)s.%(msecs)03d] %(levelname)s [%(threadName)s] %(message)s (%(name)s)"


class _LineFormatter(logging.Formatter):
    """Puts the facts that came as extra fields behind the message, and takes secrets out of the whole."""

    hide: Callable[[str], str] = str

    def format(self, record: logging.LogRecord) -> str:
        return self.hide(self._with_fields(record))

    def _with_fields(self, record: logging.LogRecord) -> str:
        fields = [f"{name}={value}" for name, value in vars(record).items() if name not in _STANDARD]
        if not fields:
            return super().format(record)
        shown = copy(record)
        shown.msg, shown.args = f"{record.getMessage()}: {' '.join(fields)}", ()
        return super().format(shown)


def set_up_logging(level: str = "INFO") -> None:
    """Send the process's log to standard error.

    Args:
        level: Name of the root level, one of `LEVELS`, any case.

    Raises:
        NotFoundError: There is no such level.
    """
    logging.addLevelName(TRACE, "TRACE")
    logging.addLevelName(logging.WARNING, "WARN")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_LineFormatter(FORMAT, datefmt="%Y-%m-%d %H:%M:%S"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level_number(level))
    for chatty in ("httpx", "httpcore", "uvicorn", "uvicorn.error"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def hide_in_log(hide: Callable[[str], str]) -> None:
    """Pass each line of the log, stacks included, through ``hide``, after `set_up_logging`."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, _LineFormatter):
            handler.formatter.hide = hide


def level_number(name: str) -> int:
    """Number of a level by its name in any case.

    Raises:
        NotFoundError: There is no such level.
    """
    number = LEVELS.get(name.strip().upper())
    if number is None:
        raise NotFoundError(f"invalid log level '{name}': use one of {', '.join(LEVELS)}")
    return number


class Loggers:
    """The process's loggers as REST shows them. Callable from any thread.

    Args:
        clock: Tells when a level was changed.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed: dict[str, int] = {}
        self._lock = Lock()

    def all(self) -> dict[str, tuple[str, int | None]]:
        """Effective level and time of the last change through `set_level` (epoch ms) by logger name."""
        return {name: self.get(name) for name in sorted(_names())}

    def get(self, name: str) -> tuple[str, int | None]:
        """Effective level and time of the last change of one logger.

        Raises:
            NotFoundError: No such logger was made in this process.
        """
        name = _canonical(name)
        if name not in _names():
            raise NotFoundError(f"Logger {name} not found.")
        return _level_name(_logger(name).getEffectiveLevel()), self._changed.get(name)

    def set_level(self, namespace: str, level: str) -> list[str]:
        """Set the level of a logger and of all whose name begins with its; names whose level changed, sorted.

        Raises:
            NotFoundError: There is no such level.
        """
        number = level_number(level)
        namespace = _canonical(namespace)
        with self._lock:
            names = {name for name in _names() if namespace == "root" or name.startswith(namespace)} | {namespace}
            changed = sorted(name for name in names if _logger(name).getEffectiveLevel() != number)
            now = self._clock.epoch_ms()
            for name in names:
                _logger(name).setLevel(number)
            self._changed.update(dict.fromkeys(changed, now))
        return changed


def _names() -> set[str]:
    known = logging.root.manager.loggerDict
    return {"root", *(name for name, item in list(known.items()) if isinstance(item, logging.Logger))}


def _logger(name: str) -> logging.Logger:
    return logging.getLogger(None if name == "root" else name)


def _canonical(name: str) -> str:
    return "root" if name.lower() == "root" else name


def _level_name(number: int) -> str:
    if number in _NAMES:
        return _NAMES[number]
    return _NAMES[min(LEVELS.values(), key=lambda level: abs(level - number))]
