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


def worker(
    config: Annotated[Path, _WORKER_FILE],
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            metavar="N",
            min=1,
            help="Run N workers, each a process of its own, and start again what ends by itself. Each listens one port "
            "higher than the one before; bootstrap.servers=embedded starts one broker for all.",
            show_default=False,
        ),
    ] = None,
) -> int:
    """Run a worker: REST on port 8083, connectors kept in Kafka topics.

    Environment variables CONNECT_* override keys of CONFIG: CONNECT_GROUP_ID sets group.id. SIGTERM and Ctrl-C stop
    tasks and commit their offsets first.
    """
    if workers is not None:
        from connect_runtime.cli.supervisor import run_workers  # noqa: PLC0415  # others do not need it

        return run_workers(config, workers=workers, environ=os.environ)
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
