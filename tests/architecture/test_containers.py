from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from connect_runtime.config import load_worker

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def services() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return services


def test_every_service_says_when_it_is_healthy(services: dict[str, Any]) -> None:
    assert services.keys() == {"kafka", "postgres", "schema-registry", "worker-1", "worker-2"}
    assert [name for name, service in services.items() if "healthcheck" not in service] == []


def test_what_a_service_waits_for_is_there(services: dict[str, Any]) -> None:
    waits = {name: set(service.get("depends_on", ())) for name, service in services.items()}
    assert set().union(*waits.values()) <= services.keys()
    assert waits["worker-1"] == waits["worker-2"] == {"kafka", "postgres", "schema-registry"}
    conditions = {
        waited["condition"] for service in services.values() for waited in service.get("depends_on", {}).values()
    }
    assert conditions == {"service_healthy"}


def test_ports_are_open_to_this_machine_only_and_none_is_used_twice(services: dict[str, Any]) -> None:
    ports = [port.split(":") for service in services.values() for port in service["ports"]]
    assert {address for address, _, _ in ports} == {"127.0.0.1"}
    published = [port for _, port, _ in ports]
    assert len(published) == len(set(published))


def test_workers_are_of_one_cluster_and_reach_each_other_by_name(services: dict[str, Any]) -> None:
    file = ROOT / "docker" / "worker.properties"
    names = ("worker-1", "worker-2")
    configs = [load_worker(file, services[name]["environment"]).config for name in names]
    topics = {(c.group_id, c.config_storage_topic, c.offset_storage_topic, c.status_storage_topic) for c in configs}
    assert topics == {("connect-cluster", "connect-configs", "connect-offsets", "connect-status")}
    assert tuple(config.rest_advertised_host_name for config in configs) == names
    assert {config.bootstrap_servers for config in configs} == {("kafka:29092",)}
    assert {config.listeners for config in configs} == {("http://0.0.0.0:8083",)}
    assert not [warning for config in configs for warning in config.warnings]


def test_the_broker_is_the_kafka_that_the_tests_run_on(services: dict[str, Any]) -> None:
    version = re.search(r"^version=(.*)$", (ROOT / ".ci" / "kafka").read_text(), re.MULTILINE)
    assert version is not None
    assert services["kafka"]["image"] == f"apache/kafka:{version[1]}"


def test_the_image_copies_only_what_is_there() -> None:
    copied = [
        source
        for line in (ROOT / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ")
        for source in line.split()[1:-1]
    ]
    assert [source for source in copied if not (ROOT / source).exists()] == []
