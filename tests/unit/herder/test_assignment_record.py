from __future__ import annotations

import json
from typing import Any

import pytest

from connect_runtime.errors import DataError
from connect_runtime.herder.assignment import ClusterAssignment
from connect_runtime.herder.assignment_record import assignment_from_json, assignment_to_json
from tests.support.assigning import Cluster, connector


def test_tasks_are_grouped_by_connector() -> None:
    cluster = Cluster(connector("a", tasks=3), connector("b"))
    cluster.join("x", url="http://x:8083")
    cluster.decide()
    assert assignment_to_json(cluster.assignment) == {
        "generation": 1,
        "leader": "leader",
        "workers": {"x": {"url": "http://x:8083", "connectors": ["a", "b"], "tasks": {"a": [0, 1, 2]}}},
        "balancing": {},
    }


def test_the_whole_history_survives() -> None:
    cluster = Cluster(*(connector(f"c{n}", tasks=2) for n in range(12)))
    cluster.join("x", "y")
    cluster.decide_and_acknowledge()
    cluster.join("z")
    cluster.decide()
    cluster.join("w")
    cluster.decide()
    assert cluster.assignment.balancing.not_before_ms
    assert read_back(cluster.assignment) == cluster.assignment
    cluster.leave("x")
    cluster.decide()
    assert cluster.assignment.lost
    assert cluster.assignment.released
    assert read_back(cluster.assignment) == cluster.assignment


def test_unknown_members_are_left_alone() -> None:
    value = {"generation": 1, "leader": "x", "workers": {"x": {"url": "u", "zone": 1}}, "later": {}}
    assert assignment_from_json(value).workers["x"].url == "u"


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (None, "null"),
        ([], "array"),
        ({"leader": "x", "workers": {}}, "generation"),
        ({"generation": -1, "leader": "x", "workers": {}}, "generation"),
        ({"generation": 1, "leader": "x", "workers": {"x": {}}}, "url"),
        ({"generation": 1, "leader": "x", "workers": {"x": {"url": "u", "tasks": {"a": ["0"]}}}}, "tasks"),
        ({"generation": 1, "leader": "x", "workers": {}, "released": {"x": {"connectors": []}}}, "released"),
        (
            {"generation": 1, "leader": "x", "workers": {name: {"url": name, "tasks": {"a": [0]}} for name in "xy"}},
            "two workers",
        ),
    ],
)
def test_a_value_that_is_no_assignment_says_what_is_wrong(value: Any, fault: str) -> None:
    with pytest.raises(DataError, match=fault):
        assignment_from_json(value)


def test_a_thousand_connectors_fit_well_into_one_record() -> None:
    cluster = Cluster(*(connector(f"orders-of-the-western-warehouse-{n:08}", tasks=3) for n in range(1000)))
    cluster.join(*(f"{n:032x}" for n in range(30)))
    cluster.decide()
    encoded = json.dumps(assignment_to_json(cluster.assignment), separators=(",", ":"))
    assert len(encoded) < 250_000
    assert assignment_from_json(json.loads(encoded)) == cluster.assignment


def read_back(assignment: ClusterAssignment) -> ClusterAssignment:
    return assignment_from_json(json.loads(json.dumps(assignment_to_json(assignment))))
