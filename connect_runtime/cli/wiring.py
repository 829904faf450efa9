"""Builds a worker out of its parts, runs it until it is told to stop, and takes it down in order."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import Event

from connect_runtime.cli.embedded import EmbeddedBroker
from connect_runtime.config import WorkerConfig, WorkerMode, load_worker
from connect_runtime.errors import ExitCode, StartupError
from connect_runtime.observe import set_up_logging

__all__ = ["run_worker"]

logger = logging.getLogger(__name__)
WATCH_S = 0.5


def run_worker(config_file: Path, *, environ: Mapping[str, str], connector_files: Sequence[Path] | None) -> int:
    """Run a worker until SIGTERM or Ctrl-C; the exit code.

    Args:
        config_file: The worker's properties or TOML file.
        environ: Environment; ``CONNECT_*`` variables override keys.
        connector_files: Connectors to start with, for a standalone worker; ``None`` for a distributed one.

    Raises:
        ConnectError: The worker cannot start or go on; the message says what to do.
    """
    set_up_logging(environ.get("CONNECT_LOG4J_ROOT_LOGLEVEL", "INFO"))
    mode = WorkerMode.DISTRIBUTED if connector_files is None else WorkerMode.STANDALONE
    loaded = load_worker(config_file, environ, mode)
    config = loaded.config
    for warning in config.warnings:
        logger.warning("%s", warning)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as down:
        broker = _launched_broker(config, down)
        # The broker starts on another core while this process imports what a worker needs.
        from connect_runtime.cli.node import WorkerNode  # noqa: PLC0415

        if broker is not None:
            config = config.connected_to(broker.await_ready())
        node = WorkerNode(config, loaded.resolver, loaded.plugins_file)
        down.callback(node.stop)
        node.start()
        for file in connector_files or ():
            node.create_from_file(file)
        return _watch(stop, lambda: node.failure)


def _launched_broker(config: WorkerConfig, down: ExitStack) -> EmbeddedBroker | None:
    if config.embedded_dir is None:
        return None
    broker = EmbeddedBroker(config.embedded_dir, config.embedded_listen)
    down.callback(broker.stop)
    broker.launch()
    return broker


def _watch(stop: Event, failure: Callable[[], Exception | None]) -> int:
    """Wait for a signal or the end of the herder."""
    while not stop.wait(WATCH_S):
        error = failure()
        if error is not None:
            raise StartupError(
                f"The worker ends because its herder failed: {error}", exit_code=ExitCode.USAGE
            ) from error
    logger.info("Stopping: tasks get to finish and commit")
    return ExitCode.OK
