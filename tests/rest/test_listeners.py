from __future__ import annotations

import pytest

from api import Listener, advertised_url, parse_listeners
from connect_runtime.errors import ConfigError

HTTP = Listener("http", "", 8083)
HTTPS = Listener("https", "kafka.example", 8443)


@pytest.mark.parametrize(
    ("text", "listeners"),
    [
        ("http://:8083", [HTTP]),
        ("HTTP://:8083", [HTTP]),
        ("http://:8083/", [HTTP]),
        (" http://:8083 , https://kafka.example:8443 ", [HTTP, HTTPS]),
        ("http://0.0.0.0:0", [Listener("http", "0.0.0.0", 0)]),
        ("http://[::1]:8083", [Listener("http", "::1", 8083)]),
    ],
)
def test_listeners_are_read(text: str, listeners: list[Listener]) -> None:
    assert list(parse_listeners(text)) == listeners


@pytest.mark.parametrize(
    "text",
    [
        "http://",
        "http://:",
        "http://host",
        ":8083",
        "8083",
        "ftp://:8083",
        "http://:65536",
        "http://:x",
        "http://a/b:1",
    ],
)
def test_a_listener_of_another_form_is_refused_by_name(text: str) -> None:
    with pytest.raises(ConfigError) as failure:
        parse_listeners(f"http://:1,{text}")
    assert failure.value.key == "listeners"
    assert f"'{text}'" in str(failure.value)


@pytest.mark.parametrize("text", ["", " , "])
def test_no_listener_at_all_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="No REST listener given"):
        parse_listeners(text)


@pytest.mark.parametrize(
    ("listener", "url"),
    [
        (HTTP, "http://localhost:8083"),
        (HTTPS, "https://kafka.example:8443"),
        (Listener("http", "::1", 1), "http://[::1]:1"),
    ],
)
def test_a_listener_has_a_url_on_this_machine(listener: Listener, url: str) -> None:
    assert listener.url == url


def test_the_advertised_url_is_that_of_the_listener_unless_set() -> None:
    assert advertised_url([HTTPS]) == "https://kafka.example:8443/"
    assert advertised_url([HTTPS, HTTP], host="me") == "http://me:8083/"
    assert advertised_url([HTTPS, HTTP], scheme="HTTPS") == "https://kafka.example:8443/"
    assert advertised_url([HTTP], host="fe80::1", port=80) == "http://[fe80::1]:80/"


def test_a_listener_on_all_interfaces_is_advertised_by_an_address_of_the_machine() -> None:
    host = advertised_url([HTTP]).removeprefix("http://").removesuffix(":8083/")
    assert all(part.isdigit() for part in host.split("."))
    assert host != "0.0.0.0"


def test_an_advertised_scheme_that_no_listener_has_is_refused() -> None:
    with pytest.raises(ConfigError, match="has no https:// address"):
        advertised_url([HTTP], scheme="https")
