"""A command that runs until it is told to stop: log, signals, broker, and everything down again in order."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack

from connect_runtime.cli.embedded import EmbeddedBroker
from connect_runtime.cli.signals import StopRequested, StopSignals
from connect_runtime.config import WorkerConfig
from connect_runtime.errors import ConnectError, NotFoundError, StartupError
from connect_runtime.observe import set_up_logging

__all__ = ["Start", "launched_broker", "run_until_told", "set_up_log"]

logger = logging.getLogger(__name__)
WATCH_S = 0.5
LOG_LEVEL = "CONNECT_LOG4J_ROOT_LOGLEVEL"
Start = Callable[[ExitStack], Callable[[], ConnectError | None]]
"""Starts something and puts on the stack what takes it down again. The answer tells why it cannot go on, if so."""


def set_up_log(environ: Mapping[str, str]) -> None:
    """Send the log to standard error, at the level that the environment asks for.

    Raises:
        StartupError: There is no such level.
    """
    try:
        set_up_logging(environ.get(LOG_LEVEL, "INFO"))
    except NotFoundError as error:
        raise StartupError(f"{LOG_LEVEL}: {error}") from error


def run_until_told(start: Start, signals: StopSignals, stopping: str) -> bool:
    """Start something, wait for a signal, and take it down; whether it was up.

    Args:
        start: What starts.
        signals: Signals that end it, also while it starts.
        stopping: Said when a signal has come.

    Raises:
        ConnectError: It cannot start or go on.
    """
    try:
        with ExitStack() as down:
            with signals.interrupting():
                failure = start(down)
            while not signals.wait(WATCH_S):
                error = failure()
                if error is not None:
                    raise error
            logger.info("%s", stopping)
    except StopRequested:
        return False
    return True


def launched_broker(config: WorkerConfig, down: ExitStack) -> EmbeddedBroker | None:
    """The embedded broker, starting up; ``None`` when the configuration names others."""
    if config.embedded_dir is None:
        return None
    broker = EmbeddedBroker(config.embedded_dir, config.embedded_listen)
    down.callback(broker.stop)
    broker.launch()
    return broker
