"""A server that is away, refuses, or goes away in the middle."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest

from connect_runtime.sdk import ConnectError, RetriableError, Type, primitive_schema, struct_schema
from connect_runtime.sdk.testing import sink_record, sink_records
from tests.integration.sql.conftest import MakeSink
from tests.support.postgres import PostgresDatabase, PostgresServer, own_postgres_server

__all__ = ["own_postgres_server"]

PERSON = struct_schema({"id": primitive_schema(Type.INT64), "name": primitive_schema(Type.STRING, optional=True)})
UPSERT = {"auto_create": "true", "insert_mode": "upsert", "pk_mode": "record_value", "pk_fields": "id"}


@pytest.fixture
def database(own_postgres_server: PostgresServer) -> Iterator[PostgresDatabase]:
    with own_postgres_server.database() as database:
        yield database


def refused_port() -> int:
    return 1  # nobody listens there


class TestStart:
    def test_an_unreachable_server_is_tried_and_then_named(self, make_sink: MakeSink) -> None:
        waits: list[float] = []
        with pytest.raises(
            ConnectError, match=r"127.0.0.1:1/db: .*refused.*connection.attempts=3. Check that"
        ) as raised:
            make_sink(
                f"postgresql://u:secret@127.0.0.1:{refused_port()}/db", waits.append, connection_backoff_ms="2500"
            )
        assert waits == [2.5, 2.5]
        assert "secret" not in str(raised.value)
        assert not raised.value.retriable

    def test_a_server_that_comes_up_in_time_is_used(
        self, own_postgres_server: PostgresServer, database: PostgresDatabase, make_sink: MakeSink
    ) -> None:
        own_postgres_server.stop()
        sink = make_sink(database.url, lambda _seconds: own_postgres_server.start(), auto_create="true")
        sink.put(sink_record({"id": 1}))
        assert database.execute("SELECT id FROM test") == [(1,)]

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"password": "guess"}, "password authentication failed.*Check connection.user and connection.password"),
            ({"username": "nobody"}, "password authentication failed"),
            ({"database": "nowhere"}, 'database "nowhere" does not exist.*correct connection.url'),
        ],
    )
    def test_what_a_person_must_mend_is_not_tried_again(
        self, database: PostgresDatabase, make_sink: MakeSink, change: dict[str, str], message: str
    ) -> None:
        waits: list[float] = []
        url = database.address.set(**change).render_as_string(hide_password=False)  # type: ignore[arg-type]  # parts by name
        with pytest.raises(ConnectError, match=message) as raised:
            make_sink(url, waits.append)
        assert waits == []
        assert not raised.value.retriable
        assert "guess" not in str(raised.value)

    def test_an_unknown_option_is_named(self, database: PostgresDatabase, make_sink: MakeSink) -> None:
        with pytest.raises(ConnectError, match=r"(?i)sslmod.* Check connection.url"):
            make_sink(f"{database.url}?sslmod=require")


class TestPut:
    def test_an_outage_is_waited_for_without_limit_and_nothing_is_lost_or_doubled(
        self, own_postgres_server: PostgresServer, database: PostgresDatabase, make_sink: MakeSink
    ) -> None:
        sink = make_sink(database.url, retry_backoff_ms="700", **UPSERT)
        batches = [sink_records([{"id": n, "name": str(b)} for n in range(b, b + 50)], schema=PERSON) for b in range(4)]
        sink.put_all(batches[0])
        own_postgres_server.stop()
        for _ in range(15):
            with pytest.raises(RetriableError):
                sink.put_all(batches[1])
        assert sink.context.retry_after_s == 0.7
        own_postgres_server.start()
        for batch in batches[1:]:
            sink.put_all(batch)
        own_postgres_server.crash()
        own_postgres_server.start()
        with pytest.raises(RetriableError):
            sink.put_all(batches[0])
        sink.put_all(batches[3])
        assert database.execute("SELECT count(*), count(DISTINCT id), min(id), max(id) FROM test") == [(53, 53, 0, 52)]

    def test_an_outage_is_waited_for_as_often_as_configured(
        self, own_postgres_server: PostgresServer, database: PostgresDatabase, make_sink: MakeSink
    ) -> None:
        sink = make_sink(database.url, max_retries="1", **UPSERT)
        own_postgres_server.stop()
        try:
            with pytest.raises(RetriableError):
                sink.put(sink_record({"id": 1}))
            with pytest.raises(ConnectError, match=r"failed 2 times in a row, and max.retries=1") as raised:
                sink.put(sink_record({"id": 1}))
            assert not raised.value.retriable
        finally:
            own_postgres_server.start()

    @pytest.mark.parametrize("mode", ["insert", "upsert"])
    def test_a_server_that_crashes_in_the_middle_of_a_batch_leaves_nothing_of_it(
        self, own_postgres_server: PostgresServer, database: PostgresDatabase, make_sink: MakeSink, mode: str
    ) -> None:
        sink = make_sink(database.url, **UPSERT | {"insert_mode": mode})
        sink.put(sink_record({"id": 0, "name": "x"}, schema=PERSON))
        batch = sink_records([{"id": n, "name": "y" * 100} for n in range(1, 50_000)], schema=PERSON)
        raised: list[Exception] = []

        def put() -> None:
            try:
                sink.put_all(batch)
            except Exception as exc:  # noqa: BLE001  # looked at below
                raised.append(exc)

        with database.connect() as blocker, blocker.transaction():
            # The lock lets the statement begin, but not end.
            blocker.execute("LOCK TABLE test IN SHARE ROW EXCLUSIVE MODE")
            thread = threading.Thread(target=put)
            thread.start()
            wait_for_blocked(database)
            own_postgres_server.crash()
            thread.join(30)
            own_postgres_server.start()
            with pytest.raises(psycopg.OperationalError):
                blocker.execute("SELECT 1")
            blocker.close()
        (error,) = raised
        assert isinstance(error, RetriableError)
        assert database.execute("SELECT count(*) FROM test") == [(1,)]
        sink.put_all(batch)
        assert database.execute("SELECT count(*) FROM test") == [(50_000,)]

    def test_a_connection_that_was_ended_is_opened_again(self, database: PostgresDatabase, make_sink: MakeSink) -> None:
        sink = make_sink(database.url, **UPSERT)
        sink.put(sink_record({"id": 1}))
        database.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'connect-runtime' "
            "AND datname = current_database()"
        )
        with pytest.raises(RetriableError):
            sink.put(sink_record({"id": 2}))
        sink.put(sink_record({"id": 2}))
        assert database.execute("SELECT count(*) FROM test") == [(2,)]

    @pytest.mark.parametrize(
        ("option", "lock", "message"),
        [
            ("lock_timeout=50", True, "lock timeout"),
            ("statement_timeout=50", True, "statement timeout"),
            ("default_transaction_read_only=on", False, "read-only transaction"),
        ],
    )
    def test_what_passes_is_retriable(
        self, database: PostgresDatabase, make_sink: MakeSink, option: str, lock: bool, message: str
    ) -> None:
        database.execute("CREATE TABLE test (id bigint PRIMARY KEY)")
        sink = make_sink(f"{database.url}?options=-c%20{option}", **UPSERT)
        with database.connect() as blocker, blocker.transaction():
            if lock:
                blocker.execute("LOCK TABLE test")
            with pytest.raises(RetriableError, match=message):
                sink.put(sink_record({"id": 1}))


def wait_for_blocked(database: PostgresDatabase) -> None:
    """Wait until somebody waits for a lock."""
    pause = threading.Event()
    for _ in range(200):
        if database.execute("SELECT 1 FROM pg_locks WHERE NOT granted"):
            return
        pause.wait(0.05)
    raise AssertionError("nobody waited for the lock")
