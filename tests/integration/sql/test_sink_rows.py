"""What records become in a database; every test holds for every kind of database."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from connect_runtime.sdk import (
    DataError,
    Schema,
    SinkRecord,
    Type,
    array_schema,
    map_schema,
    primitive_schema,
    struct_schema,
)
from connect_runtime.sdk.testing import sink_record, sink_records
from tests.integration.sql.conftest import MakeSink, Target

INT64 = primitive_schema(Type.INT64)
INT32 = primitive_schema(Type.INT32)
STRING = primitive_schema(Type.STRING)
PERSON = struct_schema({"id": INT64, "name": STRING.as_optional()})
KEY = struct_schema({"id": INT64})
BY_ID = {"pk_mode": "record_value", "pk_fields": "id"}
BY_KEY = {"pk_mode": "record_key"}


def logical(name: str, type_: Type, **parameters: str) -> Schema:
    full = f"org.apache.kafka.connect.data.{name}"
    return primitive_schema(type_, name=full, version=1, parameters=parameters or None)


class TestInsert:
    def test_records_are_appended_in_order(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true")
        sink.put_all(sink_records([{"id": n, "name": f"n{n}"} for n in range(5)], schema=PERSON))
        sink.put_all(sink_records([{"id": 1, "name": "again"}], schema=PERSON))
        assert target.execute("SELECT id, name FROM test") == [
            *((n, f"n{n}") for n in range(5)),
            (1, "again"),
        ]

    def test_an_empty_batch_does_nothing(self, target: Target, make_sink: MakeSink) -> None:
        make_sink(target.url, auto_create="true").put()

    def test_a_batch_of_many_rows_is_written_whole(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true")
        sink.put_all(sink_records([{"id": n, "name": None if n % 3 else "x"} for n in range(10_000)], schema=PERSON))
        assert target.execute("SELECT count(*), sum(id), count(name) FROM test") == [(10_000, 49_995_000, 3_334)]

    def test_multi_is_another_name_of_insert(self, target: Target, make_sink: MakeSink) -> None:
        make_sink(target.url, auto_create="true", insert_mode="multi").put(sink_record({"id": 1}, schema=KEY))
        assert target.execute("SELECT * FROM test") == [(1,)]

    def test_kafka_coordinates_can_be_the_key(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true", pk_mode="kafka", insert_mode="upsert")
        records = [sink_record({"n": n}, schema=struct_schema({"n": INT32}), partition=2, offset=7 + n) for n in (0, 1)]
        sink.put_all(records)
        sink.put_all(records)
        assert target.execute(
            'SELECT "__connect_topic", "__connect_partition", "__connect_offset", n FROM test ORDER BY n'
        ) == [("test", 2, 7, 0), ("test", 2, 8, 1)]

    def test_text_goes_to_a_column_of_its_own(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true")
        sink.put(sink_record("line one", schema=STRING), sink_record("line two"))
        assert target.execute("SELECT record_value FROM test ORDER BY 1") == [("line one",), ("line two",)]

    def test_a_column_for_text_can_be_named(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true", string_output_value_column_name="line")
        sink.put(sink_record("x", schema=STRING))
        assert target.execute("SELECT line FROM test") == [("x",)]

    def test_only_listed_fields_are_written(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true", fields_whitelist="name", **BY_ID)
        schema = struct_schema({"id": INT64, "name": STRING, "secret": STRING})
        sink.put(sink_record({"id": 1, "name": "n", "secret": "s"}, schema=schema))
        assert list(target.columns("test")) == ["id", "name"]


class TestUpsert:
    def test_a_row_with_the_same_key_is_replaced(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true", insert_mode="upsert", **BY_ID)
        sink.put_all(sink_records([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}], schema=PERSON))
        sink.put_all(sink_records([{"id": 2, "name": "B"}, {"id": 3, "name": None}], schema=PERSON))
        assert target.execute("SELECT id, name FROM test ORDER BY id") == [(1, "a"), (2, "B"), (3, None)]

    def test_the_last_record_of_a_key_wins_within_a_batch(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true", insert_mode="upsert", **BY_ID)
        sink.put_all(sink_records([{"id": n % 3, "name": str(n)} for n in range(100)], schema=PERSON))
        assert target.execute("SELECT id, name FROM test ORDER BY id") == [(0, "99"), (1, "97"), (2, "98")]

    def test_the_last_record_wins_across_statements(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true", insert_mode="upsert", batch_size="7", **BY_ID)
        sink.put_all(sink_records([{"id": n % 30, "name": str(n)} for n in range(100)], schema=PERSON))
        assert target.execute("SELECT count(*), min(CAST(name AS INTEGER)) FROM test") == [(30, 70)]

    def test_columns_that_are_not_written_keep_their_values(self, target: Target, make_sink: MakeSink) -> None:
        target.execute("CREATE TABLE test (id BIGINT PRIMARY KEY, name TEXT, other TEXT)")
        target.execute("INSERT INTO test VALUES (1, 'a', 'kept')")
        sink = make_sink(target.url, insert_mode="upsert", **BY_ID)
        sink.put(sink_record({"id": 1, "name": "b"}, schema=PERSON))
        assert target.execute("SELECT * FROM test") == [(1, "b", "kept")]

    def test_the_key_can_be_the_records_key(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true", insert_mode="upsert", **BY_KEY)
        value = struct_schema({"name": STRING})
        for name in ("a", "b"):
            sink.put(sink_record({"name": name}, schema=value, key={"id": 7}, key_schema=KEY))
        assert target.execute("SELECT id, name FROM test") == [(7, "b")]

    def test_the_key_can_be_a_single_value(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true", insert_mode="upsert", pk_mode="record_key", pk_fields="isbn")
        value = struct_schema({"name": STRING})
        for name in ("a", "b"):
            sink.put(sink_record({"name": name}, schema=value, key="978-3", key_schema=STRING))
        assert target.execute("SELECT isbn, name FROM test") == [("978-3", "b")]

    def test_a_key_of_several_columns_identifies_a_row(self, target: Target, make_sink: MakeSink) -> None:
        schema = struct_schema({"a": INT32, "b": STRING, "v": INT32})
        sink = make_sink(target.url, auto_create="true", insert_mode="upsert", pk_mode="record_value", pk_fields="b,a")
        rows = [{"a": n % 2, "b": "xy"[n % 4 // 2], "v": n} for n in range(8)]
        sink.put_all(sink_records(rows, schema=schema))
        assert target.execute("SELECT a, b, v FROM test ORDER BY v") == [
            (0, "x", 4),
            (1, "x", 5),
            (0, "y", 6),
            (1, "y", 7),
        ]

    def test_rows_of_nothing_but_their_key_are_inserted_once(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true", insert_mode="upsert", pk_mode="record_value")
        for _ in range(2):
            sink.put_all(sink_records([{"id": 1}, {"id": 2}], schema=KEY))
        assert target.execute("SELECT id FROM test ORDER BY id") == [(1,), (2,)]

    def test_schemas_that_alternate_keep_the_order_within_a_key(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true", auto_evolve="true", insert_mode="upsert", **BY_ID)
        other = struct_schema({"id": INT64, "age": INT32.as_optional()})
        records = []
        for n in range(60):
            record = {"id": n % 5, "name": str(n)} if n % 2 else {"id": n % 5, "age": n}
            records.append(sink_record(record, schema=PERSON if n % 2 else other, offset=n))
        sink.put_all(records)
        expected = [
            (k, str(max(n for n in range(60) if n % 5 == k and n % 2)), max(n for n in range(0, 60, 2) if n % 5 == k))
            for k in range(5)
        ]
        assert target.execute("SELECT id, name, age FROM test ORDER BY id") == expected


class TestUpdate:
    def test_rows_that_are_there_are_changed_and_others_ignored(self, target: Target, make_sink: MakeSink) -> None:
        target.execute("CREATE TABLE test (id BIGINT PRIMARY KEY, name TEXT)")
        target.execute("INSERT INTO test VALUES (1, 'a'), (2, 'b')")
        sink = make_sink(target.url, insert_mode="update", **BY_ID)
        names = [(2, "x"), (2, "y"), (9, "nobody")]
        sink.put_all(sink_records([{"id": id_, "name": name} for id_, name in names], schema=PERSON))
        assert target.execute("SELECT * FROM test ORDER BY id") == [(1, "a"), (2, "y")]

    def test_an_update_of_nothing_but_keys_changes_nothing(self, target: Target, make_sink: MakeSink) -> None:
        target.execute("CREATE TABLE test (id BIGINT PRIMARY KEY, name TEXT)")
        make_sink(target.url, insert_mode="update", pk_mode="record_value").put(sink_record({"id": 1}, schema=KEY))
        assert target.execute("SELECT * FROM test") == []


class TestDelete:
    def test_a_tombstone_deletes_the_row_of_its_key(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true", insert_mode="upsert", delete_enabled="true", **BY_KEY)
        value = struct_schema({"name": STRING})
        for id_ in (1, 2, 3):
            sink.put(sink_record({"name": "n"}, schema=value, key={"id": id_}, key_schema=KEY))
        sink.put(
            sink_record(None, key={"id": 1}, key_schema=KEY),
            sink_record(None, key={"id": 3}, key_schema=KEY),
            sink_record(None, key={"id": 99}, key_schema=KEY),
        )
        assert target.execute("SELECT id FROM test") == [(2,)]

    def test_the_last_of_write_and_delete_wins_within_a_batch(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true", insert_mode="upsert", delete_enabled="true", **BY_KEY)
        value = struct_schema({"name": STRING})

        def write(id_: int, name: str) -> SinkRecord:
            return sink_record({"name": name}, schema=value, key={"id": id_}, key_schema=KEY)

        def delete(id_: int) -> SinkRecord:
            return sink_record(None, key={"id": id_}, key_schema=KEY)

        sink.put_all([write(1, "a"), delete(1), write(2, "b"), delete(2), write(2, "c"), delete(3), write(3, "d")])
        assert target.execute("SELECT id, name FROM test ORDER BY id") == [(2, "c"), (3, "d")]

    def test_an_insert_may_follow_a_delete_of_its_key(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true", delete_enabled="true", **BY_KEY)
        value = struct_schema({"name": STRING})
        first = sink_record({"name": "a"}, schema=value, key={"id": 1}, key_schema=KEY)
        again = sink_record({"name": "b"}, schema=value, key={"id": 1}, key_schema=KEY)
        sink.put(first, sink_record(None, key={"id": 1}, key_schema=KEY), again)
        assert target.execute("SELECT id, name FROM test") == [(1, "b")]

    def test_a_delete_from_a_table_that_is_not_there_yet_has_nothing_to_do(
        self, target: Target, make_sink: MakeSink
    ) -> None:
        sink = make_sink(target.url, auto_create="true", insert_mode="upsert", delete_enabled="true", **BY_KEY)
        sink.put(sink_record(None, key={"id": 1}, key_schema=KEY))
        sink.put(sink_record({"n": 1}, schema=struct_schema({"n": INT32}), key={"id": 1}, key_schema=KEY))
        assert target.execute("SELECT id, n FROM test") == [(1, 1)]

    def test_a_tombstone_without_deletes_is_at_fault(self, target: Target, make_sink: MakeSink) -> None:
        sink = make_sink(target.url, auto_create="true", insert_mode="upsert", **BY_KEY)
        with pytest.raises(DataError, match=r"record test-0@5: it has no value, and delete.enabled=false"):
            sink.put(sink_record(None, key={"id": 1}, key_schema=KEY, offset=5))


class TestTypes:
    def test_every_type_comes_back_as_it_went(self, target: Target, make_sink: MakeSink) -> None:
        schema = struct_schema(
            {
                "i8": primitive_schema(Type.INT8),
                "i16": primitive_schema(Type.INT16),
                "i32": INT32,
                "i64": INT64,
                "f32": primitive_schema(Type.FLOAT32),
                "f64": primitive_schema(Type.FLOAT64),
                "b": primitive_schema(Type.BOOLEAN),
                "s": STRING,
                "data": primitive_schema(Type.BYTES),
            }
        )
        low = {
            "i8": -128, "i16": -(2**15), "i32": -(2**31), "i64": -(2**63), "f32": -1.5, "f64": 5e-324, "b": False,
            "s": "", "data": b"",
        }  # fmt: skip
        high = {
            "i8": 127, "i16": 2**15 - 1, "i32": 2**31 - 1, "i64": 2**63 - 1, "f32": 3.0, "f64": 1.7976931348623157e308,
            "b": True, "s": "žluťoučký kůň 🐎 \t\n\\N \\. '\"", "data": bytes(range(256)),
        }  # fmt: skip
        make_sink(target.url, auto_create="true").put_all(sink_records([low, high], schema=schema))
        assert target.execute(f"SELECT {', '.join(low)} FROM test") == [tuple(low.values()), tuple(high.values())]

    @pytest.mark.parametrize("mode", ["insert", "upsert"])
    def test_nulls_are_kept_in_every_type(self, target: Target, make_sink: MakeSink, mode: str) -> None:
        types = [type_ for type_ in Type if type_.is_primitive]
        fields = {type_.value: primitive_schema(type_, optional=True) for type_ in types}
        names = ("Decimal", Type.BYTES), ("Date", Type.INT32), ("Time", Type.INT32), ("Timestamp", Type.INT64)
        fields |= {name: logical(name, type_, scale="2").as_optional() for name, type_ in names}
        fields["list"] = array_schema(STRING, optional=True)
        fields["map"] = map_schema(STRING, STRING, optional=True)
        schema = struct_schema({"id": INT64, **fields})
        empty = {"id": 1}
        explicit = {"id": 2} | dict.fromkeys(fields)
        sink = make_sink(target.url, auto_create="true", insert_mode=mode, **BY_ID)
        sink.put_all(sink_records([empty, explicit], schema=schema))
        assert target.execute("SELECT * FROM test ORDER BY id") == [
            (1, *[None] * len(fields)),
            (2, *[None] * len(fields)),
        ]

    @pytest.mark.parametrize("mode", ["insert", "upsert"])
    def test_logical_types_are_written_as_what_they_are(self, target: Target, make_sink: MakeSink, mode: str) -> None:
        schema = struct_schema(
            {
                "id": INT64,
                "amount": logical("Decimal", Type.BYTES, scale="2"),
                "day": logical("Date", Type.INT32),
                "at": logical("Time", Type.INT32),
                "since": logical("Timestamp", Type.INT64),
            }
        )
        since = datetime(2024, 2, 29, 23, 59, 59, 123000, UTC)
        value = {
            "id": 1,
            "amount": Decimal("-12.50"),
            "day": date(1969, 12, 31),
            "at": time(13, 14, 15),
            "since": since,
        }
        midnight = value | {"id": 2, "at": timedelta(days=1), "day": date(2000, 1, 1), "amount": Decimal("1e3")}
        sink = make_sink(target.url, auto_create="true", insert_mode=mode, **BY_ID)
        sink.put_all(sink_records([value, midnight], schema=schema))
        if target.name == "postgresql":
            assert target.execute("SELECT amount, day, at::text, since FROM test ORDER BY id") == [
                (Decimal("-12.50"), date(1969, 12, 31), "13:14:15", since.replace(tzinfo=None)),
                (Decimal(1000), date(2000, 1, 1), "24:00:00", since.replace(tzinfo=None)),
            ]
        else:
            ms = int(since.timestamp() * 1000)
            assert target.execute("SELECT amount, day, at, since FROM test ORDER BY id") == [
                (-12.5, -86_400_000, 47_655_000, ms),
                (1000, 946_684_800_000, 86_400_000, ms),
            ]

    def test_structures_become_json(self, target: Target, make_sink: MakeSink) -> None:
        schema = struct_schema(
            {
                "s": struct_schema({"a": INT32, "b": STRING.as_optional()}),
                "m": map_schema(STRING, INT32),
                "l": array_schema(struct_schema({"a": INT32})),
            }
        )
        value = {"s": {"a": 1, "b": None}, "m": {"x": 2}, "l": [{"a": 3}]}
        make_sink(target.url, auto_create="true").put(sink_record(value, schema=schema))
        if target.name == "postgresql":
            assert [type_ for type_, _ in target.columns("test").values()] == ["jsonb"] * 3
            assert target.execute("SELECT s->>'a', m->>'x', l->0->>'a', s->'b' IS NULL FROM test") == [
                ("1", "2", "3", False)
            ]
        else:
            query = "SELECT json_extract(s, '$.a'), json_extract(m, '$.x'), json_extract(l, '$[0].a') FROM test"
            assert target.execute(query) == [(1, 2, 3)]

    def test_a_default_takes_the_place_of_null(self, target: Target, make_sink: MakeSink) -> None:
        schema = struct_schema({"id": INT64, "n": primitive_schema(Type.INT32, default=5, optional=True)})
        sink = make_sink(target.url, auto_create="true")
        sink.put_all(sink_records([{"id": 1, "n": None}, {"id": 2}, {"id": 3, "n": 0}], schema=schema))
        assert target.execute("SELECT n FROM test ORDER BY id") == [(5,), (5,), (0,)]

    def test_null_stays_null_where_defaults_are_not_wanted(self, target: Target, make_sink: MakeSink) -> None:
        schema = struct_schema({"n": primitive_schema(Type.INT32, default=5, optional=True)})
        sink = make_sink(target.url, auto_create="true", replace_null_with_default="false")
        sink.put(sink_record({"n": None}, schema=schema))
        assert target.execute("SELECT n FROM test") == [(None,)]

    def test_listed_integers_are_points_in_time(self, target: Target, make_sink: MakeSink) -> None:
        schema = struct_schema({"at": INT64, "text": STRING})
        sink = make_sink(target.url, auto_create="true", timestamp_fields_list="at,text")
        sink.put(sink_record({"at": 1_700_000_000_123_456, "text": "2023-11-14T22:13:20Z"}, schema=schema))
        if target.name == "postgresql":
            at = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC).replace(tzinfo=None)
            assert target.execute("SELECT at, text FROM test") == [(at.replace(microsecond=123_456), at)]
        else:
            assert target.execute("SELECT at, text FROM test") == [(1_700_000_000_123, 1_700_000_000_000)]

    def test_text_that_says_a_number_fits_a_number(self, target: Target, make_sink: MakeSink) -> None:
        target.execute("CREATE TABLE test (i INTEGER, f DOUBLE PRECISION, b BOOLEAN, d DATE)")
        make_sink(target.url).put(sink_record({"i": "-12", "f": "1.5", "b": "true", "d": "2024-12-31"}))
        assert target.execute("SELECT i, f, b, CAST(d AS TEXT) FROM test") == [(-12, 1.5, True, "2024-12-31")]

    def test_a_number_fits_text(self, target: Target, make_sink: MakeSink) -> None:
        target.execute("CREATE TABLE test (t TEXT)")
        sink = make_sink(target.url)
        sink.put_all(
            sink_records([{"t": "x"}, {"t": 12}, {"t": True}, {"t": Decimal("1.50")}, {"t": [1]}, {"t": None}])
        )
        assert target.execute("SELECT t FROM test") == [("x",), ("12",), ("true",), ("1.50",), ("[1]",), (None,)]
