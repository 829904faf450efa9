"""Builds a worker out of its parts, runs it until it is told to stop, and takes it down in order."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from connect_runtime.cli.embedded import EmbeddedBroker
from connect_runtime.cli.ending import ends_in_any_case
from connect_runtime.cli.signals import StopRequested, StopSignals
from connect_runtime.config import (
    ConnectorFile,
    LoadedWorker,
    WorkerConfig,
    WorkerMode,
    load_worker,
    read_connector_file,
)
from connect_runtime.errors import ExitCode, NotFoundError, StartupError
from connect_runtime.observe import set_up_logging

__all__ = ["run_worker"]

logger = logging.getLogger(__name__)
WATCH_S = 0.5
LOG_LEVEL = "CONNECT_LOG4J_ROOT_LOGLEVEL"
ConnectorFiles = Sequence[tuple[Path, ConnectorFile]]


def run_worker(config_file: Path, *, environ: Mapping[str, str], connector_files: Sequence[Path] | None) -> int:
    """Run a worker until SIGTERM or Ctrl-C; the exit code.

    When threads of plugins would keep the process from ending, it ends here, and the call does not return.

    Args:
        config_file: The worker's properties or TOML file.
        environ: Environment; ``CONNECT_*`` variables override keys.
        connector_files: Connectors to start with, for a standalone worker; ``None`` for a distributed one.

    Raises:
        ConnectError: The worker cannot start or go on; the message says what to do.
    """
    _set_up_logging(environ)
    mode = WorkerMode.DISTRIBUTED if connector_files is None else WorkerMode.STANDALONE
    loaded = load_worker(config_file, environ, mode)
    for warning in loaded.config.warnings:
        logger.warning("%s", warning)
    connectors = [(path, read_connector_file(path)) for path in connector_files or ()]
    signals = StopSignals()
    signals.install()
    with ends_in_any_case():
        try:
            _run(loaded, connectors, signals)
        except StopRequested:
            logger.info("Stopped before the worker was up")
        else:
            logger.info("Worker stopped")
    return ExitCode.OK


def _set_up_logging(environ: Mapping[str, str]) -> None:
    try:
        set_up_logging(environ.get(LOG_LEVEL, "INFO"))
    except NotFoundError as error:
        raise StartupError(f"{LOG_LEVEL}: {error}") from error


def _run(loaded: LoadedWorker, connectors: ConnectorFiles, signals: StopSignals) -> None:
    with ExitStack() as down:
        with signals.interrupting():
            failure = _started(loaded, connectors, down)
        while not signals.wait(WATCH_S):
            error = failure()
            if error is not None:
                raise StartupError(
                    f"The worker ends because its herder failed: {error}", exit_code=ExitCode.USAGE
                ) from error
        logger.info("Stopping: tasks get to finish and commit")


def _started(loaded: LoadedWorker, connectors: ConnectorFiles, down: ExitStack) -> Callable[[], BaseException | None]:
    """Start broker, worker and connectors; what takes them down again is put on ``down``.

    Returns:
        Tells why the worker cannot go on, ``None`` while it can.
    """
    config = loaded.config
    broker = _launched_broker(config, down)
    # The broker starts on another core while this process imports what a worker needs.
    from connect_runtime.cli.node import WorkerNode  # noqa: PLC0415

    if broker is not None:
        config = config.connected_to(broker.await_ready())
    node = WorkerNode(config, loaded.resolver, loaded.plugins_file)
    down.callback(node.stop)
    node.start()
    for path, connector in connectors:
        node.create(connector, path)
    return lambda: node.failure


def _launched_broker(config: WorkerConfig, down: ExitStack) -> EmbeddedBroker | None:
    if config.embedded_dir is None:
        return None
    broker = EmbeddedBroker(config.embedded_dir, config.embedded_listen)
    down.callback(broker.stop)
    broker.launch()
    return broker
