"""The pluggy hooks through which plugin packages announce their classes.

A package implements them at module level with ``@hookimpl`` and names that module in its entry point group
``connect_runtime``::

    [project.entry-points.connect_runtime]
    my-plugins = "my_package.plugins"
"""

from __future__ import annotations

from collections.abc import Sequence

import pluggy

from connect_runtime.sdk.connector import Connector
from connect_runtime.sdk.converter import Converter, HeaderConverter
from connect_runtime.sdk.transform import Predicate, Transform

__all__ = ["PROJECT", "hookimpl", "hookspec"]

PROJECT = "connect_runtime"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def connect_connectors() -> Sequence[type[Connector]]:  # type: ignore[empty-body]  # a specification has no body
    """Source and sink connector classes of the package."""


@hookspec
def connect_converters() -> Sequence[type[Converter] | type[HeaderConverter]]:  # type: ignore[empty-body]
    """Converter and header converter classes of the package."""


@hookspec
def connect_transforms() -> Sequence[type[Transform]]:  # type: ignore[empty-body]
    """Transform classes of the package."""


@hookspec
def connect_predicates() -> Sequence[type[Predicate]]:  # type: ignore[empty-body]
    """Predicate classes of the package."""


@hookspec
def connect_aliases() -> dict[str, str]:  # type: ignore[empty-body]
    """Further names of the package's classes: other name (e.g. a Java class) to ``module.Class``."""
