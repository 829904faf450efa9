"""Secrets that change while connectors run, and that nobody gets to see."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from connect_runtime.config import ConfigData, ConfigResolver
from connect_runtime.config.builtin_providers import FileConfigProvider
from connect_runtime.errors import ConfigError
from connect_runtime.storage import MemoryLog
from connect_runtime.storage.log import LogRecord
from tests.support.herding import HerdedWorker, journal
from tests.support.running_tasks import eventually

SOON_S = 0.1
PATIENCE_S = 20.0


class Vault:
    """Answers what a test has put in; every value lives for a moment."""

    def __init__(self, values: Mapping[str, str], ttl_s: float | None = SOON_S) -> None:
        self.values = dict(values)
        self.ttl_s = ttl_s
        self.asked = 0
        self.is_sealed = False

    def configure(self, config: Mapping[str, str]) -> None: ...

    def get(self, path: str, keys: Collection[str]) -> ConfigData:
        self.asked += 1
        if self.is_sealed:
            raise ConfigError("the vault is sealed")
        return ConfigData({key: self.values[key] for key in keys if key in self.values}, self.ttl_s)

    def await_asked_again(self) -> None:
        """Wait until it was asked twice more: after the first answer the worker has acted on it."""
        wanted = self.asked + 2
        eventually(lambda: self.asked >= wanted, PATIENCE_S)


def starts(path: Path) -> list[str]:
    return [line for line in journal({"journal": str(path)}) if line.endswith(" start")]


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """Knows where the journal of a connector is: so that its place tells which value was in force."""
    return Vault({"journal": str(tmp_path / "old")})


def config(worker: HerdedWorker, **keys: str) -> dict[str, str | None]:
    return {**worker.config(tasks_max="2", **keys), "journal": "${vault:journal}"}


def test_a_connector_and_its_tasks_are_restarted_with_a_changed_secret(tmp_path: Path, vault: Vault) -> None:
    configs = MemoryLog()
    with HerdedWorker(tmp_path, configs=configs, variables=ConfigResolver({"vault": vault})) as worker:
        worker.service.create_connector("c", config(worker), None)
        worker.await_states("c", "RUNNING", ["RUNNING", "RUNNING"])
        before = worker.configs.snapshot()
        vault.values["journal"] = str(tmp_path / "new")
        everyone = ["connector start", "task 0 start", "task 1 start"]
        eventually(lambda: sorted(starts(tmp_path / "new")) == everyone, PATIENCE_S)
        worker.await_states("c", "RUNNING", ["RUNNING", "RUNNING"])
        vault.await_asked_again()
        assert sorted(starts(tmp_path / "new")) == everyone
        after = worker.configs.snapshot()
        assert after.task_revision("c") == before.task_revision("c")
        assert after.task_config(after.task_ids("c")[0]) == before.task_config(before.task_ids("c")[0])


def test_nothing_is_restarted_while_secrets_stay_the_same(tmp_path: Path, vault: Vault) -> None:
    with HerdedWorker(tmp_path, variables=ConfigResolver({"vault": vault})) as worker:
        worker.service.create_connector("c", config(worker), None)
        worker.await_states("c", "RUNNING", ["RUNNING", "RUNNING"])
        vault.await_asked_again()
        assert len(starts(tmp_path / "old")) == 3


def test_a_task_that_has_the_new_secret_already_is_left_alone(tmp_path: Path, vault: Vault) -> None:
    with HerdedWorker(tmp_path, variables=ConfigResolver({"vault": vault})) as worker:
        worker.service.create_connector("c", config(worker), None)
        worker.await_states("c", "RUNNING", ["RUNNING", "RUNNING"])
        vault.values["journal"] = str(tmp_path / "new")
        worker.service.restart_task(worker.configs.snapshot().task_ids("c")[0])
        eventually(lambda: len(starts(tmp_path / "new")) >= 3, PATIENCE_S)
        vault.await_asked_again()
        assert sorted(starts(tmp_path / "new")) == ["connector start", "task 0 start", "task 1 start"]


def test_a_task_that_is_started_again_and_again_does_not_put_off_the_others(tmp_path: Path, vault: Vault) -> None:
    vault.ttl_s = 1.0
    with HerdedWorker(tmp_path, variables=ConfigResolver({"vault": vault})) as worker:
        worker.service.create_connector("c", config(worker), None)
        worker.await_states("c", "RUNNING", ["RUNNING", "RUNNING"])
        restless = worker.configs.snapshot().task_ids("c")[0]
        vault.values["journal"] = str(tmp_path / "new")

        def others_are_restarted() -> bool:
            worker.service.restart_task(restless)
            return {"connector start", "task 1 start"} <= set(starts(tmp_path / "new"))

        eventually(others_are_restarted, PATIENCE_S)


def test_the_last_answer_counts_also_when_it_has_no_time_to_live(tmp_path: Path, vault: Vault) -> None:
    with HerdedWorker(tmp_path, variables=ConfigResolver({"vault": vault})) as worker:
        worker.service.create_connector("c", config(worker), None)
        worker.await_states("c", "RUNNING", ["RUNNING", "RUNNING"])
        vault.ttl_s = None
        vault.values["journal"] = str(tmp_path / "new")
        eventually(lambda: len(starts(tmp_path / "new")) == 3, PATIENCE_S)
        secrets = worker.herder.secrets
        assert worker.herder.requests.call("looking", lambda: secrets.has_appointments, 5.0) is False


def test_a_failed_connector_comes_back_with_the_right_secret(tmp_path: Path) -> None:
    vault = Vault({"fails": "connector.start"})
    with HerdedWorker(tmp_path, variables=ConfigResolver({"vault": vault})) as worker:
        worker.create("c", fail_in="${vault:fails}")
        worker.await_states("c", "FAILED", [])
        vault.values["fails"] = "nowhere at all"
        eventually(lambda: worker.states("c") == ("RUNNING", ["RUNNING"]), PATIENCE_S)


def test_with_the_action_none_changed_secrets_wait_for_a_restart(tmp_path: Path, vault: Vault) -> None:
    with HerdedWorker(tmp_path, variables=ConfigResolver({"vault": vault})) as worker:
        worker.service.create_connector("quiet", config(worker, config_action_reload="none"), None)
        worker.await_states("quiet", "RUNNING", ["RUNNING", "RUNNING"])
        # Another connector, that reloads, shows when a reload would have been over.
        worker.service.create_connector("c", config(worker), None)
        worker.await_states("c", "RUNNING", ["RUNNING", "RUNNING"])
        vault.values["journal"] = str(tmp_path / "new")
        eventually(lambda: len(starts(tmp_path / "new")) == 3, PATIENCE_S)
        vault.await_asked_again()
        assert len(starts(tmp_path / "new")) == 3
        worker.service.restart_connector("quiet")
        eventually(lambda: len(starts(tmp_path / "new")) == 4, PATIENCE_S)


def test_without_a_time_to_live_nobody_asks_again(tmp_path: Path, vault: Vault) -> None:
    vault.ttl_s = None
    with HerdedWorker(tmp_path, variables=ConfigResolver({"vault": vault})) as worker:
        worker.service.create_connector("c", config(worker), None)
        worker.await_states("c", "RUNNING", ["RUNNING", "RUNNING"])
        assert worker.herder.requests.call("looking", lambda: worker.herder.secrets.has_appointments, 5.0) is False


@pytest.mark.parametrize("trouble", ["sealed", "gone"])
def test_what_runs_goes_on_while_a_provider_has_no_answer(tmp_path: Path, vault: Vault, trouble: str) -> None:
    with HerdedWorker(tmp_path, variables=ConfigResolver({"vault": vault})) as worker:
        worker.service.create_connector("c", config(worker), None)
        worker.await_states("c", "RUNNING", ["RUNNING", "RUNNING"])
        vault.is_sealed = trouble == "sealed"
        if trouble == "gone":
            vault.values = {}
        vault.await_asked_again()
        assert worker.states("c") == ("RUNNING", ["RUNNING", "RUNNING"])
        assert len(starts(tmp_path / "old")) == 3
        vault.is_sealed, vault.values = False, {"journal": str(tmp_path / "new")}
        eventually(lambda: len(starts(tmp_path / "new")) == 3, PATIENCE_S)


def test_nobody_asks_for_a_connector_that_was_deleted(tmp_path: Path, vault: Vault) -> None:
    with HerdedWorker(tmp_path, variables=ConfigResolver({"vault": vault})) as worker:
        worker.service.create_connector("c", config(worker), None)
        worker.await_states("c", "RUNNING", ["RUNNING", "RUNNING"])
        worker.service.delete_connector("c")
        worker.await_states("c", None, [])
        secrets = worker.herder.secrets
        eventually(
            lambda: not worker.herder.requests.call("looking", lambda: secrets.has_appointments, 5.0), PATIENCE_S
        )


def test_a_rotated_file_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "secrets.properties"
    file.write_text(f"journal={tmp_path / 'old'}\n", encoding="utf-8")
    provider = FileConfigProvider()
    provider.configure({"ttl.ms": "1000"})
    with HerdedWorker(tmp_path, variables=ConfigResolver({"file": provider})) as worker:
        worker.service.create_connector("c", {**worker.config(), "journal": f"${{file:{file}:journal}}"}, None)
        worker.await_states("c", "RUNNING", ["RUNNING"])
        rotated = tmp_path / "rotated"
        rotated.write_text(f"journal={tmp_path / 'new'}\n", encoding="utf-8")
        rotated.replace(file)
        eventually(lambda: sorted(starts(tmp_path / "new")) == ["connector start", "task 0 start"], PATIENCE_S)


def test_secrets_are_shown_nowhere(tmp_path: Path) -> None:
    vault = Vault({"password": "hunter2-of-the-vault", "fails": "task.start"})
    configs, statuses = MemoryLog(), MemoryLog()
    with HerdedWorker(
        tmp_path, configs=configs, statuses=statuses, variables=ConfigResolver({"vault": vault})
    ) as worker:
        sent = worker.config(passed_on="${vault:password}", fail_in="${vault:fails}")
        worker.service.create_connector("c", sent, None)
        worker.await_states("c", "RUNNING", ["FAILED"])
        shown = [
            str(worker.service.connector_info("c")),
            str(worker.service.task_infos("c")),
            str(worker.service.connector_status("c")),
            str(worker.service.validate_config("ScriptedSourceConnector", sent)),
        ]
        assert worker.trace("c", 0).startswith("connect_runtime.errors.ConnectError: ${vault:fails} fails")
    stored: list[LogRecord] = []
    configs.start(stored.append)
    statuses.start(stored.append)
    assert any(b"${vault:password}" in (record.value or b"") for record in stored)
    assert not [text for text in [*shown, str(stored)] if "hunter2-of-the-vault" in text]
