"""A worker of ours and one of Kafka Connect under the same group id: whoever comes second cannot join."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.integration.takeover.lines import Lines
from tests.support.apache_kafka import ApacheKafka
from tests.support.connect_rest import ConnectRest
from tests.support.java_connect import JavaConnectWorker
from tests.support.worker_process import WorkerProcess


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_who_comes_second_under_a_group_id_says_so_and_disturbs_nobody(
    tmp_path: Path,
    apache_kafka: ApacheKafka,
    properties: dict[str, str],
    new_java: Callable[..., JavaConnectWorker],
    new_ours: Callable[..., WorkerProcess],
) -> None:
    lines = Lines(tmp_path, "lines", properties["group.id"], apache_kafka.bootstrap_servers)
    java, ours = new_java(), new_ours()

    lines.append("Java")
    java.start()
    lines.create(java.rest)
    lines.await_all(java.rest)
    with rest_of(ours) as rest:
        status, message = rest.wait("the reason", lambda: health(rest), lambda found: "Kafka Connect" in found[1])
        assert status == HTTPStatus.SERVICE_UNAVAILABLE, message
        assert "cannot join its group yet" in ours.log
        lines.append("Java, while ours waits")
        lines.await_all(java.rest)
        assert java.rest.states(lines.source) == ("RUNNING", ["RUNNING"])
        java.stop()

        rest.wait("health", lambda: health(rest), lambda found: found[0] == HTTPStatus.OK)
        lines.append("ours")
        rest.await_states(lines.source, "RUNNING", ["RUNNING"])
        lines.await_all(rest)
        assignments = ours.log.count("Assignment ")
        java.launch()
        rest.wait("its end", lambda: java.log, gave_up)
        java.kill()  # it would take 45 s to end
        assert health(rest)[0] == HTTPStatus.OK
        assert ours.log.count("Assignment ") == assignments
        lines.append("ours, after")
        lines.await_all(rest)


@contextmanager
def rest_of(worker: WorkerProcess) -> Iterator[ConnectRest]:
    """A worker, started, and its REST."""
    with worker:
        rest = ConnectRest(worker.url)
        try:
            yield rest
        finally:
            rest.close()


def gave_up(log: str) -> bool:
    """Whether a worker of Kafka Connect ends because the group is of another kind."""
    _, _, then = log.partition("InconsistentGroupProtocolException")
    return "Kafka Connect stopping" in then


def health(rest: ConnectRest) -> tuple[int, str]:
    """Status code and message."""
    answer = rest.http.get("/health")
    return answer.status_code, answer.json()["message"]
