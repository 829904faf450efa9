from __future__ import annotations

import pytest

from connect_runtime.herder.restart import RestartPlan, heavier, plan_restart
from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage import RestartRequest, State

RUNNING, FAILED = ConnectorTaskId("c", 0), ConnectorTaskId("c", 1)
TASKS = {RUNNING: State.RUNNING, FAILED: State.FAILED}


@pytest.mark.parametrize(
    ("include_tasks", "only_failed", "state", "expected"),
    [
        (False, True, State.RUNNING, RestartPlan(restart_connector=False, tasks=frozenset())),
        (False, True, State.FAILED, RestartPlan(restart_connector=True, tasks=frozenset())),
        (True, False, State.RUNNING, RestartPlan(restart_connector=True, tasks=frozenset(TASKS))),
        (True, True, State.RUNNING, RestartPlan(restart_connector=False, tasks=frozenset({FAILED}))),
    ],
)
def test_a_restart_takes_what_was_asked_for(
    include_tasks: bool, only_failed: bool, state: State, expected: RestartPlan
) -> None:
    assert plan_restart(RestartRequest("c", include_tasks, only_failed), state, TASKS) == expected


def test_of_several_requests_for_a_connector_the_heaviest_counts() -> None:
    light = RestartRequest("c", include_tasks=True, only_failed=True)
    heavy = RestartRequest("c", include_tasks=False, only_failed=False)
    other = RestartRequest("d", include_tasks=False, only_failed=True)
    assert heavier([heavy, light, other]) == {"c": heavy, "d": other}
