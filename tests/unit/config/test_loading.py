from __future__ import annotations

from pathlib import Path

import pytest

from connect_runtime.config import load_worker
from connect_runtime.errors import ConfigError

WORKER = "bootstrap.servers=embedded\ngroup.id=${env:GROUP}\nconfig.providers=env\nconfig.providers.env.class=EnvVar\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "worker.properties"
    path.write_text(WORKER, encoding="utf-8")
    return path


def test_the_environment_wins_over_the_file(file: Path) -> None:
    loaded = load_worker(file, {"GROUP": "g", "CONNECT_OFFSET_FLUSH_INTERVAL_MS": "100"})
    assert loaded.config.offset_flush_interval_s == 0.1


def test_the_workers_own_variables_are_resolved(file: Path) -> None:
    loaded = load_worker(file, {"GROUP": "g", "DB": "secret"})
    assert loaded.config.group_id == "g"
    assert loaded.resolver.resolve({"password": "${env:DB}"}).config == {"password": "secret"}


def test_plugins_toml_lies_beside_the_workers_file(file: Path) -> None:
    assert load_worker(file, {}).plugins_file == file.parent / "plugins.toml"
    assert load_worker(file, {"CONNECT_PLUGINS_FILE": "/etc/p.toml"}).plugins_file == Path("/etc/p.toml")


def test_a_worker_can_be_described_by_the_environment_alone() -> None:
    assert load_worker(None, {"CONNECT_BOOTSTRAP_SERVERS": "embedded:/d"}).config.embedded_dir == Path("/d")


def test_an_unknown_provider_stops_the_worker(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"Invalid value Vault for configuration config.providers.env.class: no such"):
        load_worker(file, {"CONNECT_CONFIG_PROVIDERS_ENV_CLASS": "Vault"})
