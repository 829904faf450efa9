"""Every name that can be created can be reached, percent-encoded."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from httpx import Client
from hypothesis import example, given
from hypothesis import strategies as st

from api.paths import canonical_path, decode_segment, encode_segment
from tests.support.fake_herder import FakeHerder

NAMES = [
    "inv-src",
    "a/b",
    "/",
    "a\\b",
    "50%",
    "%2F",
    "%zz",
    "a b",
    " a ",
    "a+b",
    "a?b#c&d=e",
    "a;b=c",
    "[{<'\"`|^~@:!$,(*)>}]",
    "é",
    "e\u0301",
    "😀",
    "\u00a0",
    "\u2028",
    "config",
    "...",
    "x" * 400,
]


@pytest.mark.parametrize("name", NAMES)
def test_a_connector_is_reached_by_its_encoded_name(client: Client, herder: FakeHerder, name: str) -> None:
    config = {"connector.class": "S"}
    encoded = quote(name, safe="")
    assert client.put(f"/connectors/{encoded}/config", json=config).json()["name"] == name
    assert list(herder.entries) == [name]
    assert client.get(f"/connectors/{encoded}").json()["config"] == {**config, "name": name}
    assert client.get("/connectors").json() == [name]
    assert client.put(f"/connectors/{encoded}/pause/").status_code == 202
    assert client.delete(f"/connectors/{encoded}/").status_code == 204


@pytest.mark.parametrize("name", NAMES)
def test_the_location_of_a_new_connector_leads_to_it(client: Client, herder: FakeHerder, name: str) -> None:
    created = client.put(f"/connectors/{quote(name, safe='')}/config", json={})
    assert client.get(created.headers["location"]).json()["name"] == name


def test_a_plus_in_a_path_is_a_plus(client: Client, herder: FakeHerder) -> None:
    herder.add("a+b")
    assert client.get("/connectors/a+b/config").json()["name"] == "a+b"


def test_names_are_case_sensitive(client: Client, herder: FakeHerder) -> None:
    herder.add("Inv")
    assert client.get("/connectors/inv").status_code == 404


def test_plugins_and_loggers_are_decoded_too(client: Client, herder: FakeHerder) -> None:
    client.get("/connector-plugins/a%2Fb/config")
    client.get("/admin/loggers/a%2Fb")
    assert herder.calls == [("plugin_config_def", "a/b"), ("logger", "a/b")]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@example("/")
@example("%2F")
@example(";")
def test_a_segment_comes_back_as_it_was(name: str) -> None:
    path = canonical_path(f"/connectors/{encode_segment(name)}/config".encode())
    root, connectors, segment, config = path.split("/")
    assert (root, connectors, config) == ("", "connectors", "config")
    assert decode_segment(segment) == name


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [
        ("/", "/"),
        ("/connectors/", "/connectors"),
        ("/connectors//", "/connectors/"),
        ("/a;b=c/d;e", "/a/d"),
        ("/a%3Bb", "/a%3Bb"),
        ("/50%", "/50%25"),
        ("/é", "/%C3%A9"),
        ("http://host:8083/connectors/a%2Fb", "/connectors/a%2Fb"),
        ("http://host:8083", "/"),
        ("*", "%2A"),
    ],
)
def test_a_path_has_one_canonical_form(sent: str, canonical: str) -> None:
    assert canonical_path(sent.encode()) == canonical
