"""The README's pipeline by hand, run as it is printed; only ports are others."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.worker_process import free_port

README = Path(__file__).resolve().parents[3] / "README.md"
PATIENCE_S = 40.0


def walk_through() -> list[tuple[str, str]]:
    """Commands and what the README says they print, in order; nothing where it says nothing."""
    text = README.read_text(encoding="utf-8")
    part = text[text.index("<!-- walk-through") : text.index("<!-- end of the walk-through")]
    blocks = re.findall(r"^```(sh|text)\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)
    steps: list[tuple[str, str]] = []
    for kind, content in blocks:
        if kind == "sh":
            steps.append((content, ""))
        else:
            steps[-1] = (steps[-1][0], content)
    return steps


class Terminal:
    """A shell in a folder, for a worker on ports of its own.

    Args:
        folder: Where commands run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rest, self._broker = free_port(), free_port()
        self._environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "CONNECT_LISTENERS": f"http://127.0.0.1:{self._rest}",
            "CONNECT_EMBEDDED_LISTEN": f"127.0.0.1:{self._broker}",
        }

    @contextmanager
    def in_background(self, commands: str) -> Iterator[Path]:
        """Run commands until the end of the block, then press Ctrl-C; gives the file with what they write."""
        output = self._folder / "output"
        with output.open("wb") as log:
            process = subprocess.Popen(
                ["bash", "-ec", commands],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield output
            os.killpg(process.pid, signal.SIGINT)
            assert process.wait(PATIENCE_S) == 0, output.read_text()
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def run(self, commands: str) -> str:
        """What commands write to standard output."""
        commands = commands.replace("localhost:8083", f"localhost:{self._rest}")
        commands = re.sub(r"(connect-runtime topics .*)", rf"\1 -b 127.0.0.1:{self._broker}", commands)
        done = subprocess.run(
            ["bash", "-c", commands],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        return done.stdout


def pattern_of(expected: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in expected.strip().split("…")))


@pytest.mark.slow
def test_the_pipeline_by_hand_works_as_printed(tmp_path: Path) -> None:
    start, *steps = walk_through()
    assert len(steps) >= 9
    terminal = Terminal(tmp_path)
    with terminal.in_background(start[0]) as log:
        for commands, expected in steps:
            deadline = time.monotonic() + PATIENCE_S
            while True:
                shown = terminal.run(commands).strip()
                if pattern_of(expected).fullmatch(shown):
                    break
                assert time.monotonic() < deadline, f"{commands}\nprinted\n{shown}\nnot\n{expected}\n{log.read_text()}"
                time.sleep(0.2)
