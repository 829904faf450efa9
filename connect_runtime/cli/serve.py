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


def broker(
    *,
    directory: Annotated[Path, typer.Option("--dir", metavar="DIR", help="Folder of the log.", show_default=False)],
    listen: Annotated[str, typer.Option(metavar="HOST:PORT", help="Port 0 means any free one.")] = "127.0.0.1:9092",
    advertise: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Address to tell clients, when it is another one.")
    ] = None,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Let other machines in; there is no authentication.")
    ] = False,
    auto_create_topics: Annotated[bool, typer.Option(help="Create topics that clients ask for.")] = True,
    setting: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A broker setting; may be repeated.")
    ] = None,
    log_level: Annotated[str, typer.Option(metavar="LEVEL", help="DEBUG, INFO, WARNING or ERROR.")] = "WARNING",
) -> int:
    """Run the embedded broker: the Kafka protocol on one machine, kept in one folder."""
    from connect_runtime.broker.__main__ import main  # noqa: PLC0415  # only a broker pays for it

    arguments = ["--dir", str(directory), "--listen", listen, "--log-level", log_level.upper()]
    arguments += ["--auto-create-topics", str(auto_create_topics).lower()]
    arguments += ["--advertise", advertise] if advertise is not None else []
    arguments += ["--allow-remote"] if allow_remote else []
    for item in setting or ():
        arguments += ["--set", item]
    return main(arguments)
