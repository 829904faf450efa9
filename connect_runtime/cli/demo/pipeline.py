"""The demo's two connectors, and the plain HTTP calls that make them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import httpx

from connect_runtime.errors import ConnectError

__all__ = ["TOPIC", "Pipeline", "curl"]

TOPIC = "flights"
_SOURCE, _SINK = "flights-source", "flights-sink"
_KEY = "time_hour,carrier,flight"
"""What makes a flight one of its kind."""


def source_config(file: Path) -> dict[str, str]:
    """A file source that makes each row a record with a schema."""
    return {
        "connector.class": "FileStreamSource",
        "file": str(file),
        "format": "csv",
        "topic": TOPIC,
    }


def sink_config(target: Mapping[str, str]) -> dict[str, str]:
    """A SQL sink that makes the table, and repeats without harm what it had to read twice."""
    return {
        "connector.class": "JdbcSink",
        "topics": TOPIC,
        **target,
        "auto.create": "true",
        "insert.mode": "upsert",
        "pk.mode": "record_value",
        "pk.fields": _KEY,
    }


def curl(url: str, config: Mapping[str, str]) -> str:
    """The command that does what `Pipeline.create` does."""
    body = json.dumps(config, indent=2).replace("'", "'\\''")
    return f"curl -X PUT {url} \\\n  -H 'Content-Type: application/json' -d '{body}'"


class Pipeline:
    """The connectors of a running worker.

    Args:
        rest: Address of the worker's REST.
    """

    def __init__(self, rest: str) -> None:
        self._client = httpx.Client(base_url=rest, timeout=100)
        self._rest = rest

    def calls(self, file: Path, target: Mapping[str, str]) -> list[tuple[str, str, dict[str, str]]]:
        """What is to be created: for people, its URL, its configuration."""
        return [
            (f"A file source reads {file.name} into the topic {TOPIC}.", self._url(_SOURCE), source_config(file)),
            (f"A SQL sink writes the topic into the table {TOPIC}.", self._url(_SINK), sink_config(target)),
        ]

    def create(self, url: str, config: Mapping[str, str]) -> None:
        """Create or change a connector.

        Raises:
            ConnectError: The worker refuses.
        """
        answer = self._client.put(url, json=dict(config))
        if answer.is_error:
            raise ConnectError(f"PUT {url} was answered with {answer.status_code}: {answer.text}")

    def check(self) -> None:
        """See whether everything runs.

        Raises:
            ConnectError: A connector or a task has failed; the message holds its trace.
        """
        for name in (_SOURCE, _SINK):
            answer = self._client.get(f"/connectors/{name}/status")
            if answer.status_code == httpx.codes.NOT_FOUND:
                continue  # its first status is on its way
            status = answer.raise_for_status().json()
            for part in (status["connector"], *status["tasks"]):
                if part["state"] == "FAILED":
                    raise ConnectError(f"{name} has failed:\n{part.get('trace', '')}")

    def close(self) -> None:
        """Close the HTTP client."""
        self._client.close()

    def _url(self, name: str) -> str:
        return f"{self._rest}/connectors/{name}/config"
