"""Where a database is: reads ``connection.url`` in SQLAlchemy's and in JDBC's form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl, unquote

from connect_runtime.sdk import ConfigError, Password

__all__ = ["URL_KEY", "DatabaseAddress", "DialectName", "parse_address"]

URL_KEY: Final = "connection.url"
DialectName = str
Host = tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """Where a database is and who connects. Its ``str`` is fit for messages: no password, no user.

    Attributes:
        dialect: ``postgresql`` or ``sqlite``.
        database: Name of the database, path of the file for SQLite; empty for the server's default.
        hosts: Hosts with their ports, ``None`` for the default port; several are tried in order.
        user: Who connects, ``None`` for the driver's default.
        password: Their password.
        options: Further options from the URL, by their names there.
        is_jdbc: Whether it was a JDBC URL, so that the options have the names of the Java driver.
    """

    dialect: DialectName
    database: str
    hosts: tuple[Host, ...] = ()
    user: str | None = None
    password: Password | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    is_jdbc: bool = False

    def with_credentials(self, user: str | None, password: Password | None) -> DatabaseAddress:
        """The same with what ``connection.user`` and ``connection.password`` say, where they are set."""
        return replace(self, user=user or self.user, password=password or self.password)

    def __str__(self) -> str:
        if not self.hosts:
            return self.database
        return ",".join(f"{host}:{port}" if port else host for host, port in self.hosts) + f"/{self.database}"


def parse_address(url: str) -> DatabaseAddress:
    """What a ``connection.url`` says.

    Raises:
        ConfigError: It is no URL of a known database. The message does not repeat it: it may hold a password.
    """
    is_jdbc = url.startswith("jdbc:")
    scheme, colon, rest = url.removeprefix("jdbc:").partition(":")
    parse = _PARSERS.get(scheme.lower()) if colon else None
    if parse is None:
        raise _invalid(_unknown(scheme) if colon and scheme.replace("+", "").isalnum() else f"no URL: {_FORMS}")
    return parse(rest, is_jdbc=is_jdbc)


_FORMS: Final = (
    "expected e.g. postgresql://user:password@host:5432/database, jdbc:postgresql://host:5432/database, "
    "sqlite:////folder/file.db or jdbc:sqlite:/folder/file.db"
)


def _unknown(scheme: str) -> str:
    known = ", ".join(sorted({name.partition("+")[0] for name in _PARSERS}))
    return f"no dialect for '{scheme}': known are {known}; {_FORMS}"


def _invalid(reason: str) -> ConfigError:
    return ConfigError(f"Invalid value for configuration {URL_KEY}: {reason}", key=URL_KEY)


def _postgresql(rest: str, *, is_jdbc: bool) -> DatabaseAddress:
    location, _, query = rest.partition("?")
    if not location.startswith("//"):
        if not is_jdbc:
            raise _invalid(f"'//' is missing after the dialect: {_FORMS}")
        location = f"//localhost/{location.lstrip('/')}"
    authority, _, database = location[2:].partition("/")
    user, password, hosts = _authority(authority)
    options = dict(parse_qsl(query, keep_blank_values=True))
    user = options.pop("user", None) or user
    secret = options.pop("password", None) or password
    if not hosts and "host" not in options:
        hosts = (("localhost", None),)
    return DatabaseAddress(
        "postgresql", unquote(database), hosts, user, Password(secret) if secret else None, options, is_jdbc
    )


def _authority(text: str) -> tuple[str | None, str | None, tuple[Host, ...]]:
    credentials, _, hosts = text.rpartition("@")
    user, colon, password = credentials.partition(":")
    return (
        unquote(user) or None,
        unquote(password) if colon else None,
        tuple(_host(host) for host in hosts.split(",") if host),
    )


def _host(text: str) -> Host:
    name, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        return text.strip("[]"), None
    if not port.isdecimal():
        raise _invalid("a port is not a number")
    return name.strip("[]"), int(port)


def _sqlite(rest: str, *, is_jdbc: bool) -> DatabaseAddress:
    location, _, query = rest.partition("?")
    if not is_jdbc:
        if not location.startswith("//"):
            raise _invalid(f"'//' is missing after the dialect: {_FORMS}")
        location = location[2:].removeprefix("/")
    path = unquote(location) if not is_jdbc else location.removeprefix("file:")
    if path in ("", ":memory:"):
        raise _invalid("a database in memory is gone with the task: name a file, e.g. sqlite:////folder/file.db")
    return DatabaseAddress("sqlite", path, options=dict(parse_qsl(query)), is_jdbc=is_jdbc)


_PARSERS: Final[Mapping[str, Callable[..., DatabaseAddress]]] = MappingProxyType(
    {
        "postgresql": _postgresql,
        "postgresql+psycopg": _postgresql,
        "postgres": _postgresql,
        "sqlite": _sqlite,
        "sqlite+pysqlite": _sqlite,
    }
)
