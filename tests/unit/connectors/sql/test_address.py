from __future__ import annotations

import pytest

from connect_runtime.sdk import ConfigError, Password
from connectors.sql.address import DatabaseAddress, parse_address


def secret(address: DatabaseAddress) -> str | None:
    return None if address.password is None else address.password.value


@pytest.mark.parametrize(
    ("url", "hosts", "database", "user", "password"),
    [
        ("postgresql://h/d", (("h", None),), "d", None, None),
        ("postgresql+psycopg://u:p@h:5433/d", (("h", 5433),), "d", "u", "p"),
        ("postgres://u@h/d", (("h", None),), "d", "u", None),
        ("postgresql://u:p%40%2F%20@h/d%20b", (("h", None),), "d b", "u", "p@/ "),
        ("postgresql://u:a b@h/d", (("h", None),), "d", "u", "a b"),
        ("postgresql://u:p@@h/d", (("h", None),), "d", "u", "p@"),
        ("postgresql://[::1]:5433/d", (("::1", 5433),), "d", None, None),
        ("postgresql://[::1]/d", (("::1", None),), "d", None, None),
        ("postgresql://a:1,b:2/d", (("a", 1), ("b", 2)), "d", None, None),
        ("postgresql:///d", (("localhost", None),), "d", None, None),
        ("jdbc:postgresql://h:5433/d", (("h", 5433),), "d", None, None),
        ("jdbc:postgresql://h/d?user=u&password=p%26q", (("h", None),), "d", "u", "p&q"),
        ("jdbc:postgresql:d", (("localhost", None),), "d", None, None),
        ("jdbc:postgresql:/", (("localhost", None),), "", None, None),
    ],
)
def test_postgresql_urls_are_read_in_both_forms(
    url: str, hosts: object, database: str, user: str | None, password: str | None
) -> None:
    address = parse_address(url)
    assert (address.dialect, address.hosts, address.database, address.user, secret(address)) == (
        "postgresql", hosts, database, user, password,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///a/b.db", "a/b.db"),
        ("sqlite:////a/b.db", "/a/b.db"),
        ("sqlite+pysqlite:////a/b%20c.db?timeout=3", "/a/b c.db"),
        ("jdbc:sqlite:/a/b.db", "/a/b.db"),
        ("jdbc:sqlite:b.db?busy_timeout=5", "b.db"),
        ("jdbc:sqlite:file:b.db", "b.db"),
    ],
)
def test_sqlite_urls_name_a_file(url: str, path: str) -> None:
    address = parse_address(url)
    assert (address.dialect, address.database, str(address)) == ("sqlite", path, path)


def test_a_socket_in_the_options_leaves_the_host_alone() -> None:
    address = parse_address("postgresql:///d?host=/run/postgresql")
    assert address.hosts == ()
    assert address.options == {"host": "/run/postgresql"}


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mysql://u:secret@h/d", "no dialect for 'mysql': known are postgres, postgresql, sqlite"),
        ("jdbc:oracle:thin:@//secret:1/x", "no dialect for 'oracle'"),
        ("nonsense", "no URL"),
        ("", "no URL"),
        ("u:secret@h:5432/d", "no dialect for 'u'"),
        ("postgresql:d", "'//' is missing"),
        ("postgresql://u:secret@h:port/d", "a port is not a number"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("jdbc:sqlite::memory:", "in memory"),
        ("sqlite:/a.db", "'//' is missing"),
    ],
)
def test_other_urls_are_refused_without_repeating_them(url: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as raised:
        parse_address(url)
    assert raised.value.key == "connection.url"
    assert "secret" not in str(raised.value)


def test_keys_of_their_own_go_before_what_the_url_says() -> None:
    address = parse_address("postgresql://u:p@h/d")
    assert address.with_credentials(None, None) == address
    other = address.with_credentials("v", Password("q"))
    assert (other.user, secret(other)) == ("v", "q")


def test_an_address_shows_neither_user_nor_password() -> None:
    address = parse_address("postgresql://user:secret@a:1,b/d?sslmode=require")
    assert str(address) == "a:1,b/d"
    assert "secret" not in repr(address)
