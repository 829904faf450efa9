from __future__ import annotations

import pytest

from connect_runtime.cli.neighbours import check_ports, worker_variables
from connect_runtime.config import WorkerConfig, load_worker
from connect_runtime.errors import ConfigError

KAFKA = {
    "bootstrap.servers": "kafka:9092",
    "group.id": "g",
    "key.converter": "JsonConverter",
    "value.converter": "JsonConverter",
    **{f"{kind}.storage.topic": kind for kind in ("config", "offset", "status")},
}


def config(**keys: str) -> WorkerConfig:
    return WorkerConfig.from_props({**KAFKA, **{name.replace("_", "."): value for name, value in keys.items()}})


def test_each_worker_listens_one_port_higher_than_the_one_before() -> None:
    told = config(listeners="http://:8083,https://[::1]:9443/")
    assert worker_variables(told, 0) == {"CONNECT_LISTENERS": "http://:8083,https://[::1]:9443"}
    assert worker_variables(told, 2) == {"CONNECT_LISTENERS": "http://:8085,https://[::1]:9445"}


def test_the_advertised_port_and_the_loggers_listeners_are_shifted_too() -> None:
    told = config(listeners="http://:8083", rest_advertised_port="80", admin_listeners="http://127.0.0.1:9083")
    assert worker_variables(told, 1) == {
        "CONNECT_LISTENERS": "http://:8084",
        "CONNECT_REST_ADVERTISED_PORT": "81",
        "CONNECT_ADMIN_LISTENERS": "http://127.0.0.1:9084",
    }


def test_any_free_port_stays_any_free_port() -> None:
    assert worker_variables(config(listeners="http://127.0.0.1:0"), 3) == {"CONNECT_LISTENERS": "http://127.0.0.1:0"}


def test_loggers_that_are_nowhere_stay_nowhere() -> None:
    assert "CONNECT_ADMIN_LISTENERS" not in worker_variables(config(admin_listeners=""), 1)


def test_the_embedded_brokers_defaults_hold_for_workers_that_are_handed_its_address() -> None:
    props = {"bootstrap.servers": "embedded", "status.storage.topic": "mine"}
    told = WorkerConfig.from_props(props).connected_to("127.0.0.1:19092")
    loaded = load_worker(None, worker_variables(told, 1)).config
    assert loaded.embedded_dir is None
    assert loaded.bootstrap_servers == ("127.0.0.1:19092",)
    assert loaded.listeners == ("http://127.0.0.1:8084",)
    ported = {"bootstrap.servers", "listeners"}
    assert {key: value for key, value in loaded.originals.items() if key not in ported} == {
        key: value for key, value in told.originals.items() if key not in ported
    }


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ({"listeners": "http://:8083,https://:8085"}, "listeners: ports 8083 and 8085 are too close for 3 workers"),
        (
            {"listeners": "http://:8083", "admin_listeners": "http://:8084"},
            "listeners and admin.listeners: ports 8083 and 8084",
        ),
        ({"listeners": "http://:65534"}, "listeners: 3 workers need the ports from 65534 on"),
        ({"rest_advertised_port": "65534"}, "rest.advertised.port: 3 workers need"),
    ],
)
def test_ports_that_do_not_suffice_are_named(keys: dict[str, str], fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        check_ports(config(**keys), 3)


@pytest.mark.parametrize(
    "keys",
    [
        {"listeners": "http://:8083,https://:8086"},
        {"listeners": "http://127.0.0.1:8083,http://127.0.0.2:8083"},
        {"listeners": "http://:0,https://:0"},
        {"listeners": "http://:65533", "rest_advertised_port": "65533"},
    ],
)
def test_ports_that_suffice_are_fine(keys: dict[str, str]) -> None:
    check_ports(config(**keys), 3)
