from __future__ import annotations

import pytest

from connect_runtime.herder.fencing import FencingStep, fencing_settings, fencing_step

WORKER = {"bootstrap.servers": "here:9092"}


@pytest.mark.parametrize(
    ("is_pending", "previous", "current", "step"),
    [
        (False, None, 3, FencingStep.NOTHING),
        (False, 2, 3, FencingStep.NOTHING),
        (True, None, 3, FencingStep.RECORD),
        (True, 1, 1, FencingStep.RECORD),
        (True, 1, 2, FencingStep.FENCE),
        (True, 2, 1, FencingStep.FENCE),
        (True, 2, 2, FencingStep.FENCE),
        (True, 2, 0, FencingStep.FENCE),
    ],
)
def test_older_tasks_are_fenced_unless_the_one_new_task_does_it(
    is_pending: bool, previous: int | None, current: int, step: FencingStep
) -> None:
    assert fencing_step(is_pending=is_pending, previous=previous, current=current) is step


def test_fencing_uses_the_producers_settings_and_the_admin_ones_before_them() -> None:
    config = {
        "producer.override.bootstrap.servers": "there:9092",
        "producer.override.security.protocol": "SSL",
        "admin.override.client.id": "mine",
    }
    settings = fencing_settings(WORKER, config, "rain", "group-rain-0")
    assert settings.bootstrap_servers == "there:9092"
    assert settings.conf["security.protocol"].upper() == "SSL"
    assert settings.conf["client.id"] == "mine"
    assert settings.conf["transactional.id"] == "group-rain-0"
    named = fencing_settings(WORKER, {"admin.override.bootstrap.servers": "admin:9092"}, "rain", "group-rain-0")
    assert named.bootstrap_servers == "admin:9092"
    assert named.conf["client.id"] == "connector-worker-adminclient-rain"
