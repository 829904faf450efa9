"""Workers that are expected to end by themselves, and how they did."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

__all__ = ["Ended", "no_traceback", "run_cli", "worker_file"]


class Ended(NamedTuple):
    """Exit code and all output of a process."""

    code: int
    output: str


def run_cli(*arguments: str | Path, timeout_s: float = 40.0, environment: Mapping[str, str] | None = None) -> Ended:
    """Run ``connect-runtime`` until it ends."""
    done = subprocess.run(
        [sys.executable, "-m", "connect_runtime.cli", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    return Ended(done.returncode, done.stdout)


def worker_file(folder: Path, **keys: str) -> Path:
    """A worker's file for an embedded broker on free ports; ``keys`` are further ones, with ``_`` for ``.``."""
    given = {
        "bootstrap.servers": f"embedded:{folder / 'broker'}",
        "embedded.listen": "127.0.0.1:0",
        "listeners": "http://127.0.0.1:0",
        **{name.replace("_", "."): value for name, value in keys.items()},
    }
    path = folder / "worker.properties"
    path.write_text("".join(f"{key}={value}\n" for key, value in given.items()), encoding="utf-8")
    return path


def no_traceback(output: str) -> bool:
    """Whether the output is free of what only a developer wants to see."""
    return "Traceback (most recent call last)" not in output
