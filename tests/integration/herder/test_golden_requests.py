"""The requests that were once made of Kafka Connect: our worker writes to the config topic what that one wrote."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from api import RestServer, create_app, parse_listeners
from connect_runtime.converters.internal_json import loads_internal
from connect_runtime.storage import ClusterConfigSnapshot, KeyedRecord, MemoryLog, TargetState
from tests.support.connect_rest import ConnectRest
from tests.support.golden import InternalTopic, Run, read_records, read_view
from tests.support.herding import HerdedWorker
from tests.support.running_tasks import eventually

RUN = Run.AT_LEAST_ONCE
ELSEWHERE = ("/offsets", "/topics/reset")  # requests that write to the other topics
OF_A_CLUSTER = ("session-key",)  # records that a worker alone has no use for


class Journal(MemoryLog):
    """Remembers every record."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[KeyedRecord] = []

    def send(self, records: Sequence[KeyedRecord], *, timeout_s: float) -> None:
        self.sent += records
        super().send(records, timeout_s=timeout_s)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[bytes | None]]:
    """What our worker wrote."""
    journal = Journal()
    with HerdedWorker(tmp_path_factory.mktemp("worker"), configs=journal) as worker, served(worker) as rest:
        for method, path, body in read_view(RUN)["requests"]:
            if not path.endswith(ELSEWHERE):
                rest.call(method, path, body)
                eventually(lambda: has_its_tasks(worker.configs.snapshot()), 10.0)
    return history(journal.sent)


@pytest.fixture(scope="module")
def golden() -> dict[str, list[bytes | None]]:
    """What Kafka Connect wrote."""
    records = [(record.key, record.value) for record in read_records(RUN, InternalTopic.CONFIG)]
    return {key: values for key, values in history(records).items() if not key.startswith(OF_A_CLUSTER)}


def test_the_same_requests_lead_to_the_same_records(
    ours: dict[str, list[bytes | None]], golden: dict[str, list[bytes | None]]
) -> None:
    # As objects: after a PATCH, and in tasks, members come in the order of Java's hash map, which nobody relies on.
    assert {key: decoded(values) for key, values in ours.items()} == {
        key: decoded(values) for key, values in golden.items()
    }


def test_what_is_created_has_the_same_bytes(
    ours: dict[str, list[bytes | None]], golden: dict[str, list[bytes | None]]
) -> None:
    keys = [key for key in golden if not key.startswith("task-")]
    assert {key: ours[key][0] for key in keys} == {key: golden[key][0] for key in keys}


@contextmanager
def served(worker: HerdedWorker) -> Iterator[ConnectRest]:
    """A worker's REST."""
    with RestServer(create_app(worker.service), parse_listeners("http://127.0.0.1:0")) as server:
        rest = ConnectRest(server.url)
        yield rest
        rest.close()


def has_its_tasks(snapshot: ClusterConfigSnapshot) -> bool:
    """Whether all connectors that are to run have tasks of their present configuration."""
    running = [name for name in snapshot.connectors() if snapshot.target_state(name) is TargetState.STARTED]
    return all(
        snapshot.task_count(name) > 0 and snapshot.applied_connector_config(name) == snapshot.connector_config(name)
        for name in running
    )


def history(records: Sequence[KeyedRecord]) -> dict[str, list[bytes | None]]:
    """Values by key, in the order in which they were written."""
    values: dict[str, list[bytes | None]] = defaultdict(list)
    for key, value in records:
        values[key.decode()].append(value)
    return values


def decoded(values: list[bytes | None]) -> list[Any]:
    """The values as objects."""
    return [None if value is None else loads_internal(value) for value in values]
