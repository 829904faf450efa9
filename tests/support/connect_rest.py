"""Kafka Connect's REST API as a user sees it: of a Java worker or of one of ours."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import httpx

__all__ = ["ConnectRest"]

_PAUSE_S = 0.05
_REQUEST_S = 100.0
_WAIT_S = 60.0


class ConnectRest:
    """Requests to one worker; those that are refused fail the test.

    Args:
        url: Where it serves REST.
    """

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=_REQUEST_S)

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Make a request; the JSON of its answer, ``None`` when it has none."""
        answer = self.http.request(method, path, json=body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def get(self, path: str) -> Any:
        """What is there."""
        return self.call("GET", path)

    def create(self, name: str, config: Mapping[str, str], initial_state: str | None = None) -> None:
        """Create a connector."""
        state = {} if initial_state is None else {"initial_state": initial_state}
        self.call("POST", "/connectors", {"name": name, "config": dict(config), **state})

    def change(self, method: str, name: str, what: str, body: object = None) -> Any:
        """Make a request of a connector, e.g. ``change("PUT", name, "pause")``."""
        return self.call(method, of_connector(name, what), body)

    def connectors(self) -> list[str]:
        """Names of all connectors, sorted."""
        return sorted(self.get("/connectors"))

    def config(self, name: str) -> dict[str, str]:
        """A connector's configuration."""
        return dict(self.get(of_connector(name, "config")))

    def task_configs(self, name: str) -> list[dict[str, str]]:
        """Configurations of a connector's tasks, in their order."""
        return [task["config"] for task in self.get(of_connector(name, "tasks"))]

    def offsets(self, name: str) -> list[dict[str, Any]]:
        """A connector's offsets."""
        return list(self.get(of_connector(name, "offsets"))["offsets"])

    def topics(self, name: str) -> list[str]:
        """Topics that a connector has used, sorted."""
        return sorted(self.get(of_connector(name, "topics"))[name]["topics"])

    def states(self, name: str) -> tuple[str, list[str]] | None:
        """State of a connector and of its tasks, ``None`` while there is none."""
        answer = self.http.get(of_connector(name, "status"))
        if not answer.is_success:
            return None
        status = answer.json()
        return status["connector"]["state"], [task["state"] for task in status["tasks"]]

    def await_states(self, name: str, connector: str, tasks: list[str]) -> None:
        """Wait until a connector and its tasks have these states."""
        self.wait(f"{name} {connector} {tasks}", lambda: self.states(name), lambda found: found == (connector, tasks))

    def wait(self, what: str, look: Callable[[], Any], is_it: Callable[[Any], bool]) -> Any:
        """Look until it is what one waits for; what was seen then."""
        deadline = time.monotonic() + _WAIT_S
        while not is_it(found := look()):
            if time.monotonic() > deadline:
                raise AssertionError(f"not reached: {what}; last seen: {found}")
            time.sleep(_PAUSE_S)
        return found

    def answers(self) -> bool:
        """Whether the worker serves connectors."""
        try:
            return self.http.get("/connectors").is_success
        except httpx.TransportError:
            return False

    def close(self) -> None:
        """Close its connections."""
        self.http.close()


def of_connector(name: str, what: str) -> str:
    """Path of something that a connector has."""
    return f"/connectors/{quote(name, safe='')}/{what}"
