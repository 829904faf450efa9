"""Builds a worker out of its parts, runs it until it is told to stop, and takes it down in order."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from connect_runtime.cli.ending import ends_in_any_case
from connect_runtime.cli.running import launched_broker, run_until_told, set_up_log
from connect_runtime.cli.signals import StopSignals
from connect_runtime.cli.supervised import SupervisorLine
from connect_runtime.config import ConnectorFile, LoadedWorker, WorkerMode, load_worker, read_connector_file
from connect_runtime.errors import ConnectError, ExitCode, StartupError
from connect_runtime.observe import hide_in_log

__all__ = ["run_worker"]

logger = logging.getLogger(__name__)
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
    set_up_log(environ)
    line = SupervisorLine.of(environ)
    mode = WorkerMode.DISTRIBUTED if connector_files is None else WorkerMode.STANDALONE
    loaded = load_worker(config_file, environ, mode)
    hide_in_log(loaded.resolver.hide)
    for warning in loaded.config.warnings:
        logger.warning("%s", warning)
    connectors = [(path, read_connector_file(path)) for path in connector_files or ()]
    signals = StopSignals()
    signals.install()
    line.watch()
    with ends_in_any_case():
        was_up = run_until_told(
            lambda down: _started(loaded, connectors, line, down),
            signals,
            "Stopping: tasks get to finish and commit",
        )
        logger.info("Worker stopped" if was_up else "Stopped before the worker was up")
    return ExitCode.OK


def _started(
    loaded: LoadedWorker, connectors: ConnectorFiles, line: SupervisorLine, down: ExitStack
) -> Callable[[], ConnectError | None]:
    """Start broker, worker and connectors."""
    config = loaded.config
    broker = launched_broker(config, down)
    # The broker starts on another core while this process imports what a worker needs.
    from connect_runtime.cli.node import WorkerNode  # noqa: PLC0415

    if broker is not None:
        config = config.connected_to(broker.await_ready())
    node = WorkerNode(config, loaded.resolver, loaded.plugins_file)
    down.callback(node.stop)
    node.start()
    for path, connector in connectors:
        node.create(connector, path)
    line.tell_url(node.url)
    return lambda: _herder_failure(node.failure)


def _herder_failure(failure: BaseException | None) -> ConnectError | None:
    if failure is None:
        return None
    error = StartupError(f"The worker ends because its herder failed: {failure}", exit_code=ExitCode.USAGE)
    error.__cause__ = failure
    return error
