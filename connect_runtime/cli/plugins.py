"""``connect-runtime plugins``: which connectors, converters, transforms and predicates are installed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["plugins"]

_SOME_FAILED = 1


def plugins(
    *,
    all_: Annotated[bool, typer.Option("--all", help="Converters, transforms and predicates too.")] = False,
    file: Annotated[
        Path, typer.Option("--file", metavar="FILE", help="The plugins.toml that says which packages load.")
    ] = Path("plugins.toml"),
) -> int:
    """List the connectors that are installed, as a worker in this folder would find them.

    The exit code is 1 when a package cannot be loaded; the list holds what can.
    """
    from connect_runtime.cli.tables import print_table  # noqa: PLC0415  # rich and all plugins: only for this command
    from connect_runtime.plugins import PluginLoader, read_plugin_settings  # noqa: PLC0415

    with _silent("connect_runtime.plugins"):
        registry = PluginLoader(read_plugin_settings(file)).registry()
    print_table(
        ("TYPE", "NAME", "VERSION", "CLASS"),
        [
            (item.type.value, _short_name(item.class_name), item.version or "-", item.class_name)
            for item in registry.listing(connectors_only=not all_)
        ],
    )
    for failure in registry.failures:
        typer.secho(f"Not loaded: {failure.package}: {failure.error}", err=True, fg=typer.colors.RED)
    return _SOME_FAILED if registry.failures else 0


@contextmanager
def _silent(name: str) -> Iterator[None]:
    """Keep the loader from logging failures, which come with a stack for a worker's log; here each gets one line."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def _short_name(class_name: str) -> str:
    """The name that is shortest to write in ``connector.class`` and the like."""
    return class_name.rpartition(".")[2].removesuffix("Connector")
