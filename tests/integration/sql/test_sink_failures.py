"""What cannot be written: whose fault it is, what the message says, and that nothing of the batch was written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from connect_runtime.sdk import ConnectError, DataError, RetriableError, Type, primitive_schema, struct_schema
from connect_runtime.sdk.testing import sink_record, sink_records
from tests.integration.sql.conftest import MakeSink, SqliteTarget, Target, at_once

INT64 = primitive_schema(Type.INT64)
STRING = primitive_schema(Type.STRING)
PERSON = struct_schema({"id": INT64, "name": STRING.as_optional()})
KEYED = {"pk_mode": "record_value", "pk_fields": "id"}
TABLE = """CREATE TABLE test (
    id BIGINT PRIMARY KEY, i INTEGER, f DOUBLE PRECISION, b BOOLEAN, d DATE, ts TIMESTAMP, name VARCHAR(10) NOT NULL,
    CHECK (i < 100))"""
GOOD = {"id": 0, "i": 1, "f": 1.0, "b": True, "d": "2024-01-01", "ts": 0, "name": "n"}


@pytest.mark.parametrize("mode", ["insert", "upsert"])
class TestBadRows:
    @pytest.mark.parametrize(
        ("column", "value", "reason"),
        [
            ("i", "abc", "'abc' is not an integer"),
            ("i", 1.5, "1.5 is not an integer"),
            ("i", [1], "is not an integer"),
            ("id", 2**63, "out of range"),
            ("id", "", "'' is not an integer"),
            ("f", "much", "'much' is not a number"),
            ("f", 10**400, "is not a number"),
            ("b", "false?", "'false\\?' is not a boolean"),
            ("b", 2, "2 is not a boolean"),
            ("d", "2024-02-30", "'2024-02-30' is not a date"),
            ("d", "2024-02-28T12:00:00", "has a time of day"),
            ("ts", "yesterday", "'yesterday' is not a point in time"),
            ("ts", 2**62, "outside the years 1 to 9999"),
            ("name", b"bytes", "is not text"),
            ("name", "\ud800", "UTF-8"),
        ],
    )
    def test_a_value_that_does_not_fit_is_named_and_nothing_is_written(
        self, target: Target, make_sink: MakeSink, mode: str, column: str, value: object, reason: str
    ) -> None:
        target.execute(TABLE)
        sink = make_sink(target.url, insert_mode=mode, **KEYED)
        rows = [GOOD | {"id": n} for n in range(10)]
        rows[6] |= {column: value}
        with pytest.raises(DataError, match=reason) as raised:
            sink.put_all(sink_records(rows, first_offset=100))
        if "UTF-8" not in reason:
            assert "record test-0@106" in str(raised.value)
            assert f"column {column} of table test" in str(raised.value)
        assert target.execute("SELECT * FROM test") == []
        sink.put_all(sink_records(rows[:6] + rows[7:]))
        assert target.execute("SELECT count(*) FROM test") == [(9,)]

    @pytest.mark.parametrize(("column", "value", "reason"), [("i", 100, "(?i)check"), ("name", None, "(?i)not.null")])
    def test_a_row_that_the_database_refuses_takes_its_batch_with_it(
        self, target: Target, make_sink: MakeSink, mode: str, column: str, value: object, reason: str
    ) -> None:
        target.execute(TABLE)
        sink = make_sink(target.url, insert_mode=mode, **KEYED)
        bad = GOOD | {"id": 7, column: value}
        with pytest.raises(DataError, match=reason):
            sink.put_all(sink_records([GOOD, bad]))
        assert target.execute("SELECT * FROM test") == []
        with pytest.raises(DataError, match=r"record test-3@42"):
            sink.put(sink_record(bad, partition=3, offset=42))
        sink.put(sink_record(GOOD))
        assert target.execute("SELECT id FROM test") == [(0,)]

    @pytest.mark.parametrize("place", [0, 2500, 4999])
    def test_a_bad_row_anywhere_in_a_large_batch_undoes_all_of_it(
        self, target: Target, make_sink: MakeSink, mode: str, place: int
    ) -> None:
        target.execute(TABLE)
        sink = make_sink(target.url, insert_mode=mode, **KEYED)
        rows = [GOOD | {"id": n} for n in range(5000)]
        rows[place] = rows[place] | {"i": 100}
        with pytest.raises(DataError, match=r"(?i)check"):
            sink.put_all(sink_records(rows))
        rows[place] = rows[place] | {"i": "x"}
        with pytest.raises(DataError, match=rf"record test-0@{place}: .*'x' is not an integer"):
            sink.put_all(sink_records(rows))
        assert target.execute("SELECT count(*) FROM test") == [(0,)]
        rows[place] = rows[place] | {"i": 1}
        sink.put_all(sink_records(rows))
        assert target.execute("SELECT count(*) FROM test") == [(5000,)]

    def test_several_tables_are_one_transaction(self, target: Target, make_sink: MakeSink, mode: str) -> None:
        target.execute(TABLE)
        sink = make_sink(target.url, auto_create="true", insert_mode=mode, **KEYED)
        with pytest.raises(DataError):
            sink.put(sink_record({"id": 1}, topic="first"), sink_record(GOOD | {"i": 100}))
        assert target.execute("SELECT * FROM first") == []


def test_a_row_that_is_there_already_is_at_fault_in_an_insert(target: Target, make_sink: MakeSink) -> None:
    sink = make_sink(target.url, auto_create="true", **KEYED)
    sink.put_all(sink_records([{"id": 1}, {"id": 2}]))
    with pytest.raises(DataError, match=r"(?i)unique"):
        sink.put_all(sink_records([{"id": 3}, {"id": 2}]))
    assert target.execute("SELECT id FROM test ORDER BY id") == [(1,), (2,)]


def test_an_upsert_needs_a_unique_index(target: Target, make_sink: MakeSink) -> None:
    target.execute("CREATE TABLE test (id BIGINT, name TEXT)")
    with pytest.raises(ConnectError, match=r"needs a primary key or a unique .*pk.fields") as raised:
        make_sink(target.url, insert_mode="upsert", **KEYED).put(sink_record({"id": 1}, schema=PERSON))
    assert not raised.value.retriable


class TestKeys:
    def test_a_record_without_key_is_at_fault(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true", insert_mode="upsert", pk_mode="record_key")
        good = sink_record({"n": 1}, key={"id": 1})
        with pytest.raises(DataError, match=r"record test-0@8: it has no key, which pk.mode=record_key needs"):
            sink.put(good, sink_record({"n": 1}, offset=8))
        sink.put(good)

    def test_key_fields_that_a_schema_lacks_are_a_matter_of_configuration(
        self, target: Target, make_sink: MakeSink
    ) -> None:
        sink = make_sink(target.url, auto_create="true", pk_mode="record_value", pk_fields="uid")
        with pytest.raises(
            ConnectError, match=r"pk.fields names uid, but the schema of the value has only id, name"
        ) as e:
            sink.put(sink_record({"id": 1}, schema=PERSON))
        assert not isinstance(e.value, DataError)

    def test_a_single_key_needs_the_name_of_its_column(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true", pk_mode="record_key")
        with pytest.raises(ConnectError, match=r"name the one column that they go to in pk.fields"):
            sink.put(sink_record({"id": 1}, schema=PERSON, key="k", key_schema=STRING))

    def test_fields_of_text_cannot_be_a_key(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true", pk_mode="record_value")
        with pytest.raises(DataError, match=r"not a struct or map, which pk.mode=record_value needs"):
            sink.put(sink_record("text", schema=STRING))


class TestRetries:
    @contextmanager
    def locked(self, target: SqliteTarget) -> Iterator[None]:
        with closing(sqlite3.connect(target.path, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            yield

    def test_a_busy_database_is_tried_again_after_the_configured_pause(
        self, sqlite: SqliteTarget, make_sink: MakeSink
    ) -> None:
        sink = make_sink(sqlite.url, auto_create="true", retry_backoff_ms="1500", max_retries="2")
        sink.put(sink_record({"id": 1}))
        batch = sink_records([{"id": 2}, {"id": 3}])
        with self.locked(sqlite):
            for _ in range(2):
                with pytest.raises(RetriableError, match=r"locked. Another program is writing"):
                    sink.put_all(batch)
        assert sink.context.retry_after_s == 1.5
        sink.put_all(batch)
        assert sqlite.execute("SELECT id FROM test ORDER BY id") == [(1,), (2,), (3,)]

    def test_the_task_gives_up_after_the_configured_number_in_a_row(
        self, sqlite: SqliteTarget, make_sink: MakeSink
    ) -> None:
        sink = make_sink(sqlite.url, auto_create="true", max_retries="1")
        sink.put(sink_record({"id": 1}))
        for _ in range(2):  # the count begins anew with a batch that was written
            with self.locked(sqlite), pytest.raises(RetriableError):
                sink.put(sink_record({"id": 2}))
            sink.put(sink_record({"id": 2}))
        with self.locked(sqlite):
            with pytest.raises(RetriableError):
                sink.put(sink_record({"id": 3}))
            with pytest.raises(ConnectError, match=r"failed 2 times in a row, and max.retries=1") as raised:
                sink.put(sink_record({"id": 3}))
        assert not raised.value.retriable


class TestSqliteFiles:
    def test_tasks_may_start_on_a_new_file_at_once(self, sqlite: SqliteTarget, make_sink: MakeSink) -> None:
        url = sqlite.url.replace("timeout=0.05", "timeout=20")
        at_once(6, lambda n: make_sink(url, auto_create="true").put(sink_record({"id": n})))
        assert sqlite.execute("SELECT count(*) FROM test") == [(6,)]

    def test_a_file_that_stays_locked_is_named(self, sqlite: SqliteTarget, make_sink: MakeSink) -> None:
        with closing(sqlite3.connect(sqlite.path, isolation_level=None)) as blocker:
            blocker.execute("BEGIN EXCLUSIVE")
            waits: list[float] = []
            with pytest.raises(ConnectError, match=r"locked. Another program.*connection.attempts=2") as raised:
                make_sink(sqlite.url, waits.append, connection_attempts="2")
            assert waits == [10.0]
            assert not raised.value.retriable

    def test_a_missing_folder_is_named(self, tmp_path: Path, make_sink: MakeSink) -> None:
        with pytest.raises(
            ConnectError, match=r"nowhere/x.db: unable to open database file. Check that the folder exists"
        ):
            make_sink(f"sqlite:///{tmp_path}/nowhere/x.db")

    def test_a_file_that_is_no_database_is_named(self, tmp_path: Path, make_sink: MakeSink) -> None:
        (tmp_path / "x.db").write_text("this is a text file, not a database" * 100)
        with pytest.raises(ConnectError, match=r"x.db: file is not a database. .*check connection.url"):
            make_sink(f"jdbc:sqlite:{tmp_path}/x.db", auto_create="true")

    def test_a_relative_path_and_dots_in_topics_are_fine(
        self, tmp_path: Path, make_sink: MakeSink, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        make_sink("sqlite:///x.db", auto_create="true").put(sink_record({"id": 1}, topic="a.b.c"))
        assert SqliteTarget(tmp_path / "x.db").execute('SELECT id FROM "a.b.c"') == [(1,)]
