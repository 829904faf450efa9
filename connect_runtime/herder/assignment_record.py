"""The cluster's assignment as the value of its record, with short members; tasks are grouped by connector.

With 1,000 connectors of 3 tasks and names of 40 characters it takes about 150 kB.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from connect_runtime.errors import DataError
from connect_runtime.herder.assignment import ClusterAssignment, Released, Share, WorkerShare
from connect_runtime.herder.balance import Balancing
from connect_runtime.model import ConnectorTaskId

__all__ = ["assignment_from_json", "assignment_to_json"]

Count = Annotated[int, msgspec.Meta(ge=0)]
Tasks = dict[str, list[Count]]


class _Worker(msgspec.Struct, omit_defaults=True):
    url: str
    connectors: list[str] = []
    tasks: Tasks = {}


class _Released(msgspec.Struct, omit_defaults=True):
    generation: Count
    connectors: list[str] = []
    tasks: Tasks = {}


class _Balancing(msgspec.Struct, omit_defaults=True, rename="kebab"):
    consecutive: Count = 0
    has_revoked: bool = False
    not_before_ms: int | None = None


class _Assignment(msgspec.Struct, omit_defaults=True, rename="kebab"):
    generation: Count
    leader: str
    workers: dict[str, _Worker]
    released: dict[str, _Released] = {}
    lost: dict[str, _Worker] = {}
    lost_until_ms: int | None = None
    balancing: _Balancing = msgspec.field(default_factory=_Balancing)
    tasks_until: Count = 0


def assignment_to_json(assignment: ClusterAssignment) -> dict[str, Any]:
    """The record's value as plain data: the same for the same assignment."""
    balancing = assignment.balancing
    record = _Assignment(
        assignment.generation,
        assignment.leader,
        _workers_to_json(assignment.workers),
        {
            name: _Released(each.generation, sorted(each.share.connectors), _grouped(each.share))
            for name, each in sorted(assignment.released.items())
        },
        _workers_to_json(assignment.lost),
        assignment.lost_until_ms,
        _Balancing(balancing.consecutive, balancing.has_revoked, balancing.not_before_ms),
        assignment.tasks_until,
    )
    members: dict[str, Any] = msgspec.to_builtins(record)
    return members


def assignment_from_json(value: object) -> ClusterAssignment:
    """The assignment that a record's value says; members that are not known are left alone.

    Raises:
        DataError: A member is missing or of the wrong type, or two workers are to run the same.
    """
    try:
        record = msgspec.convert(value, _Assignment)
    except msgspec.ValidationError as exc:
        raise DataError(f"the value is no assignment: {exc}") from exc
    workers, lost = _workers_from_json(record.workers), _workers_from_json(record.lost)
    released = {
        name: Released(each.generation, _share(each.connectors, each.tasks)) for name, each in record.released.items()
    }
    _check_owned_once([*workers.values(), *lost.values()])
    balancing = record.balancing
    return ClusterAssignment(
        record.generation,
        record.leader,
        workers,
        released,
        lost,
        record.lost_until_ms,
        Balancing(balancing.consecutive, balancing.has_revoked, balancing.not_before_ms),
        record.tasks_until,
    )


def _workers_to_json(workers: Mapping[str, WorkerShare]) -> dict[str, _Worker]:
    return {
        name: _Worker(worker.url, sorted(worker.share.connectors), _grouped(worker.share))
        for name, worker in sorted(workers.items())
    }


def _workers_from_json(workers: Mapping[str, _Worker]) -> dict[str, WorkerShare]:
    return {name: WorkerShare(worker.url, _share(worker.connectors, worker.tasks)) for name, worker in workers.items()}


def _grouped(share: Share) -> Tasks:
    grouped: Tasks = defaultdict(list)
    for connector, task in sorted(share.tasks):
        grouped[connector].append(task)
    return dict(grouped)


def _share(connectors: list[str], tasks: Tasks) -> Share:
    return Share(
        frozenset(connectors), frozenset(ConnectorTaskId(name, task) for name, group in tasks.items() for task in group)
    )


def _check_owned_once(workers: list[WorkerShare]) -> None:
    for kind in ([worker.share.connectors for worker in workers], [worker.share.tasks for worker in workers]):
        if sum(map(len, kind)) > len(frozenset[object]().union(*kind)):
            raise DataError("the value is no assignment: two workers are to run the same connector or task")
