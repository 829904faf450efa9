"""``connect-runtime plugins``: which connectors, converters, transforms and predicates are installed."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["plugins"]


def plugins(
    *, all_: Annotated[bool, typer.Option("--all", help="Converters, transforms and predicates too.")] = False
) -> None:
    """List the connectors that are installed."""
    del all_
