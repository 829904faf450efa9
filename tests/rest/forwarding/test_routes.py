"""Which worker serves a request, and where that ends."""

from __future__ import annotations

import httpx
import pytest
from httpx import Client

from api import create_app
from connect_runtime.errors import (
    NotHereError,
)
from connect_runtime.herder.api import InitialState
from connect_runtime.model import ConnectorTaskId
from tests.rest.test_names import NAMES
from tests.support.canned_peer import CannedPeer
from tests.support.fake_herder import task
from tests.support.peers import Peer, message_of

CONFIG = {"connector.class": "S"}
NO_LEADER = "Cannot complete request momentarily due to no known leader URL, likely because a rebalance was underway."
TWO_HOPS = "Cannot complete request because of a conflicting operation (e.g. worker rebalance)"


# -- to the leader, and on to the owner --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "call"),
    [
        ("POST", "connectors", {"name": "new", "config": CONFIG}, 201, ("create_connector", "new", CONFIG, None)),
        (
            "POST",
            "connectors",
            {"name": "new", "config": CONFIG, "initial_state": "stopped"},
            201,
            ("create_connector", "new", CONFIG, InitialState.STOPPED),
        ),
        ("PUT", "connectors/new/config", CONFIG, 201, ("put_connector_config", "new", CONFIG)),
        ("PUT", "connectors/c/config", CONFIG, 200, ("put_connector_config", "c", CONFIG)),
        ("PATCH", "connectors/c/config", {"file": None}, 200, ("patch_connector_config", "c", {"file": None})),
        ("DELETE", "connectors/c", None, 204, ("delete_connector", "c")),
        ("PUT", "connectors/c/stop", None, 204, ("stop_connector", "c")),
        ("POST", "connectors/c/restart", None, 204, ("restart_connector", "c")),
        (
            "POST",
            "connectors/c/restart?includeTasks=true&forward=&onlyFailed=TRUE",
            None,
            202,
            ("restart_connector_and_tasks", "c", True, True),
        ),
        ("POST", "connectors/c/tasks/0/restart", None, 204, ("restart_task", ConnectorTaskId("c", 0))),
    ],
)
@pytest.mark.parametrize("hops", [1, 2])
def test_a_request_is_answered_by_the_worker_that_can(
    peers: list[Peer],
    follower: Peer,
    to_workers: Client,
    client: Client,
    method: str,
    path: str,
    body: dict[str, object] | None,
    status: int,
    call: tuple[object, ...],
    hops: int,
) -> None:
    if hops == 2:
        peers[1].sends_to(peers[2])
    there = peers[hops]
    there.herder.add("c", tasks=[task(0)])
    direct = httpx.request(method, f"{there.url}{path}", json=body)
    there.renew(to_workers)
    there.herder.add("c", tasks=[task(0)])
    forwarded = client.request(method, f"/{path}", json=body)
    assert there.herder.calls == [call]
    assert forwarded.status_code == direct.status_code == status
    assert forwarded.content == direct.content
    assert forwarded.headers.get("content-type") == direct.headers.get("content-type")
    location = direct.headers.get("location")
    assert forwarded.headers.get("location") == (location and location.replace(there.url, follower.url))


@pytest.mark.parametrize("name", [*NAMES, ".", "..", "a/../b", "{c}"])
def test_any_name_is_forwarded(client: Client, leader: Peer, follower: Peer, name: str) -> None:
    created = client.post("/connectors", json={"name": f"-{name}-", "config": CONFIG})
    assert list(leader.herder.entries) == [f"-{name}-"]
    assert created.headers["location"].startswith(f"{follower.url}connectors/-")
    deleted = client.delete(httpx.URL(created.headers["location"]))
    assert deleted.status_code == 204
    leader.herder.add(name)
    escaped = "".join(f"%{byte:02X}" for byte in name.encode())
    assert client.put(f"/connectors/{escaped}/stop").status_code == 204
    assert leader.herder.calls[-1] == ("stop_connector", name)


def test_a_location_is_below_the_url_that_the_client_knows(client: Client, leader: Peer) -> None:
    response = client.put("/connectors/a%2Fb/config", json=CONFIG, headers={"Host": "connect.example.org"})
    assert response.headers["location"] == "http://connect.example.org/connectors/a%2Fb"


def test_a_worker_that_was_asked_first_does_not_decide_twice(client: Client, leader: Peer, follower: Peer) -> None:
    leader.herder.add("c")
    client.delete("/connectors/c")
    assert follower.herder.calls == leader.herder.calls == [("delete_connector", "c")]


# -- an end to circles -------------------------------------------------------------------------------------------------


def test_a_request_goes_round_in_no_circle(peers: list[Peer], client: Client) -> None:
    peers[1].sends_to(peers[0])
    assert message_of(client.delete("/connectors/c"), 409) == TWO_HOPS
    assert (len(peers[0].herder.calls), len(peers[1].herder.calls)) == (2, 1)


@pytest.mark.parametrize(
    ("forward", "passed_on"),
    [
        ("", "true"),
        ("?forward", "true"),
        ("?forward=", "true"),
        ("?forward=true", "false"),
        ("?forward=TRUE&forward=false", "false"),
    ],
)
def test_each_hop_is_counted(client: Client, canned: CannedPeer, forward: str, passed_on: str) -> None:
    assert client.delete(f"/connectors/c{forward}").status_code == 204
    assert canned.asked == [f"DELETE /connectors/c?forward={passed_on}"]


@pytest.mark.parametrize("forward", ["false", "no", "false&forward=true"])
def test_what_may_not_be_forwarded_is_a_conflict(client: Client, canned: CannedPeer, forward: str) -> None:
    assert message_of(client.delete(f"/connectors/c?forward={forward}"), 409) == TWO_HOPS
    assert canned.asked == []


def test_without_a_known_leader_a_request_is_a_conflict(client: Client, follower: Peer) -> None:
    follower.herder.fail_with = NotHereError(None)
    assert message_of(client.delete("/connectors/c"), 409) == NO_LEADER
    assert message_of(client.delete("/connectors/c?forward=true"), 409) == NO_LEADER
    assert message_of(client.delete("/connectors/c?forward=false"), 409) == TWO_HOPS


def test_a_worker_without_others_says_that_it_is_not_the_one(client: Client, follower: Peer) -> None:
    follower.serve(create_app(follower.herder))
    assert "must be served by another worker" in message_of(client.delete("/connectors/c"), 409)
