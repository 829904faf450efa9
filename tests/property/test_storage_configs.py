"""Config records in whatever order, and however the topic was compacted."""

from __future__ import annotations

import contextlib
import random

from hypothesis import given
from hypothesis import strategies as st

from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage.config_records import RejectedRecordError, TargetState, parse_config_record
from connect_runtime.storage.config_state import ClusterConfig, ClusterConfigSnapshot

Record = tuple[str, dict[str, object] | None]

NAMES = ("a", "b-1")

names = st.sampled_from(NAMES)
versions = st.integers(0, 9).map(str)
states = st.sampled_from(list(TargetState))


def task_set(name: str, size: int, version: str) -> list[Record]:
    tasks: list[Record] = [(f"task-{name}-{n}", {"properties": {"n": str(n), "v": version}}) for n in range(size)]
    return [*tasks, (f"commit-{name}", {"tasks": size})]


@st.composite
def operations(draw: st.DrawFn) -> list[Record]:
    """What a leader writes in one go."""
    name = draw(names)
    match draw(st.sampled_from(["put", "remove", "tasks", "state", "fence"])):
        case "put":
            # A new set of tasks follows every configuration: without it, compaction leaves an old commit in front of
            # its connector, where it counts as a leftover of a deleted one.
            version = draw(versions)
            connector: Record = (f"connector-{name}", {"properties": {"v": version}})
            return [connector, *task_set(name, draw(st.integers(0, 3)), version)]
        case "remove":
            return [(f"connector-{name}", None), (f"target-state-{name}", None)]
        case "tasks":
            return task_set(name, draw(st.integers(0, 3)), draw(versions))
        case "state":
            return [(f"target-state-{name}", {"state.v2": draw(states).value})]
        case _:
            return [(f"tasks-fencing-{name}", {"task-count": draw(st.integers(0, 3))})]


histories = st.lists(operations(), max_size=15)


def replay(records: list[Record]) -> ClusterConfigSnapshot:
    state = ClusterConfig()
    for key, value in records:
        state.apply(key, value)
    return state.snapshot(len(records))


def compact(records: list[Record], chance: random.Random) -> list[Record]:
    """What the cleaner leaves: up to some offset the last record of each key, maybe not even that of a deletion."""
    end = chance.randint(0, len(records))
    last = {key: index for index, (key, _) in enumerate(records[:end])}
    gone = {key for key, index in last.items() if records[index][1] is None and chance.random() < 0.5}
    cleaned = [(key, value) for index, (key, value) in enumerate(records[:end]) if index == last[key]]
    return [(key, value) for key, value in cleaned if key not in gone] + records[end:]


def visible(snapshot: ClusterConfigSnapshot) -> dict[str, object]:
    return {
        name: (
            snapshot.connector_config(name),
            snapshot.applied_connector_config(name),
            snapshot.target_state(name),
            snapshot.all_task_configs(name),
            snapshot.is_fencing_pending(name),
        )
        for name in snapshot.connectors()
    }


@given(st.lists(operations().flatmap(st.permutations), max_size=15), st.randoms(use_true_random=False))
def test_no_order_and_no_loss_of_records_shows_half_a_task_set(
    batches: list[list[Record]], chance: random.Random
) -> None:
    state = ClusterConfig()
    for key, value in (record for batch in batches for record in batch if chance.random() < 0.8):
        state.apply(key, value)
        snapshot = state.snapshot(0)
        for name in NAMES:
            ids = snapshot.task_ids(name)
            assert ids == [ConnectorTaskId(name, number) for number in range(len(ids))]
            assert len(ids) in {0, snapshot.task_count(name)}
            assert [snapshot.task_config(task_id) for task_id in ids] == snapshot.all_task_configs(name)
            assert [config["n"] for config in snapshot.all_task_configs(name)] == [str(id_.task) for id_ in ids]
            if snapshot.is_inconsistent(name):
                assert ids == []


@given(histories)
def test_a_task_set_is_all_of_one_version(history: list[list[Record]]) -> None:
    snapshot = replay([record for batch in history for record in batch])

    for name in snapshot.connectors():
        assert len({config["v"] for config in snapshot.all_task_configs(name)}) <= 1
        assert not snapshot.is_inconsistent(name)


@given(histories, st.randoms(use_true_random=False))
def test_compaction_changes_nothing_that_leaders_finished(history: list[list[Record]], chance: random.Random) -> None:
    records = [record for batch in history for record in batch]

    assert visible(replay(compact(records, chance))) == visible(replay(records))


@given(histories, names, st.integers(1, 3), st.integers(0, 3), versions, st.randoms(use_true_random=False))
def test_after_a_crash_amid_a_task_set_and_compaction_tasks_are_the_old_ones_or_none(
    history: list[list[Record]], name: str, size: int, written: int, version: str, chance: random.Random
) -> None:
    finished = [record for batch in history for record in batch]
    unfinished = task_set(name, size, version)[: min(written, size)]
    before = replay(finished)

    after = replay(compact(finished + unfinished, chance))

    for connector in before.connectors():
        tasks = after.all_task_configs(connector)
        assert tasks == before.all_task_configs(connector) or (tasks == [] and after.is_inconsistent(connector))
    repaired = ClusterConfig()
    for key, value in [*compact(finished + unfinished, chance), *task_set(name, size, version)]:
        repaired.apply(key, value)
    if name in before.connectors():
        assert len(repaired.snapshot(0).task_ids(name)) == size


@given(histories)
def test_a_snapshot_never_changes(history: list[list[Record]]) -> None:
    state = ClusterConfig()
    taken = []
    for batch in history:
        for key, value in batch:
            state.apply(key, value)
            snapshot = state.snapshot(0)
            taken.append((snapshot, visible(snapshot)))

    assert all(visible(snapshot) == then for snapshot, then in taken)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
member_names = st.sampled_from(["properties", "state", "state.v2", "tasks", "task-count", "level", "key", "algorithm"])
keys = st.builds(
    str.__add__,
    st.sampled_from(
        [
            "connector-",
            "target-state-",
            "task-",
            "commit-",
            "tasks-fencing-",
            "restart-connector-",
            "session-key",
            "logger-cluster-",
            "",
        ]
    ),
    st.text(max_size=5),
)


@given(keys, json_values | st.dictionaries(member_names, json_values, max_size=4))
def test_any_json_is_understood_or_rejected(key: str, value: object) -> None:
    with contextlib.suppress(RejectedRecordError):
        assert parse_config_record(key, value) is not None
