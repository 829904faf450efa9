"""Services and tools that a test may find missing: what happens then, and where they are looked for."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest

__all__ = ["missing", "must_have_all", "require_tool"]


def missing(service: str, how_to_get: str) -> NoReturn:
    """End the running test, because ``service`` is not on this machine.

    It is skipped, with ``how_to_get`` as part of the reason; where `must_have_all` holds, ``tests/conftest.py`` turns
    that skip into a failure.
    """
    pytest.skip(f"{service} is missing; get it with: {how_to_get}")


def require_tool(name: str, how_to_get: str) -> str:
    """Full path of a program on the PATH; without it the test ends as with `missing`."""
    found = shutil.which(name)
    return found if found is not None else missing(name, how_to_get)


def must_have_all() -> bool:
    """Whether a missing service fails the run: it does when the environment variable ``CI`` is set."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false", "no")
