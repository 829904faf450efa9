"""Tables and columns: created, extended, found, or named in the error."""

from __future__ import annotations

import pytest

from connect_runtime.sdk import ConnectError, DataError, Type, primitive_schema, struct_schema
from connect_runtime.sdk.testing import sink_record
from tests.integration.sql.conftest import MakeSink, Target, at_once

INT64 = primitive_schema(Type.INT64)
STRING = primitive_schema(Type.STRING)
PERSON = struct_schema({"id": INT64, "name": STRING.as_optional()})
NASTY = [
    'se"lect',
    "ta ble",
    "ünïcode",
    "50%",
    "%s",
    "a:b",
    "a;--",
    "o'clock",
    "order",
    "Ⅳ",
    "x.y",
    "back`tick",
    "{b}",
    "?",
    "$1",
]


class TestCreate:
    def test_key_columns_are_required_and_optional_fields_nullable(self, target: Target, make_sink: MakeSink) -> None:
        schema = struct_schema({"name": STRING.as_optional(), "id": INT64.as_optional(), "n": INT64})
        sink = make_sink(target.url, auto_create="true", pk_mode="record_value", pk_fields="id")
        sink.put(sink_record({"id": 1, "n": 2}, schema=schema))
        nullable = {name: nullable for name, (_, nullable) in target.columns("test").items()}
        assert nullable == {"name": True, "id": False, "n": False}
        with pytest.raises(DataError, match=r"(?i)unique"):
            sink.put(sink_record({"id": 1, "n": 3}, schema=schema))

    def test_a_defaults_becomes_the_columns_default(self, target: Target, make_sink: MakeSink) -> None:
        text = primitive_schema(Type.STRING, default="it's 100%")
        schema = struct_schema(
            {
                "id": INT64,
                "t": text,
                "n": primitive_schema(Type.INT32, default=-5),
                "f": primitive_schema(Type.FLOAT64, default=1.5),
                "b": primitive_schema(Type.BOOLEAN, default=True),
            }
        )
        make_sink(target.url, auto_create="true").put(sink_record({"id": 1}, schema=schema))
        target.execute("INSERT INTO test (id) VALUES (2)")
        row = ("it's 100%", -5, 1.5, True)
        assert target.execute("SELECT t, n, f, b FROM test") == [row, row]

    def test_a_missing_table_is_named_with_what_to_do(self, target: Target, make_sink: MakeSink) -> None:
        with pytest.raises(
            ConnectError, match=r"Table test does not exist, and auto.create=false. .*auto.create=true"
        ) as e:
            make_sink(target.url).put(sink_record({"id": 1}, schema=PERSON))
        assert not isinstance(e.value, DataError)
        assert not e.value.retriable

    def test_a_table_that_appears_later_is_found(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url)
        with pytest.raises(ConnectError):
            sink.put(sink_record({"id": 1}, schema=PERSON))
        target.execute("CREATE TABLE test (id INTEGER, name TEXT)")
        sink.put(sink_record({"id": 1}, schema=PERSON))
        assert target.execute("SELECT id FROM test") == [(1,)]

    def test_a_table_that_was_dropped_is_created_again(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true")
        sink.put(sink_record({"id": 1}, schema=PERSON))
        target.execute("DROP TABLE test")
        sink.put(sink_record({"id": 2}, schema=PERSON))
        assert target.execute("SELECT id FROM test") == [(2,)]

    def test_a_table_that_was_dropped_is_named(self, target: Target, make_sink: MakeSink) -> None:
        target.execute("CREATE TABLE test (id BIGINT, name TEXT)")
        sink = make_sink(target.url)
        sink.put(sink_record({"id": 1}, schema=PERSON))
        target.execute("DROP TABLE test")
        with pytest.raises(ConnectError, match="Table test does not exist"):
            sink.put(sink_record({"id": 2}, schema=PERSON))

    @pytest.mark.parametrize("name", NASTY)
    def test_any_name_may_be_a_tables_and_a_columns(self, target: Target, make_sink: MakeSink, name: str) -> None:
        quoted = '"' + name.replace('"', '""') + '"'
        schema = struct_schema({"id": INT64, name: STRING.as_optional()})
        topics = {"table_name_format": '"${topic}"' if "." in name else "${topic}"}
        keys = {"insert_mode": "upsert", "pk_mode": "record_value", "pk_fields": "id", "auto_create": "true", **topics}
        for auto_evolve in ("false", "true"):
            sink = make_sink(target.url, auto_evolve=auto_evolve, **keys)
            sink.put(sink_record({"id": 1, name: "x"}, schema=schema, topic=name))
            schema = struct_schema({"id": INT64, name: STRING.as_optional(), f"{name}2": STRING.as_optional()})
        sink.put(sink_record({"id": 1, name: "y", f"{name}2": "z"}, schema=schema, topic=name))
        # The test's own statements pass no parameters, so that nothing in a name is a placeholder.
        assert target.execute(f"SELECT * FROM {quoted}") == [(1, "y", "z")]

    def test_tasks_that_create_the_same_table_at_once_all_write(self, target: Target, make_sink: MakeSink) -> None:
        sinks = [
            make_sink(target.url + ("&timeout=20" if "?" in target.url else ""), auto_create="true") for _ in range(4)
        ]
        at_once(len(sinks), lambda n: sinks[n].put(sink_record({"id": n, "name": "x"}, schema=PERSON)))
        assert target.execute("SELECT id FROM test ORDER BY id") == [(0,), (1,), (2,), (3,)]

    def test_tasks_that_add_the_same_column_at_once_all_write(self, target: Target, make_sink: MakeSink) -> None:
        url = target.url + ("&timeout=20" if "?" in target.url else "")
        sinks = [make_sink(url, auto_create="true", auto_evolve="true") for _ in range(4)]
        for sink in sinks:
            sink.put(sink_record({"id": 0, "name": "x"}, schema=PERSON))
        wider = struct_schema(
            {"id": INT64, "name": STRING.as_optional(), "a": STRING.as_optional(), "b": INT64.as_optional()}
        )
        at_once(len(sinks), lambda n: sinks[n].put(sink_record({"id": 1 + n, "a": "y", "b": n}, schema=wider)))
        assert target.execute("SELECT b FROM test WHERE a = 'y' ORDER BY b") == [(0,), (1,), (2,), (3,)]


class TestEvolve:
    def test_optional_fields_and_fields_with_defaults_are_added(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true", auto_evolve="true")
        sink.put(sink_record({"id": 1, "name": "a"}, schema=PERSON))
        wider = struct_schema(
            {
                "id": INT64,
                "name": STRING.as_optional(),
                "city": STRING.as_optional(),
                "n": primitive_schema(Type.INT32, default=7),
            }
        )
        sink.put(sink_record({"id": 2, "name": "b", "city": "c", "n": 1}, schema=wider))
        sink.put(sink_record({"id": 3, "name": "c"}, schema=PERSON))
        assert target.execute("SELECT id, city, n FROM test ORDER BY id") == [(1, None, 7), (2, "c", 1), (3, None, 7)]

    def test_a_required_field_cannot_be_added(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true", auto_evolve="true")
        sink.put(sink_record({"id": 1}, schema=PERSON))
        wider = struct_schema({"id": INT64, "city": STRING})
        with pytest.raises(
            ConnectError, match=r"no column city, and auto.evolve cannot add it: .*neither optional nor"
        ):
            sink.put(sink_record({"id": 2, "city": "c"}, schema=wider))

    def test_a_missing_column_is_named_with_what_to_do(self, target: Target, make_sink: MakeSink) -> None:
        target.execute("CREATE TABLE test (id BIGINT)")
        with pytest.raises(
            ConnectError, match=r"Table test has no column name, and auto.evolve=false. .*auto.evolve=true"
        ):
            make_sink(target.url).put(sink_record({"id": 1, "name": "x"}, schema=PERSON))

    def test_a_column_that_somebody_added_is_found(self, target: Target, make_sink: MakeSink) -> None:
        target.execute("CREATE TABLE test (id BIGINT)")
        sink = make_sink(target.url)
        sink.put(sink_record({"id": 1}, schema=struct_schema({"id": INT64})))
        target.execute("ALTER TABLE test ADD COLUMN name TEXT")
        sink.put(sink_record({"id": 2, "name": "x"}, schema=PERSON))
        assert target.execute("SELECT name FROM test ORDER BY id") == [(None,), ("x",)]

    def test_a_column_that_somebody_dropped_comes_back(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true", auto_evolve="true")
        sink.put(sink_record({"id": 1, "name": "x"}, schema=PERSON))
        target.execute("ALTER TABLE test DROP COLUMN name")
        sink.put(sink_record({"id": 2, "name": "y"}, schema=PERSON))
        assert target.execute("SELECT id, name FROM test ORDER BY id") == [(1, None), (2, "y")]

    def test_key_columns_are_not_added(self, target: Target, make_sink: MakeSink) -> None:
        target.execute("CREATE TABLE test (name TEXT)")
        sink = make_sink(target.url, auto_evolve="true", pk_mode="record_value", pk_fields="id")
        with pytest.raises(ConnectError, match="no column id, which is a key column"):
            sink.put(sink_record({"id": 1, "name": "x"}, schema=PERSON))

    def test_a_column_is_found_in_another_case(self, target: Target, make_sink: MakeSink) -> None:
        target.execute('CREATE TABLE test ("ID" BIGINT, "Name" TEXT, name TEXT)' if target.name == "postgresql"
                       else "CREATE TABLE test (ID BIGINT, name TEXT)")  # fmt: skip
        make_sink(target.url).put(sink_record({"id": 1, "name": "x"}, schema=PERSON))
        assert target.execute('SELECT "ID", name FROM test') == [(1, "x")]


class TestNames:
    def test_a_format_names_the_table(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true", table_name_format="kafka_${topic}_v1")
        sink.put(sink_record({"id": 1}, schema=PERSON, topic="users"))
        assert target.execute("SELECT id FROM kafka_users_v1") == [(1,)]

    def test_single_topics_have_tables_of_their_own(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true", topics_to_tables_mapping="users:people, orders:sales")
        for topic in ("users", "orders", "other"):
            sink.put(sink_record({"id": 1, "name": topic}, schema=PERSON, topic=topic))
        for table, topic in (("people", "users"), ("sales", "orders"), ("other", "other")):
            assert target.execute(f"SELECT name FROM {table}") == [(topic,)]

    def test_unusual_characters_of_topics_can_be_replaced(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true", table_name_normalize="true")
        sink.put(sink_record({"id": 1}, schema=PERSON, topic="shop.eu-west/users"))
        assert target.execute("SELECT id FROM shop_eu_west_users") == [(1,)]

    def test_one_batch_may_be_for_several_tables(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true")
        sink.put_all([sink_record({"id": n}, schema=PERSON, topic=f"t{n % 3}", offset=n) for n in range(9)])
        for n in range(3):
            assert target.execute(f"SELECT id FROM t{n}") == [(n,), (n + 3,), (n + 6,)]

    def test_topics_may_share_a_table(self, target: Target, make_sink: MakeSink) -> None:
        keys = {"insert_mode": "upsert", "pk_mode": "record_value", "pk_fields": "id"}
        sink = make_sink(target.url, auto_create="true", table_name_format="all_of_it", **keys)
        sink.put_all([sink_record({"id": n % 2, "name": str(n)}, schema=PERSON, topic=f"t{n % 3}") for n in range(12)])
        assert target.execute("SELECT id, name FROM all_of_it ORDER BY id") == [(0, "10"), (1, "11")]


def test_columns_that_databases_compute_cannot_be_written(target: Target, make_sink: MakeSink) -> None:
    target.execute("CREATE TABLE test (id BIGINT, twice BIGINT GENERATED ALWAYS AS (id * 2) STORED)")
    schema = struct_schema({"id": INT64, "twice": INT64})
    with pytest.raises(ConnectError, match="Column twice of table test is computed by the database"):
        make_sink(target.url).put(sink_record({"id": 1, "twice": 2}, schema=schema))
    make_sink(target.url, fields_whitelist="id").put(sink_record({"id": 1, "twice": 2}, schema=schema))
    assert target.execute("SELECT twice FROM test") == [(2,)]


def test_fields_of_a_key_that_is_also_in_the_value_are_written_once(target: Target, make_sink: MakeSink) -> None:
    key = struct_schema({"id": INT64})
    sink = make_sink(target.url, auto_create="true", insert_mode="upsert", pk_mode="record_key")
    sink.put(sink_record({"name": "a", "id": 5}, schema=PERSON, key={"id": 1}, key_schema=key))
    assert target.execute("SELECT id, name FROM test") == [(1, "a")]
