from __future__ import annotations

import pytest

from connect_runtime.herder.assignment import ClusterAssignment, Share, next_due_ms
from connect_runtime.model import ConnectorTaskId
from tests.support.assigning import DELAY_MS, Cluster, connector


def cluster_of(*workers: str, connectors: int = 6, max_delay_ms: int = DELAY_MS) -> Cluster:
    """At rest, every connector with one task."""
    cluster = Cluster(*(connector(f"c{n}", tasks=1) for n in range(connectors)), max_delay_ms=max_delay_ms)
    cluster.join(*workers)
    cluster.decide_and_acknowledge()
    return cluster


def loads(cluster: Cluster) -> list[tuple[int, int]]:
    shares = [worker.share for worker in cluster.assignment.workers.values()]
    return sorted((len(share.connectors), len(share.tasks)) for share in shares)


def test_connectors_and_tasks_are_spread_each_for_themselves() -> None:
    cluster = Cluster(connector("a", tasks=5), connector("b"), connector("c"))
    cluster.join("x", "y")
    assert cluster.decide()
    assert cluster.assignment.generation == 1
    assert cluster.assignment.leader == "leader"
    assert loads(cluster) == [(1, 2), (2, 3)]


def test_the_order_of_members_does_not_matter() -> None:
    assert cluster_of("x", "y", "z").assignment == cluster_of("z", "x", "y").assignment


def test_without_members_nothing_is_given_away() -> None:
    cluster = Cluster(connector("a", tasks=2))
    cluster.decide()
    assert cluster.assignment.workers == {}
    cluster.join("x")
    cluster.decide()
    assert cluster.share("x") == cluster.configured


def test_nothing_changed_gives_the_very_same_assignment() -> None:
    cluster = cluster_of("x", "y", "z")
    before = cluster.assignment
    cluster.pass_ms(10 * DELAY_MS)
    assert cluster.next() is before


def test_another_leader_publishes_at_once() -> None:
    cluster = cluster_of("x", "y")
    shares = cluster.assignment.workers
    cluster.leader = "y"
    assert cluster.decide()
    assert cluster.assignment.leader == "y"
    assert cluster.assignment.workers == shares


def test_a_new_connector_goes_to_the_least_loaded_and_moves_nothing() -> None:
    cluster = cluster_of("x", "y", connectors=3)
    before = {name: cluster.share(name) for name in "xy"}
    cluster.configured |= connector("new", tasks=1)
    cluster.decide()
    assert cluster.share("x") == before["x"]
    assert cluster.share("y") == before["y"] | connector("new", tasks=1)


def test_a_new_worker_waits_for_what_others_have_not_stopped() -> None:
    cluster = cluster_of("x", "y")
    before = {name: cluster.share(name) for name in "xy"}
    cluster.join("z")
    assert cluster.decide()
    taken = {name: before[name] - cluster.share(name) for name in "xy"}
    assert [(len(share.connectors), len(share.tasks)) for share in taken.values()] == [(1, 1), (1, 1)]
    assert {name: released.share for name, released in cluster.assignment.released.items()} == taken
    assert cluster.share("z").is_empty
    assert not cluster.decide()
    cluster.acknowledge("x")
    assert cluster.decide()
    assert cluster.share("z") == taken["x"]
    cluster.acknowledge("y")
    assert cluster.decide()
    assert cluster.share("z") == taken["x"] | taken["y"]
    assert cluster.assignment.released == {}


def test_an_earlier_acknowledgement_does_not_free_what_was_taken_later() -> None:
    cluster = cluster_of("x", "y")
    cluster.configured |= connector("new", tasks=1)
    cluster.decide()
    cluster.join("z")
    cluster.decide()
    cluster.acknowledge("x", "y", assignments_behind=1)
    assert not cluster.decide()


def test_what_was_taken_from_a_worker_that_leaves_is_free_at_once() -> None:
    cluster = cluster_of("x", "y")
    cluster.join("z")
    cluster.decide()
    released = cluster.assignment.released["x"].share
    remaining = cluster.share("x")
    cluster.leave("x")
    cluster.decide()
    assert cluster.share("z") == released
    assert cluster.assignment.lost["x"].share == remaining


def test_what_is_deleted_is_run_by_nobody() -> None:
    cluster = cluster_of("x", "y")
    cluster.leave("y")
    cluster.decide()
    cluster.configured = Share()
    cluster.decide()
    assert loads(cluster) == [(0, 0)]
    assert cluster.assignment.lost == {}
    assert next_due_ms(cluster.assignment) is None
    cluster.acknowledge("x")
    cluster.decide()
    assert cluster.assignment.released == {}


def test_what_is_deleted_and_created_anew_waits_for_the_worker_that_ran_it() -> None:
    cluster = cluster_of("x", "y", connectors=1)
    assert cluster.share("x") == connector("c0", tasks=1)
    cluster.configured = Share()
    cluster.decide()
    cluster.configured = connector("c0", tasks=1)
    assert not cluster.decide()
    cluster.acknowledge("x")
    cluster.decide()
    assert cluster.share("x") | cluster.share("y") == connector("c0", tasks=1)


def test_a_lost_workers_items_are_held_back_until_the_delay_ends() -> None:
    cluster = cluster_of("x", "y")
    lost = cluster.share("y")
    before = cluster.share("x")
    cluster.leave("y")
    cluster.decide()
    assert cluster.share("x") == before
    assert next_due_ms(cluster.assignment) == cluster.now_ms + DELAY_MS
    cluster.pass_ms(DELAY_MS - 1)
    assert not cluster.decide()
    cluster.pass_ms(1)
    assert cluster.decide()
    assert cluster.share("x") == before | lost
    assert next_due_ms(cluster.assignment) is None


def test_without_a_delay_lost_items_are_given_away_at_once() -> None:
    cluster = cluster_of("x", "y", max_delay_ms=0)
    cluster.leave("y")
    cluster.decide()
    assert cluster.share("x") == cluster.configured


def test_the_same_process_has_its_items_back_as_soon_as_it_returns() -> None:
    cluster = cluster_of("x", "y")
    before = cluster.share("y")
    gone = cluster.leave("y")
    cluster.decide()
    cluster.pass_ms(DELAY_MS - 1)
    cluster.come_back(gone)
    cluster.decide()
    assert cluster.share("y") == before
    assert cluster.assignment.lost == {}


def test_a_restarted_worker_takes_the_place_of_the_process_that_answered_on_its_url() -> None:
    cluster = cluster_of("x", "y")
    before = cluster.share("y")
    cluster.leave("y")
    cluster.decide()
    cluster.join("y2", url="http://y")
    cluster.decide()
    assert cluster.share("y2") == before
    assert next_due_ms(cluster.assignment) is None


def test_who_returns_without_a_deleted_connector_does_not_run_it() -> None:
    cluster = cluster_of("x", "y", connectors=2)
    gone = cluster.leave("y")
    cluster.decide()
    cluster.configured = connector("c0", tasks=1)
    cluster.come_back(gone)
    cluster.decide()
    assert cluster.share("y").is_empty


def test_an_empty_worker_that_came_during_the_delay_takes_over_the_lost_items() -> None:
    cluster = cluster_of("x", "y")
    lost, before = cluster.share("y"), cluster.share("x")
    cluster.leave("y")
    cluster.decide()
    cluster.join("z")
    cluster.decide()
    assert cluster.share("z").is_empty
    cluster.pass_ms(DELAY_MS)
    cluster.decide()
    assert cluster.share("z") == lost
    assert cluster.share("x") == before


def test_created_items_do_not_wait_for_the_delay() -> None:
    cluster = cluster_of("x", "y")
    cluster.leave("y")
    cluster.decide()
    cluster.configured |= connector("new", tasks=1)
    cluster.decide()
    assert "new" in cluster.share("x").connectors


def test_a_second_loss_waits_for_the_end_of_the_first_delay() -> None:
    cluster = cluster_of("x", "y", "z")
    cluster.leave("y")
    cluster.decide()
    due_ms = next_due_ms(cluster.assignment)
    cluster.pass_ms(DELAY_MS // 2)
    cluster.leave("z")
    cluster.decide()
    assert next_due_ms(cluster.assignment) == due_ms
    cluster.pass_ms(DELAY_MS // 2)
    cluster.decide()
    assert cluster.share("x") == cluster.configured


def test_who_is_found_missing_after_the_delay_of_others_has_one_of_its_own() -> None:
    cluster = cluster_of("x", "y", "z")
    cluster.leave("y")
    cluster.decide()
    held = cluster.share("z")
    cluster.pass_ms(DELAY_MS)
    cluster.leave("z")
    cluster.decide()
    assert cluster.assignment.lost["z"].share == held
    assert cluster.share("x") == cluster.configured - held
    assert next_due_ms(cluster.assignment) == cluster.now_ms + DELAY_MS


def test_a_lost_leader_is_given_the_same_delay() -> None:
    cluster = cluster_of("x", "y")
    cluster.leader = "y"
    cluster.decide()
    before = cluster.share("x")
    cluster.leave("y")
    cluster.leader = "x"
    cluster.decide()
    assert cluster.share("x") == before
    assert next_due_ms(cluster.assignment) == cluster.now_ms + DELAY_MS


def test_a_leader_whose_clock_is_behind_waits_no_longer_than_the_delay() -> None:
    cluster = cluster_of("x", "y")
    cluster.leave("y")
    cluster.decide()
    cluster.pass_ms(-60_000)
    cluster.decide()
    assert next_due_ms(cluster.assignment) == cluster.now_ms + DELAY_MS
    cluster.pass_ms(10)
    assert not cluster.decide()


def test_a_worker_without_work_that_leaves_begins_no_delay() -> None:
    cluster = cluster_of("x", "y", connectors=1)
    assert cluster.share("y").is_empty
    cluster.leave("y")
    cluster.decide()
    assert next_due_ms(cluster.assignment) is None


def test_nothing_is_balanced_while_items_are_held_back() -> None:
    cluster = cluster_of("x", "y")
    before = cluster.share("x")
    cluster.leave("y")
    cluster.join("z", "w")
    cluster.decide()
    assert cluster.share("x") == before
    cluster.settle()
    assert loads(cluster) == [(2, 2)] * 3


@pytest.mark.parametrize(("max_delay_ms", "delays_ms"), [(300_000, [40, 1600, 64_000, 300_000, 300_000]), (0, [])])
def test_balance_asked_for_again_before_it_settled_backs_off(max_delay_ms: int, delays_ms: list[int]) -> None:
    cluster = cluster_of("a", connectors=64, max_delay_ms=max_delay_ms)
    seen = []
    for n in range(6):
        cluster.join(f"b{n}")
        cluster.decide()
        due_ms = next_due_ms(cluster.assignment)
        if due_ms is not None:
            seen.append(due_ms - cluster.now_ms)
            assert not cluster.decide()
            cluster.now_ms = due_ms
            cluster.decide()
            assert next_due_ms(cluster.assignment) is None
    assert seen == delays_ms
    cluster.decide_and_acknowledge()
    assert cluster.assignment.balancing.consecutive == 0
    assert {count for count, _ in loads(cluster)} == {9, 10}


def test_members_that_come_and_go_cost_a_steady_worker_nothing_twice() -> None:
    cluster = cluster_of("x", "y")
    cluster.join("z")
    cluster.decide_and_acknowledge()
    before = {name: cluster.share(name) for name in "xy"}
    for _ in range(5):
        gone = cluster.leave("z")
        cluster.decide_and_acknowledge()
        cluster.come_back(gone)
        cluster.decide_and_acknowledge()
    assert {name: cluster.share(name) for name in "xy"} == before
    assert loads(cluster) == [(2, 2)] * 3


def test_a_worker_that_is_not_known_runs_nothing() -> None:
    assert ClusterAssignment().share_of("x") == Share(frozenset(), frozenset[ConnectorTaskId]())
