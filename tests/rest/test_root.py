from __future__ import annotations

import pytest
from httpx import Client

from connect_runtime.errors import ConnectError
from connect_runtime.herder.api import Health, HealthState
from tests.support.fake_herder import FakeHerder


def test_the_root_names_version_and_cluster(client: Client) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert response.content == (
        b'{"version":"3.9.0","commit":"84ab12cd34ef5678","kafka_cluster_id":"kQ3vT0xARSmSYb1rJwLzNg"}'
    )


@pytest.mark.parametrize(
    ("state", "status"), [(HealthState.HEALTHY, 200), (HealthState.STARTING, 503), (HealthState.UNHEALTHY, 500)]
)
def test_health_is_told_by_status_and_text(client: Client, herder: FakeHerder, state: HealthState, status: int) -> None:
    herder.health_report = Health(state, "Because.")
    response = client.get("/health")
    assert response.status_code == status
    assert response.json() == {"status": state.value, "message": "Because."}


def test_a_worker_that_stops_answers_health_with_an_error(client: Client, herder: FakeHerder) -> None:
    herder.fail_with = ConnectError("The worker is shutting down")
    response = client.get("/health")
    assert response.status_code == 500
    assert response.json() == {"error_code": 500, "message": "The worker is shutting down"}
