"""What the recorded workers go through. Names, files and values are chosen for what is hard about them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.connect_rest import ConnectRest, of_connector

__all__ = ["Life", "live_at_least_once", "live_exactly_once"]

_JSON = "org.apache.kafka.connect.json.JsonConverter"
_TRANSFORMS = "org.apache.kafka.connect.transforms"
_LOGGER = "org.apache.kafka.connect.runtime.WorkerSinkTask"


class Life:
    """Makes requests of a worker, and remembers them and what is to come of them.

    Args:
        rest: The worker.
        folder: Where the connectors' files are.
        bootstrap_servers: The broker.
    """

    def __init__(self, rest: ConnectRest, folder: Path, bootstrap_servers: str) -> None:
        self.rest = rest
        self.bootstrap_servers = bootstrap_servers
        self.requests: list[list[Any]] = []
        self._folder = folder
        self._expected: dict[str, tuple[str, list[str]]] = {}

    def create(self, name: str, config: Mapping[str, str], initial_state: str | None = None) -> None:
        """Create a connector."""
        state = {} if initial_state is None else {"initial_state": initial_state}
        self.request("POST", "/connectors", {"name": name, "config": dict(config), **state})

    def change(self, method: str, name: str, what: str, body: object = None) -> None:
        """Make a request of a connector."""
        self.request(method, of_connector(name, what), body)

    def delete(self, name: str) -> None:
        """Delete a connector."""
        self.request("DELETE", of_connector(name, "").rstrip("/"))
        self._expected.pop(name)

    def request(self, method: str, path: str, body: object = None) -> None:
        """Make a request that writes something."""
        self.rest.call(method, path, body)
        self.requests.append([method, path, body])

    def expect(self, name: str, connector: str, tasks: list[str]) -> None:
        """Wait until a connector and its tasks have these states, which they are to have from then on."""
        self._expected[name] = (connector, tasks)
        self.rest.await_states(name, connector, tasks)

    def await_all(self) -> None:
        """Wait until all connectors and tasks have the states that were expected of them last."""
        for name, (connector, tasks) in self._expected.items():
            self.rest.await_states(name, connector, tasks)

    def file(self, name: str) -> str:
        """Path of a file."""
        return str(self._folder / name)

    def append(self, name: str, *lines: str) -> None:
        """Write lines to the end of a file."""
        with (self._folder / name).open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)

    def await_position(self, name: str, position: int) -> None:
        """Wait until a file source has stored an offset."""
        self.rest.wait(
            f"offset of {name}",
            lambda: [offset["offset"]["position"] for offset in self.rest.offsets(name)],
            lambda found: found == [position],
        )

    def await_topics(self, name: str, *topics: str) -> None:
        """Wait until a connector is known to have used these topics."""
        self.rest.wait(f"topics of {name}", lambda: self.rest.topics(name), lambda found: found == sorted(topics))


def live_at_least_once(life: Life) -> None:
    """Everything that a connector can be made to do, with names that need care."""
    _source_and_sink(life)
    _states(life)
    _unicode(life)
    _failures(life)
    _transforms(life)
    _topics_and_offsets(life)
    _levels_and_deletion(life)


def live_exactly_once(life: Life) -> None:
    """Fencing of task producers, and offsets within transactions."""
    life.append("exact.txt", "one", "two", "three")
    life.create("exact-1", source(life.file("exact.txt"), "exact", {"exactly.once.support": "required"}))
    life.expect("exact-1", "RUNNING", ["RUNNING"])
    life.await_position("exact-1", 14)
    # Another configuration of the task, hence another round of fencing.
    life.change("PATCH", "exact-1", "config", {"batch.size": "2"})
    life.append("exact.txt", "four")
    life.await_position("exact-1", 19)
    life.expect("exact-1", "RUNNING", ["RUNNING"])
    life.change("PUT", "exact-1", "pause")
    life.expect("exact-1", "PAUSED", ["PAUSED"])
    life.change("PUT", "exact-1", "resume")
    life.append("exact.txt", "five")
    life.expect("exact-1", "RUNNING", ["RUNNING"])
    life.await_position("exact-1", 24)
    life.create("exact-sink", sink(life.file("exact-out.txt"), "exact", 2))
    life.expect("exact-sink", "RUNNING", ["RUNNING"] * 2)
    life.change("POST", "exact-sink", "restart?includeTasks=true&onlyFailed=false")
    life.expect("exact-sink", "RUNNING", ["RUNNING"] * 2)
    life.append("gone.txt", "one")
    life.create("gone", source(life.file("gone.txt"), "gone"))
    life.expect("gone", "RUNNING", ["RUNNING"])
    life.await_position("gone", 4)
    life.delete("gone")


def source(file: str, topic: str, further: Mapping[str, str] | None = None) -> dict[str, str]:
    """Configuration of a file source under its Java name."""
    connector = "org.apache.kafka.connect.file.FileStreamSourceConnector"
    return {"connector.class": connector, "file": file, "topic": topic, **(further or {})}


def sink(file: str, topics: str, tasks: int, further: Mapping[str, str] | None = None) -> dict[str, str]:
    """Configuration of a file sink under its alias."""
    return {
        "connector.class": "FileStreamSink",
        "file": file,
        "topics": topics,
        "tasks.max": str(tasks),
        **(further or {}),
    }


def _source_and_sink(life: Life) -> None:
    life.append("lines.txt", *(f"line {number}" for number in range(9)))
    life.create("lines-src", source(life.file("lines.txt"), "lines", {"tasks.max": "2"}))
    life.expect("lines-src", "RUNNING", ["RUNNING"])
    life.await_position("lines-src", 63)
    life.create("lines-snk-3", sink(life.file("lines-out.txt"), "lines", 3))
    life.expect("lines-snk-3", "RUNNING", ["RUNNING"] * 3)
    life.await_topics("lines-snk-3", "lines")


def _states(life: Life) -> None:
    life.change("PUT", "lines-snk-3", "pause")
    life.expect("lines-snk-3", "PAUSED", ["PAUSED"] * 3)
    life.change("PUT", "lines-snk-3", "resume")
    life.expect("lines-snk-3", "RUNNING", ["RUNNING"] * 3)
    life.change("PUT", "lines-snk-3", "stop")
    life.expect("lines-snk-3", "STOPPED", [])
    life.change("PUT", "lines-snk-3", "resume")
    life.expect("lines-snk-3", "RUNNING", ["RUNNING"] * 3)
    life.change("PATCH", "lines-snk-3", "config", {"tasks.max": "2", "errors.tolerance": "all", "topics": "lines"})
    life.expect("lines-snk-3", "RUNNING", ["RUNNING"] * 2)
    life.change("POST", "lines-snk-3", "restart?includeTasks=true&onlyFailed=false")
    life.expect("lines-snk-3", "RUNNING", ["RUNNING"] * 2)
    life.create("begins-paused", sink(life.file("paused.txt"), "lines", 2), "PAUSED")
    life.expect("begins-paused", "PAUSED", [])  # tasks come with the first resume
    life.create("begins-stopped", source(life.file("lines.txt"), "stopped"), "STOPPED")
    life.expect("begins-stopped", "STOPPED", [])
    life.create("begins-running", source(life.file("nothing.txt"), "nothing"), "RUNNING")
    life.expect("begins-running", "RUNNING", ["RUNNING"])


def _unicode(life: Life) -> None:
    name, file = "Größe 😀-7-0", 'ä😀"\\\u2028\u007f\té.txt'
    life.append(file, "eins", "zwei")
    life.create(name, source(life.file(file), "unicode", {"note": '😀 é \u2028 / \\ " \t \u0001 \u007f', "empty": ""}))
    life.expect(name, "RUNNING", ["RUNNING"])
    life.await_position(name, 10)
    life.await_topics(name, "unicode")
    life.change("PUT", name, "pause")
    life.expect(name, "PAUSED", ["PAUSED"])
    life.create("a:connector-b", sink(life.file("colon.txt"), "unicode", 1))
    life.expect("a:connector-b", "RUNNING", ["RUNNING"])
    life.await_topics("a:connector-b", "unicode")


def _failures(life: Life) -> None:
    life.create("fails-0", sink(life.file("fails.txt"), "lines", 1, {"value.converter": _JSON}))
    life.expect("fails-0", "RUNNING", ["FAILED"])
    life.change("POST", "fails-0", "restart?includeTasks=true&onlyFailed=true")
    life.expect("fails-0", "RUNNING", ["FAILED"])
    undeclared = {
        "transforms": "bad",
        "transforms.bad.type": f"{_TRANSFORMS}.RegexRouter",
        "transforms.bad.regex": "a",
        "transforms.bad.replacement": "b",
        "transforms.bad.predicate": "undeclared",
    }
    life.create("fails", source("/nowhere/at/all", "lines", undeclared))
    life.expect("fails", "RUNNING", ["FAILED"])


def _transforms(life: Life) -> None:
    life.append("shaped.txt", "a", "b")
    shape = {
        "transforms": "wrap,mark,route",
        "transforms.wrap.type": f"{_TRANSFORMS}.HoistField$Value",
        "transforms.wrap.field": "line",
        "transforms.mark.type": f"{_TRANSFORMS}.InsertField$Value",
        "transforms.mark.static.field": "from",
        "transforms.mark.static.value": "Größe",
        "transforms.route.type": f"{_TRANSFORMS}.RegexRouter",
        "transforms.route.regex": "(.*)",
        "transforms.route.replacement": "$1-routed",
        "transforms.route.predicate": "raw",
        "predicates": "raw",
        "predicates.raw.type": f"{_TRANSFORMS}.predicates.TopicNameMatches",
        "predicates.raw.pattern": "shaped",
        "value.converter": _JSON,
        "value.converter.schemas.enable": "false",
    }
    life.create("shaped", source(life.file("shaped.txt"), "shaped", shape))
    life.expect("shaped", "RUNNING", ["RUNNING"])
    life.await_position("shaped", 4)
    life.await_topics("shaped", "shaped-routed")


def _topics_and_offsets(life: Life) -> None:
    life.change("PUT", "lines-src", "topics/reset")
    life.await_topics("lines-src")
    life.append("lines.txt", "line 9")
    life.await_position("lines-src", 70)
    life.await_topics("lines-src", "lines")
    life.change("PUT", "lines-src", "stop")
    life.expect("lines-src", "STOPPED", [])
    partition = {"filename": life.file("lines.txt")}
    life.change("PATCH", "lines-src", "offsets", {"offsets": [{"partition": partition, "offset": {"position": 7}}]})
    life.change("DELETE", "lines-src", "offsets")
    life.change("PATCH", "lines-src", "offsets", {"offsets": [{"partition": partition, "offset": {"position": 63}}]})
    life.change("PUT", "lines-src", "resume")
    life.expect("lines-src", "RUNNING", ["RUNNING"])
    life.await_position("lines-src", 70)


def _levels_and_deletion(life: Life) -> None:
    life.request("PUT", f"/admin/loggers/{_LOGGER}?scope=cluster", {"level": "debug"})
    life.append("gone.txt", "one")
    life.create("gone-1", source(life.file("gone.txt"), "gone"))
    life.expect("gone-1", "RUNNING", ["RUNNING"])
    life.await_position("gone-1", 4)
    life.change("PUT", "gone-1", "pause")
    life.expect("gone-1", "PAUSED", ["PAUSED"])
    life.delete("gone-1")
    life.create("again", source(life.file("again.txt"), "again"))
    life.expect("again", "RUNNING", ["RUNNING"])
    life.change("PUT", "again", "config", source(life.file("again-2.txt"), "again"))
    life.expect("again", "RUNNING", ["RUNNING"])
