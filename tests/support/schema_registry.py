"""Starts Apicurio Registry, which answers as Confluent's schema registry does; Maven fetches it into the cache."""

from __future__ import annotations

import contextlib
import functools
import signal
import subprocess
import time
from pathlib import Path

import httpx

from tests.support.owned_process import OwnedProcess, ending_with_parent
from tests.support.ports import ReservedPort
from tests.support.services import missing, require_tool

__all__ = ["ApicurioRegistry"]

_REPOSITORY = Path(__file__).parents[2]
_START_S = 90.0
_HOST = "127.0.0.1"
_JAR = "apicurio-registry-app-2.6.13.Final-runner.jar"
_JVM = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"]


@functools.cache
def _folder() -> Path:
    """Where its files are; without Java, or without them and Maven, the test ends as with `missing`."""
    require_tool("java", "apt-get install openjdk-17-jre-headless")
    script = _REPOSITORY / ".ci" / "schema-registry"
    done = subprocess.run([script], capture_output=True, text=True, timeout=110, check=False)
    if done.returncode != 0:
        failure = done.stderr[-500:].strip()
        missing("Apicurio Registry", f"apt-get install maven; .ci/schema-registry (which failed: {failure})")
    return Path(done.stdout.strip())


class ApicurioRegistry:
    """One registry, its schemas in memory. Start, kill and start again; the address stays. Ends when the test run does.

    Args:
        folder: Where its log is.
    """

    def __init__(self, folder: Path) -> None:
        self._port = ReservedPort()
        self._process = OwnedProcess("the schema registry", folder / "schema-registry.log")

    @property
    def url(self) -> str:
        """What ``schema.registry.url`` should be."""
        return f"http://{_HOST}:{self._port.number}/apis/ccompat/v7"

    def start(self) -> ApicurioRegistry:
        """Start it and wait until it answers."""
        folder = _folder()
        command = ["java", *_JVM, f"-Dquarkus.http.host={_HOST}", f"-Dquarkus.http.port={self._port.number}"]
        classes = f"{folder / _JAR}:{folder / 'lib'}/*"
        self._process.start(ending_with_parent(*command, "-cp", classes, "io.quarkus.runner.GeneratedMain"))
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/subjects", timeout=5.0).is_success:
                    return self
            if self._process.has_ended:
                break
            time.sleep(0.05)
        log = self._process.log[-8000:]
        self.kill()
        raise RuntimeError(f"the schema registry does not answer:\n{log}")

    def kill(self) -> None:
        """End it with SIGKILL; its schemas are lost. Does nothing when it does not run."""
        self._process.end(signal.SIGKILL)

    def __enter__(self) -> ApicurioRegistry:
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.kill()
