from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connect_runtime.herder.reconcile import Spec, reconcile
from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage import TargetState

specs = st.builds(Spec, st.integers(1, 3), st.sampled_from(TargetState))
connectors = st.dictionaries(st.sampled_from("abcd"), specs)
tasks = st.dictionaries(st.builds(ConnectorTaskId, st.sampled_from("abcd"), st.integers(0, 2)), specs)


@given(connectors, connectors, tasks, tasks)
def test_carrying_out_the_plan_leads_to_what_is_wanted(
    wanted_connectors: dict[str, Spec],
    running_connectors: dict[str, Spec],
    wanted_tasks: dict[ConnectorTaskId, Spec],
    running_tasks: dict[ConnectorTaskId, Spec],
) -> None:
    plan = reconcile(wanted_connectors, running_connectors, wanted_tasks, running_tasks)
    after = {name: spec for name, spec in running_connectors.items() if name not in plan.stop_connectors}
    after |= {name: Spec(after[name].revision, target) for name, target in plan.retarget_connectors.items()}
    assert after | plan.start_connectors == wanted_connectors
    after_tasks = {id_: spec for id_, spec in running_tasks.items() if id_ not in plan.stop_tasks}
    after_tasks |= {id_: Spec(after_tasks[id_].revision, target) for id_, target in plan.retarget_tasks.items()}
    assert after_tasks | plan.start_tasks == wanted_tasks


@given(connectors, tasks)
def test_what_is_as_wanted_is_left_alone(wanted: dict[str, Spec], wanted_tasks: dict[ConnectorTaskId, Spec]) -> None:
    assert reconcile(wanted, wanted, wanted_tasks, wanted_tasks).is_empty


def test_a_pause_reaches_the_running_instance_without_a_restart() -> None:
    running, wanted = {"a": Spec(1, TargetState.STARTED)}, {"a": Spec(1, TargetState.PAUSED)}
    plan = reconcile(wanted, running, {}, {})
    assert plan.retarget_connectors == {"a": TargetState.PAUSED}
    assert not plan.stop_connectors
    assert not plan.start_connectors
