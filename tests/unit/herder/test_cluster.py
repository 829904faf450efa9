from __future__ import annotations

import logging

import msgspec
import pytest

from connect_runtime.herder.group import Member, Statistics, client_id, parse_client_id, silence_s
from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage.config_records import assignment_record
from tests.support.fake_group import DELAY_S, SESSION_S, FakeGroup, FakeWorker

FIRST = ConnectorTaskId("c0", 0)


def settled(group: FakeGroup, *workers: FakeWorker) -> None:
    for _ in range(8):
        for worker in workers:
            worker.tick()
        assert_nothing_runs_twice(*workers)


def assert_nothing_runs_twice(*workers: FakeWorker) -> None:
    tasks = [task for worker in workers for task in worker.runs.tasks]
    assert len(tasks) == len(set(tasks))
    sets = {(task.connector, committed_at) for worker in workers for task, committed_at in worker.sets.items()}
    assert len(sets) == len({connector for connector, _ in sets}), "old and new tasks of a connector run side by side"


def configure(worker: FakeWorker, *names: str, tasks: int = 3) -> None:
    for name in names:
        worker.configs.put_connector(name, {"name": name})
        worker.configs.put_task_configs(name, [{"n": str(n)} for n in range(tasks)])


@pytest.fixture
def group() -> FakeGroup:
    return FakeGroup()


@pytest.fixture
def three(group: FakeGroup) -> list[FakeWorker]:
    """Three workers that have shared out two connectors with three tasks each."""
    workers = [group.worker(name).join() for name in ("a", "b", "c")]
    settled(group, *workers)
    configure(workers[0], "c0", "c1")
    settled(group, *workers)
    return workers


def test_a_worker_alone_leads_and_runs_everything(group: FakeGroup) -> None:
    worker = group.worker("a").join()
    waiting_for = worker.membership.waiting_for
    assert waiting_for == "joining the group"
    settled(group, worker)
    configure(worker, "c0")
    settled(group, worker)
    assert worker.membership.waiting_for is None
    assert worker.membership.is_leader
    assert len(worker.runs.tasks) == 3
    assert worker.runs.connectors == {"c0"}


def test_a_refusal_to_let_it_join_is_told(group: FakeGroup) -> None:
    worker = group.worker("a")
    worker.seat.problem = "Joining the group failed: session.timeout.ms is not within limits"
    assert "joining the group, so far in vain: Joining the group failed" in str(worker.membership.waiting_for)


def test_work_is_spread_evenly_and_everybody_knows_who_has_what(three: list[FakeWorker]) -> None:
    assert sorted(len(worker.runs.tasks) for worker in three) == [2, 2, 2]
    owner = next(worker for worker in three if FIRST in worker.runs.tasks)
    assert {worker.membership.owner_url(FIRST) for worker in three} == {owner.url}
    assert [worker.membership.leader_url() for worker in three] == [None, three[0].url, three[0].url]
    assert three[1].membership.owner_url("unknown") is None


def test_only_the_leader_decides(three: list[FakeWorker]) -> None:
    assert [worker.membership.is_leader for worker in three] == [True, False, False]


def test_nothing_is_published_when_nothing_changes(group: FakeGroup, three: list[FakeWorker]) -> None:
    before = len(group.records)
    for _ in range(5):
        group.clock.advance(1.0)
        settled(group, *three)
    assert len(group.records) == before


def test_who_joins_gets_its_part_and_nothing_else_moves(group: FakeGroup, three: list[FakeWorker]) -> None:
    configure(three[0], "c2")
    settled(group, *three)
    starts = [dict(worker.starts) for worker in three]
    newcomer = group.worker("d").join()
    settled(group, *three, newcomer)
    assert sorted(len(worker.runs.tasks) for worker in [*three, newcomer]) == [2, 2, 2, 3]
    assert [worker.starts for worker in three] == starts


def test_work_moves_only_when_its_worker_has_stopped_it(group: FakeGroup, three: list[FakeWorker]) -> None:
    configure(three[0], "c2")
    settled(group, *three)
    for worker in three:
        worker.is_slow = True
    newcomer = group.worker("d").join()
    settled(group, *three, newcomer)
    assert not newcomer.runs.tasks
    for worker in three:
        worker.is_slow = False
    settled(group, *three, newcomer)
    assert newcomer.runs.tasks


def test_new_tasks_begin_when_the_old_ones_are_stopped_everywhere(group: FakeGroup, three: list[FakeWorker]) -> None:
    slow = next(worker for worker in three if FIRST in worker.runs.tasks)
    others = [worker for worker in three if worker is not slow]
    slow.is_slow = True
    configure(three[0], "c0", "c1")
    settled(group, *three)
    assert not any(task.connector == "c0" for worker in others for task in worker.runs.tasks)
    slow.is_slow = False
    settled(group, *three)
    assert sum(len(worker.runs.tasks) for worker in three) == 6


def test_new_tasks_do_not_wait_for_a_worker_that_is_gone(group: FakeGroup, three: list[FakeWorker]) -> None:
    gone = three.pop()
    group.lose(gone.name)
    configure(three[0], "c0", "c1")
    settled(group, *three)
    assert sum(len(worker.runs.tasks) for worker in three) == 4
    assert all(committed_at > 10 for worker in three for committed_at in worker.sets.values())


def test_a_lost_workers_share_is_kept_and_then_given_to_the_others(group: FakeGroup, three: list[FakeWorker]) -> None:
    lost = three.pop()
    group.lose(lost.name)
    settled(group, *three)
    assert sum(len(worker.runs.tasks) for worker in three) == 4
    starts = [dict(worker.starts) for worker in three]
    group.clock.advance(DELAY_S + 1)
    settled(group, *three)
    assert sum(len(worker.runs.tasks) for worker in three) == 6
    for worker, before in zip(three, starts, strict=True):
        assert all(worker.starts[name] == count for name, count in before.items())


def test_a_worker_that_is_missed_goes_on_with_what_is_kept_for_it(group: FakeGroup, three: list[FakeWorker]) -> None:
    # As when a broker forgets its members in a restart, and they come back one after the other.
    missed, others = three[2], three[:2]
    share, starts = missed.runs, dict(missed.starts)
    group.lose(missed.name)
    settled(group, *others)
    group.clock.advance(SESSION_S / 2)
    missed.seat.is_absent = True
    settled(group, *three)
    assert missed.runs == share
    missed.seat.is_absent = False
    settled(group, *three)
    assert missed.runs == share
    assert missed.starts == starts


def test_the_leader_is_replaced_and_its_share_is_kept_too(group: FakeGroup, three: list[FakeWorker]) -> None:
    lost = three.pop(0)
    group.lose(lost.name)
    settled(group, *three)
    assert [worker.membership.is_leader for worker in three] == [True, False]
    assert sum(len(worker.runs.tasks) for worker in three) == 4
    group.clock.advance(DELAY_S + 1)
    settled(group, *three)
    assert sum(len(worker.runs.tasks) for worker in three) == 6


def test_a_worker_restarted_on_the_same_url_has_its_share_at_once(group: FakeGroup, three: list[FakeWorker]) -> None:
    lost = three.pop()
    share = lost.runs
    group.lose(lost.name)
    settled(group, *three)
    successor = group.worker("z", url=lost.url).join()
    settled(group, *three, successor)
    assert successor.runs == share


def test_a_worker_restarted_before_its_predecessor_was_missed_has_its_share_at_once(
    group: FakeGroup, three: list[FakeWorker]
) -> None:
    lost = three.pop()
    successor = group.worker("z", url=lost.url).join()
    settled(group, *three, successor)
    group.lose(lost.name)
    settled(group, *three, successor)
    assert lost.runs.tasks
    assert lost.runs.tasks <= successor.runs.tasks


def test_a_cluster_that_was_down_as_a_whole_waits_for_nobody(group: FakeGroup, three: list[FakeWorker]) -> None:
    for worker in three:
        group.lose(worker.name)
    alone = group.worker("new").join()
    settled(group, alone)
    assert len(alone.runs.tasks) == 6


def test_a_worker_out_of_touch_stops_before_others_may_have_its_work(group: FakeGroup, three: list[FakeWorker]) -> None:
    group.is_away = True
    group.clock.advance(SESSION_S - 1)
    settled(group, *three)
    assert sum(len(worker.runs.tasks) for worker in three) == 6
    group.clock.advance(2)
    settled(group, *three)
    assert not any(worker.runs.tasks or worker.runs.connectors for worker in three)
    assert "has not been seen in its group" in str(three[0].membership.problem)
    group.is_away = False
    settled(group, *three)
    assert sorted(len(worker.runs.tasks) for worker in three) == [2, 2, 2]
    group.clock.advance(1.0)
    settled(group, *three)
    assert three[0].membership.problem is None


def test_a_leader_out_of_touch_does_not_wait_for_brokers_to_let_it_lead(
    group: FakeGroup, three: list[FakeWorker]
) -> None:
    leader = three[0]
    group.is_away = True
    settled(group, *three)
    group.clock.advance(SESSION_S + 1)
    attempts = leader.writer.attempts
    settled(group, *three)
    assert leader.seat.holds_partition
    assert leader.writer.attempts == attempts
    group.is_away = False
    settled(group, *three)
    assert leader.membership.is_leader


def test_a_worker_goes_on_while_heartbeats_are_answered_although_members_cannot_be_listed(
    group: FakeGroup, three: list[FakeWorker]
) -> None:
    shares = [worker.runs for worker in three]
    group.is_unlisted = True
    for _ in range(3):
        group.clock.advance(SESSION_S - 1)
        settled(group, *three)
    assert [worker.runs for worker in three] == shares
    assert three[0].membership.problem is None


def test_a_worker_that_comes_back_as_another_member_is_still_the_same(
    group: FakeGroup, three: list[FakeWorker]
) -> None:
    shares = [worker.runs for worker in three]
    for worker in three:
        group.lose(worker.name)
    settled(group, *three)
    assert [worker.runs for worker in three] == shares


def test_a_leader_that_was_replaced_cannot_write(group: FakeGroup, three: list[FakeWorker]) -> None:
    zombie, others = three[0], three[1:]
    group.lose(zombie.name)
    settled(group, *others)
    before = len(group.records)
    with pytest.raises(Exception, match="another worker leads"):
        zombie.configs.put_connector("late", {})
    assert len(group.records) == before
    assert not zombie.membership.is_leader


def test_a_list_is_not_acted_on_while_members_come_and_go(group: FakeGroup, three: list[FakeWorker]) -> None:
    group.lose(three[2].name)
    group.state = "PreparingRebalance"
    before = len(group.records)
    settled(group, *three[:2])
    assert len(group.records) == before


def test_a_running_cluster_of_kafka_connect_is_named_and_waited_for(
    group: FakeGroup, caplog: pytest.LogCaptureFixture
) -> None:
    group.join("", "connect-10.0.0.7:8083")
    group.protocol_type = "connect"
    worker = group.worker("a").join()
    with caplog.at_level(logging.WARNING):
        worker.tick()
        worker.tick()
    assert "same group.id" in str(worker.membership.waiting_for)
    assert len(caplog.records) == 1


def test_an_assignment_that_cannot_be_read_keeps_the_last_one(
    group: FakeGroup, three: list[FakeWorker], caplog: pytest.LogCaptureFixture
) -> None:
    shares = [worker.runs for worker in three]
    group.append([assignment_record({"generation": "many"})])
    with caplog.at_level(logging.CRITICAL):
        for worker in three:
            worker.tick()
    assert [worker.runs for worker in three] == shares


def test_acknowledgements_of_workers_that_left_are_forgotten(group: FakeGroup, three: list[FakeWorker]) -> None:
    newcomer = group.worker("d").join()
    configure(three[0], "c2")
    settled(group, *three, newcomer)
    acknowledged = set(three[0].configs.snapshot().applied)
    for name in acknowledged:
        group.lose(name)
    others = [worker for worker in [*three, newcomer] if worker.name not in acknowledged]
    settled(group, *others)
    assert not acknowledged & set(others[0].configs.snapshot().applied)


def test_leaving_hands_the_lead_over(group: FakeGroup, three: list[FakeWorker]) -> None:
    three[0].membership.leave()
    settled(group, *three[1:])
    assert three[1].membership.is_leader


def test_a_client_id_tells_url_and_process() -> None:
    url = "http://10.0.0.7:8083/"
    assert parse_client_id("m", client_id(url, "ab12")) == Member("m", "ab12", url)
    assert parse_client_id("m", "connect-10.0.0.7:8083") == Member("m", "", "connect-10.0.0.7:8083")


@pytest.mark.parametrize(
    ("coordinator", "join_state", "expected_s"),
    [
        ('{"state": "UP", "rxidle": 1500000}', "steady", 1.5),
        ('{"state": "UP", "rxidle": 1500000}', "wait-join", None),
        ('{"state": "TRY_CONNECT", "rxidle": -1}', "steady", None),
    ],
)
def test_only_a_member_in_its_place_hears_of_the_coordinator_that_it_is_one(
    coordinator: str, join_state: str, expected_s: float | None
) -> None:
    text = f'{{"brokers": {{"GroupCoordinator": {coordinator}}}, "cgrp": {{"join_state": "{join_state}"}}, "ts": 1}}'
    assert silence_s(msgspec.json.decode(text, type=Statistics)) == expected_s
    assert silence_s(Statistics()) is None
