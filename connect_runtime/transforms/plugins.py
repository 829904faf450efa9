"""Announces the built-in transforms and predicates: there are none yet."""

from __future__ import annotations

from connect_runtime.sdk import Predicate, Transform, hookimpl

__all__ = ["connect_predicates", "connect_transforms"]


@hookimpl
def connect_transforms() -> list[type[Transform]]:
    """Every built-in transform."""
    return []


@hookimpl
def connect_predicates() -> list[type[Predicate]]:
    """Every built-in predicate."""
    return []
