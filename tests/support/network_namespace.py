"""A network of its own for a process, which a test can cut off from this machine."""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.support.services import missing, require_tool

__all__ = ["NetworkNamespace", "network_namespace"]

_numbers = itertools.count()


class NetworkNamespace:
    """A namespace with one link to this machine. Made by `network_namespace`.

    Attributes:
        outside: Address of this machine's end.
        inside: Address of the namespace's end.
        runner: Command in front of that of a process that is to live there.
    """

    def __init__(self, name: str, outside: str, inside: str) -> None:
        self.outside = outside
        self.inside = inside
        self.runner: Sequence[str] = ("ip", "netns", "exec", name)
        self._name = name

    def cut(self) -> None:
        """Let nothing through, in either direction."""
        self._set_link("down")

    def mend(self) -> None:
        """Let everything through again."""
        self._set_link("up")

    def run(self, *command: str) -> str:
        """Output of a command that runs there."""
        return _run(*self.runner, *command)

    def _set_link(self, state: str) -> None:
        _run("ip", "-n", self._name, "link", "set", "eth0", state)


@contextmanager
def network_namespace() -> Iterator[NetworkNamespace]:
    """Make a namespace, and take it away again with all that is in it.

    Without iproute2, or where this process may not make one, the test ends as with `missing`.
    """
    require_tool("ip", "apt-get install iproute2")
    if os.geteuid() != 0:
        missing("the right to make network namespaces", "running the tests as root")
    number = next(_numbers)
    name, link = f"crt-{os.getpid()}-{number}", f"crt{os.getpid() % 100_000}-{number}"
    # A network of 4 addresses out of 10.96.0.0/12, another for each process at the same time.
    base = (os.getpid() * 64 + number) % 2**18 * 4
    outside, inside = (f"10.{96 + (base >> 16)}.{base >> 8 & 255}.{(base & 255) + end}" for end in (1, 2))
    _run("ip", "netns", "add", name)
    try:
        _run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", name)
        _run("ip", "address", "add", f"{outside}/30", "dev", link)
        _run("ip", "link", "set", link, "up")
        _run("ip", "-n", name, "address", "add", f"{inside}/30", "dev", "eth0")
        for device in ("lo", "eth0"):
            _run("ip", "-n", name, "link", "set", device, "up")
        yield NetworkNamespace(name, outside, inside)
    finally:
        _run("ip", "netns", "delete", name)


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
