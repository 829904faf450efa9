"""Commands that run until they are told to stop: ``worker``, ``standalone``, ``broker``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["broker", "standalone", "worker"]

_WORKER_FILE = typer.Argument(
    metavar="CONFIG", help="Worker configuration: a properties or TOML file.", show_default=False
)


def worker(config: Annotated[Path, _WORKER_FILE]) -> int:
    """Run a worker: REST on port 8083, connectors kept in Kafka topics.

    Environment variables CONNECT_* override keys of CONFIG: CONNECT_GROUP_ID sets group.id. SIGTERM and Ctrl-C stop
    tasks and commit their offsets first.
    """
    from connect_runtime.cli.wiring import run_worker  # noqa: PLC0415  # heavy: only workers pay for it

    return run_worker(config, environ=os.environ, connector_files=None)


def standalone(
    worker_config: Annotated[Path, _WORKER_FILE],
    connector_files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="CONNECTOR...", help="Connectors to start with: JSON or properties files."),
    ] = None,
) -> int:
    """Run a worker that is a cluster of its own, with connectors from files."""
    from connect_runtime.cli.wiring import run_worker  # noqa: PLC0415  # heavy: only workers pay for it

    return run_worker(worker_config, environ=os.environ, connector_files=connector_files or [])


def broker(context: typer.Context) -> int:
    """Run the embedded broker: the Kafka protocol on one machine, kept in one folder.

    Its options are shown by --help and described in docs/embedded-broker.md.
    """
    from connect_runtime.broker.__main__ import main  # noqa: PLC0415  # only a broker pays for it

    return main(context.args, program="connect-runtime broker")
