"""What only PostgreSQL has."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from connect_runtime.sdk import (
    ConnectError,
    DataError,
    SinkRecord,
    Type,
    array_schema,
    map_schema,
    primitive_schema,
    struct_schema,
)
from connect_runtime.sdk.testing import sink_record, sink_records
from tests.integration.sql.conftest import MakeSink
from tests.support.postgres import PostgresDatabase

INT64 = primitive_schema(Type.INT64)
STRING = primitive_schema(Type.STRING)
TIMESTAMP = primitive_schema(Type.INT64, name="org.apache.kafka.connect.data.Timestamp", version=1)
PERSON = struct_schema({"id": INT64, "name": STRING.as_optional()})
KEYED = {"pk_mode": "record_value", "pk_fields": "id"}
UPSERT = {"insert_mode": "upsert", **KEYED}

# Type of a column, values to write, and the text that the server shows of each.
COLUMNS: list[tuple[str, list[Any], list[str]]] = [
    ("boolean", [True, "f", 1, None], ["true", "false", "true"]),
    ("smallint", [-32768, "32767", 5.0], ["-32768", "32767", "5"]),
    ("integer", [-(2**31), 2**31 - 1, True], ["-2147483648", "2147483647", "1"]),
    ("bigint", [-(2**63), 2**63 - 1], ["-9223372036854775808", "9223372036854775807"]),
    ("real", [1.5, -3.4e38, 7, math.inf], ["1.5", "-3.4e+38", "7", "Infinity"]),
    ("double precision", [1e-300, 3, "2.5", math.nan], ["1e-300", "3", "2.5", "NaN"]),
    ("numeric(12,3)", [Decimal("1.5"), 2, "-3.25", 0.1], ["1.500", "2.000", "-3.250", "0.100"]),
    ("numeric", [10**40, Decimal("1e-20")], ["1" + "0" * 40, "0.00000000000000000001"]),
    ("text", ["a\\b\t\n", "", 5, {"k": 1}], ["a\\b\t\n", "", "5", '{"k":1}']),
    ("varchar(5)", ["abcde", "ž"], ["abcde", "ž"]),
    ("char(4)", ["ab", "abcd"], ["ab", "abcd"]),
    ("bytea", [b"\x00\xff", bytearray(b"x")], ["\\x00ff", "\\x78"]),
    (
        "uuid",
        ["6ba7b810-9dad-11d1-80b4-00c04fd430c8", UUID(int=1)],
        ["6ba7b810-9dad-11d1-80b4-00c04fd430c8", str(UUID(int=1))],
    ),
    ("json", [{"a": [1, "ž"]}, [1], "text", 5], ['{"a":[1,"ž"]}', "[1]", '"text"', "5"]),
    ("jsonb", [{"b": 1, "a": None}, "text", 2**70, True], ['{"a": null, "b": 1}', '"text"', str(2**70), "true"]),
    ("date", [date(2024, 2, 29), "0001-01-01", 0], ["2024-02-29", "0001-01-01", "1970-01-01"]),
    ("time", [time(1, 2, 3, 4), "23:59", 1], ["01:02:03.000004", "23:59:00", "00:00:00.001"]),
    (
        "timestamp",
        [datetime(2024, 1, 1, 12, tzinfo=UTC), "2024-01-01T12:00:00+02:00", 1, date(1999, 12, 31)],
        ["2024-01-01 12:00:00", "2024-01-01 10:00:00", "1970-01-01 00:00:00.001", "1999-12-31 00:00:00"],
    ),
    (
        "timestamptz",
        [datetime(9999, 12, 31, tzinfo=UTC), "2024-01-01T12:00:00", -1],
        ["9999-12-31 00:00:00+00", "2024-01-01 12:00:00+00", "1969-12-31 23:59:59.999+00"],
    ),
    ("mood", ["happy", "sad"], ["happy", "sad"]),
    ("positive", [1, "2"], ["1", "2"]),
    ("very_positive", [11], ["11"]),
    ("inet", ["10.0.0.1/8", "::1"], ["10.0.0.1/8", "::1/128"]),
    ("interval", ["1 day 02:03", "P1Y"], ["1 day 02:03:00", "1 year"]),
    ("bit(3)", ["101"], ["101"]),
    ("int4range", ["[1,5)"], ["[1,5)"]),
    ("money", ["12.50"], ["$12.50"]),
    ("tsvector", ["'a' 'b'"], ["'a' 'b'"]),
    ("integer[]", [[1, None, 2], [], "{7}", [[1], [2]]], ["{1,NULL,2}", "{}", "{7}", "{{1},{2}}"]),
    ("text[]", [['a"b\\', "", "NULL", None, "ž,{}"]], ['{"a\\"b\\\\","","NULL",NULL,"ž,{}"}']),
    ("bytea[]", [[b"\x01\\"]], ['{"\\\\x015c"}']),
    ('pg_catalog."char"', ["x"], ["x"]),
    ("oid", [4294967295], ["4294967295"]),
]


@pytest.mark.parametrize("mode", ["insert", "upsert"])
def test_columns_of_any_type_can_be_written(postgres: PostgresDatabase, make_sink: MakeSink, mode: str) -> None:
    postgres.execute("SET TIME ZONE 'UTC'")
    postgres.execute(f"ALTER DATABASE {postgres.name} SET timezone TO 'UTC'")
    postgres.execute("CREATE TYPE mood AS ENUM ('happy', 'sad')")
    postgres.execute("CREATE DOMAIN positive AS integer CHECK (VALUE > 0)")
    postgres.execute("CREATE DOMAIN very_positive AS positive CHECK (VALUE > 10)")
    names = [f"c{n}" for n in range(len(COLUMNS))]
    columns = ", ".join(f"{name} {type_}" for name, (type_, _, _) in zip(names, COLUMNS, strict=True))
    postgres.execute(f"CREATE TABLE test (id bigint PRIMARY KEY, {columns})")
    sink = make_sink(postgres.url, insert_mode=mode, **KEYED)
    count = max(len(values) for _, values, _ in COLUMNS)
    rows = [
        {"id": n}
        | {name: values[n] if n < len(values) else None for name, (_, values, _) in zip(names, COLUMNS, strict=True)}
        for n in range(count)
    ]
    sink.put_all(sink_records(rows))
    for name, (type_, _, shown) in zip(names, COLUMNS, strict=True):
        found = postgres.execute(f"SELECT {name}::text FROM test WHERE {name} IS NOT NULL ORDER BY id")
        assert [text.rstrip() if type_ == "char(4)" else text for (text,) in found] == shown, type_


@pytest.mark.parametrize("mode", ["insert", "upsert"])
@pytest.mark.parametrize(
    ("type_", "value", "reason"),
    [
        ("smallint", 32768, "out of range"),
        ("integer", 2**31, "out of range"),
        ("real", 1e39, "out of range"),
        ("numeric(4,2)", 100, "overflow"),
        ("varchar(3)", "abcd", "too long"),
        ("text", "nul\0", "0x00|NUL"),
        ("uuid", "no-uuid", "is not a UUID"),
        ("inet", "nowhere", "invalid input syntax for type inet"),
        ("time", "24:30", "not a time"),
        ("integer[]", ["x"], "invalid input syntax"),
        ("jsonb", {"a": math.nan} | {"b": 2**70}, "cannot be written as JSON"),
    ],
)
def test_values_that_do_not_fit_are_at_fault(
    postgres: PostgresDatabase, make_sink: MakeSink, mode: str, type_: str, value: object, reason: str
) -> None:
    postgres.execute(f"CREATE TABLE test (id bigint PRIMARY KEY, v {type_})")
    sink = make_sink(postgres.url, insert_mode=mode, **KEYED)
    with pytest.raises(DataError, match=reason):
        sink.put_all(sink_records([{"id": 1, "v": None}, {"id": 2, "v": value}]))
    assert postgres.execute("SELECT * FROM test") == []


def test_a_row_that_a_copy_refuses_is_named(postgres: PostgresDatabase, make_sink: MakeSink) -> None:
    postgres.execute("CREATE TABLE test (id bigint CHECK (id < 500))")
    with pytest.raises(DataError, match=r"check constraint.*record test-0@1500"):
        make_sink(postgres.url).put_all(sink_records([{"id": n} for n in range(600)], first_offset=1000))


def test_text_of_a_schema_is_json_to_a_json_column(postgres: PostgresDatabase, make_sink: MakeSink) -> None:
    postgres.execute("CREATE TABLE test (a json, b jsonb)")
    schema = struct_schema({"a": STRING, "b": STRING})
    sink = make_sink(postgres.url)
    sink.put(sink_record({"a": '{"x": 1}', "b": "[2]"}, schema=schema))
    assert postgres.execute("SELECT a->>'x', b->>0 FROM test") == [("1", "2")]
    with pytest.raises(DataError, match=r"invalid input syntax for type json"):
        sink.put(sink_record({"a": "{", "b": "1"}, schema=schema))


def test_arrays_of_single_values_become_arrays(postgres: PostgresDatabase, make_sink: MakeSink) -> None:
    schema = struct_schema(
        {"t": array_schema(STRING), "n": array_schema(INT64), "m": array_schema(map_schema(STRING, STRING))}
    )
    sink = make_sink(postgres.url, auto_create="true")
    sink.put(sink_record({"t": ["a", None], "n": [1, 2], "m": [{"k": "v"}]}, schema=schema))
    assert postgres.execute("SELECT t, n, m FROM test") == [(["a", None], [1, 2], [{"k": "v"}])]


class TestTimeZones:
    at = datetime(2024, 7, 1, 12, 0, tzinfo=UTC)

    def test_points_in_time_are_written_in_the_databases_zone(
        self, postgres: PostgresDatabase, make_sink: MakeSink
    ) -> None:
        postgres.execute("CREATE TABLE test (local timestamp, exact timestamptz)")
        schema = struct_schema({"local": TIMESTAMP, "exact": TIMESTAMP})
        make_sink(postgres.url, db_timezone="Europe/Berlin").put(
            sink_record({"local": self.at, "exact": self.at}, schema=schema)
        )
        assert postgres.execute("SELECT local::text, exact AT TIME ZONE 'UTC' = '2024-07-01 12:00' FROM test") == [
            ("2024-07-01 14:00:00", True)
        ]


class TestKindsOfTables:
    def rows(self) -> list[SinkRecord]:
        return sink_records([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}], schema=PERSON)

    def test_identity_columns_take_the_values_of_records(self, postgres: PostgresDatabase, make_sink: MakeSink) -> None:
        postgres.execute("CREATE TABLE test (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text)")
        make_sink(postgres.url).put_all(self.rows())
        make_sink(postgres.url, **UPSERT).put_all(self.rows())
        assert postgres.execute("SELECT * FROM test ORDER BY id") == [(1, "a"), (2, "b")]

    def test_columns_with_sequences_can_be_left_to_the_database(
        self, postgres: PostgresDatabase, make_sink: MakeSink
    ) -> None:
        postgres.execute(
            "CREATE TABLE test (serial serial PRIMARY KEY, id bigint, name text, at timestamptz DEFAULT now())"
        )
        make_sink(postgres.url).put_all(self.rows())
        assert postgres.execute("SELECT serial, id, at IS NOT NULL FROM test ORDER BY 1") == [
            (1, 1, True),
            (2, 2, True),
        ]

    def test_views_can_be_written_through(self, postgres: PostgresDatabase, make_sink: MakeSink) -> None:
        postgres.execute("CREATE TABLE base (id bigint PRIMARY KEY, name text)")
        postgres.execute("CREATE VIEW test AS SELECT id, name FROM base")
        make_sink(postgres.url).put_all(self.rows())
        make_sink(postgres.url, **UPSERT).put_all(self.rows())
        assert postgres.execute("SELECT * FROM base ORDER BY id") == [(1, "a"), (2, "b")]

    @pytest.mark.parametrize("mode", ["insert", "upsert"])
    def test_partitioned_tables_can_be_written(
        self, postgres: PostgresDatabase, make_sink: MakeSink, mode: str
    ) -> None:
        postgres.execute("CREATE TABLE test (id bigint PRIMARY KEY, name text) PARTITION BY HASH (id)")
        for n in range(2):
            postgres.execute(f"CREATE TABLE p{n} PARTITION OF test FOR VALUES WITH (MODULUS 2, REMAINDER {n})")
        make_sink(postgres.url, insert_mode=mode, **KEYED).put_all(self.rows())
        assert postgres.execute("SELECT count(*) FROM test") == [(2,)]

    def test_tables_with_row_security_can_be_written(self, postgres: PostgresDatabase, make_sink: MakeSink) -> None:
        postgres.execute("CREATE TABLE test (id bigint PRIMARY KEY, name text)")
        postgres.execute("ALTER TABLE test ENABLE ROW LEVEL SECURITY")
        make_sink(postgres.url).put_all(self.rows())
        assert postgres.execute("SELECT count(*) FROM test") == [(2,)]

    def test_keys_that_only_the_database_finds_equal_are_reported_as_at_fault(
        self, postgres: PostgresDatabase, make_sink: MakeSink
    ) -> None:
        postgres.execute("CREATE TABLE test (id numeric(4,1) PRIMARY KEY, name text)")
        sink = make_sink(postgres.url, **UPSERT)
        records = sink_records([{"id": "1.01", "name": "a"}, {"id": "1.02", "name": "b"}])
        with pytest.raises(DataError, match=r"a second time"):
            sink.put_all(records)
        for record in records:  # which makes the runtime halve the batch
            sink.put(record)
        assert postgres.execute("SELECT id, name FROM test") == [(Decimal("1.0"), "b")]


class TestNames:
    def test_a_dot_parts_schema_and_table(self, postgres: PostgresDatabase, make_sink: MakeSink) -> None:
        postgres.execute('CREATE SCHEMA "my.shop"')
        sink = make_sink(postgres.url, auto_create="true", auto_evolve="true", table_name_format='"my.shop".${topic}')
        sink.put(sink_record({"id": 1}, topic="Orders"))
        sink.put(sink_record({"id": 1, "n": 2}, topic="Orders"))
        assert postgres.execute('SELECT id, n FROM "my.shop"."Orders" ORDER BY n') == [(1, 2), (1, None)]

    def test_a_missing_schema_is_named(self, postgres: PostgresDatabase, make_sink: MakeSink) -> None:
        with pytest.raises(ConnectError, match=r"schema \"shop\" does not exist. Create the schema, or correct"):
            make_sink(postgres.url, auto_create="true").put(sink_record({"id": 1}, topic="shop.orders"))

    def test_a_topic_with_more_dots_says_what_to_set(self, postgres: PostgresDatabase, make_sink: MakeSink) -> None:
        with pytest.raises(ConnectError, match=r"db.public.users is not of the form .*table.name.normalize=true"):
            make_sink(postgres.url, auto_create="true").put(sink_record({"id": 1}, topic="db.public.users"))

    def test_names_are_folded_where_they_are_not_quoted(self, postgres: PostgresDatabase, make_sink: MakeSink) -> None:
        sink = make_sink(postgres.url, auto_create="true", quote_sql_identifiers="never", **UPSERT)
        sink.put(sink_record({"id": 1, "userName": "x"}, topic="MyTable"))
        assert postgres.execute("SELECT username FROM mytable") == [("x",)]

    def test_names_of_any_length_find_their_table_and_columns_again(
        self, postgres: PostgresDatabase, make_sink: MakeSink
    ) -> None:
        name = "ž" * 40
        sink = make_sink(postgres.url, auto_create="true", **UPSERT)
        for n in (1, 2):
            sink.put(sink_record({"id": 1, name: n}, topic=name))
        assert postgres.execute(f'SELECT "{"ž" * 31}" FROM "{"ž" * 31}"') == [(2,)]

    def test_a_jdbc_url_with_a_schema_works(self, postgres: PostgresDatabase, make_sink: MakeSink) -> None:
        postgres.execute('CREATE SCHEMA "Mine"')
        sink = make_sink(
            f'{postgres.jdbc_url}?currentSchema="Mine"&reWriteBatchedInserts=true&ApplicationName=sink-1',
            auto_create="true",
            connection_user=postgres.user,
            connection_password=postgres.password,
        )
        sink.put(sink_record({"id": 1}))
        assert postgres.execute('SELECT id FROM "Mine".test') == [(1,)]
        assert postgres.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sink-1'") == [(1,)]


class TestChanges:
    def test_a_column_whose_type_was_changed_is_written_as_it_is_now(
        self, postgres: PostgresDatabase, make_sink: MakeSink
    ) -> None:
        for mode in ("insert", "upsert"):
            postgres.execute("DROP TABLE IF EXISTS test")
            postgres.execute("CREATE TABLE test (id integer PRIMARY KEY, name varchar(3))")
            sink = make_sink(postgres.url, insert_mode=mode, **KEYED)
            sink.put(sink_record({"id": 1, "name": "x"}))
            postgres.execute("ALTER TABLE test ALTER id TYPE bigint, ALTER name TYPE text")
            sink.put(sink_record({"id": 2, "name": "a longer name"}))
            postgres.execute("ALTER TABLE test ALTER id TYPE text")
            sink.put(sink_record({"id": 3, "name": "y"}))
            assert postgres.execute("SELECT id FROM test ORDER BY id") == [("1",), ("2",), ("3",)]

    def test_no_record_is_blamed_for_a_column_that_was_widened(
        self, postgres: PostgresDatabase, make_sink: MakeSink
    ) -> None:
        postgres.execute("CREATE TABLE test (n smallint)")
        sink = make_sink(postgres.url)
        sink.put(sink_record({"n": 1}))
        postgres.execute("ALTER TABLE test ALTER n TYPE bigint")
        sink.put(sink_record({"n": 2**40}))
        assert postgres.execute("SELECT n FROM test ORDER BY n") == [(1,), (2**40,)]

    def test_a_type_of_the_same_length_is_noticed(self, postgres: PostgresDatabase, make_sink: MakeSink) -> None:
        postgres.execute("CREATE TABLE test (n bigint)")
        sink = make_sink(postgres.url)
        sink.put(sink_record({"n": 1}))
        postgres.execute("ALTER TABLE test ALTER n TYPE double precision")
        sink.put(sink_record({"n": 2}))
        assert postgres.execute("SELECT n FROM test ORDER BY n") == [(1.0,), (2.0,)]

    def test_a_missing_privilege_is_named(self, postgres: PostgresDatabase, make_sink: MakeSink) -> None:
        postgres.execute("CREATE TABLE test (id bigint PRIMARY KEY, name text)")
        postgres.execute(f"DROP ROLE IF EXISTS reader_{postgres.name}")
        postgres.execute(f"CREATE ROLE reader_{postgres.name} LOGIN PASSWORD 'x'")
        try:
            keys = {"connection_user": f"reader_{postgres.name}", "connection_password": "x"}
            for mode in ("insert", "upsert"):
                with pytest.raises(ConnectError, match=r"table test in .*permission denied for table test. Grant") as e:
                    make_sink(postgres.url, insert_mode=mode, **KEYED, **keys).put(sink_record({"id": 1, "name": "x"}))
                assert not e.value.retriable
                assert not isinstance(e.value, DataError)
        finally:
            postgres.execute(f"DROP ROLE reader_{postgres.name}")
