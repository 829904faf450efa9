from __future__ import annotations

import math
import struct
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import errors

from connectors.sql.address import parse_address
from connectors.sql.dialects.postgresql.cells import (
    NULL_MARK,
    SEPARATOR,
    Encode,
    array_of,
    encode_booleans,
    encode_bytes,
    encode_fixed,
    encode_text,
    joined_text,
)
from connectors.sql.dialects.postgresql.failures import failure_of
from connectors.sql.dialects.postgresql.options import connection_arguments
from connectors.sql.dialects.postgresql.statements import copy_statement, statement
from connectors.sql.failure import FailureKind
from connectors.sql.naming import TableId
from connectors.sql.table import Column, Operation, Table


def decoded(cells: bytes) -> list[bytes | None]:
    """Elements of an array in binary form, read one by one."""
    found: list[bytes | None] = []
    position = 0
    while position < len(cells):
        (length,) = struct.unpack_from(">i", cells, position)
        position += 4
        found.append(None if length < 0 else cells[position : position + length])
        position += max(length, 0)
    return found


def apart(joined: str) -> list[str | None]:
    """What the server's ``string_to_array`` makes of a text."""
    return [None if part == NULL_MARK else part for part in joined.split(SEPARATOR)] if joined else []


class TestCells:
    @given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)))
    def test_integers_come_back(self, values: list[int | None]) -> None:
        cells = decoded(encode_fixed("q")(values))
        assert [None if cell is None else struct.unpack(">q", cell)[0] for cell in cells] == values

    @given(st.lists(st.integers(-(2**15), 2**15 - 1)))
    def test_short_integers_come_back(self, values: list[int]) -> None:
        assert [struct.unpack(">h", cell)[0] for cell in decoded(encode_fixed("h")(values)) if cell] == values

    @given(st.lists(st.none() | st.floats(allow_nan=False)))
    def test_floating_point_numbers_come_back(self, values: list[float | None]) -> None:
        cells = decoded(encode_fixed("d")(values))
        assert [None if cell is None else struct.unpack(">d", cell)[0] for cell in cells] == values

    @given(st.lists(st.none() | st.text(st.characters(codec="utf-8"), max_size=400)))
    def test_text_comes_back(self, values: list[str | None]) -> None:
        assert [None if cell is None else cell.decode() for cell in decoded(encode_text(values))] == values

    @given(st.lists(st.none() | st.binary(max_size=400)))
    def test_bytes_come_back(self, values: list[bytes | None]) -> None:
        assert decoded(encode_bytes(values)) == values

    @pytest.mark.parametrize("encode", [encode_fixed("i"), encode_booleans, encode_text, encode_bytes])
    def test_nothing_but_nulls_can_be_written(self, encode: Encode) -> None:
        assert decoded(encode([None, None])) == [None, None]

    def test_booleans_have_one_byte(self) -> None:
        assert decoded(encode_booleans([True, False, None])) == [b"\1", b"\0", None]

    @given(st.lists(st.none() | st.text("ab\x1e\x1f", max_size=3), max_size=4))
    def test_text_is_joined_only_where_it_can_be_taken_apart(self, values: list[str | None]) -> None:
        joined = joined_text(values)
        can_be = len(values) > 1 and not any(
            mark in (value or "") for value in values for mark in (SEPARATOR, NULL_MARK)
        )
        assert (joined is not None) == can_be or (joined is not None and apart(joined) == values)
        if joined is not None:
            assert apart(joined) == values

    def test_an_array_tells_its_type_and_length(self) -> None:
        data = array_of(20, 2, encode_fixed("q")([1, None]))
        assert struct.unpack(">iiiii", data[:20]) == (1, 1, 20, 2, 1)
        assert decoded(data[20:]) == [struct.pack(">q", 1), None]

    def test_not_a_number_is_one(self) -> None:
        (cell,) = decoded(encode_fixed("d")([math.nan]))
        assert cell is not None
        assert math.isnan(struct.unpack(">d", cell)[0])


class TestStatements:
    key = Column("i%d", "int8", '"pg_catalog"."int8"', 20)
    name = Column('na"me', "text", '"pg_catalog"."text"', 25)
    address = Column("ip", "inet", '"pg_catalog"."inet"', 869)
    table = Table(TableId("s", "t"), (key, name, address))

    def text(self, operation: Operation, *columns: Column, joined: bool = False) -> str | None:
        made = statement(operation, self.table, columns, (0,), joined=joined)
        return None if made is None else made.decode()

    def test_a_copy_has_no_placeholders(self) -> None:
        assert copy_statement(self.table, [self.key, self.name]) == (
            b'COPY "s"."t" ("i%d", "na""me") FROM STDIN (FORMAT BINARY)'
        )

    def test_an_insert_casts_types_that_travel_as_text(self) -> None:
        assert self.text(Operation.INSERT, self.key, self.address) == (
            'INSERT INTO "s"."t" ("i%%d", "ip") SELECT unnest(%b::"pg_catalog"."int8"[]), '
            'unnest(%b::text[])::"pg_catalog"."inet"'
        )

    def test_text_can_come_joined(self) -> None:
        assert self.text(Operation.INSERT, self.name, self.address, joined=True) == (
            'INSERT INTO "s"."t" ("na""me", "ip") SELECT unnest(string_to_array(%b::text, E\'\\x1f\', E\'\\x1e\')), '
            "unnest(string_to_array(%b::text, E'\\x1f', E'\\x1e'))::\"pg_catalog\".\"inet\""
        )

    def test_an_upsert_sets_all_but_the_key(self) -> None:
        made = self.text(Operation.UPSERT, self.key, self.name)
        assert made is not None
        assert made.endswith(' ON CONFLICT ("i%%d") DO UPDATE SET "na""me" = EXCLUDED."na""me"')

    def test_an_upsert_of_keys_alone_does_nothing_to_rows_that_are_there(self) -> None:
        made = self.text(Operation.UPSERT, self.key)
        assert made is not None
        assert made.endswith(' ON CONFLICT ("i%%d") DO NOTHING')

    def test_an_update_and_a_delete_join_on_the_key(self) -> None:
        source = 'unnest(%b::"pg_catalog"."int8"[]) AS "i%%d"'
        where = 'WHERE target."i%%d" = source."i%%d"'
        assert self.text(Operation.DELETE, self.key) == (
            f'DELETE FROM "s"."t" AS target USING (SELECT {source}) AS source {where}'
        )
        made = self.text(Operation.UPDATE, self.key, self.name)
        assert made is not None
        assert made.startswith('UPDATE "s"."t" AS target SET "na""me" = source."na""me" FROM (SELECT ')
        assert self.text(Operation.UPDATE, self.key) is None

    def test_identity_columns_are_insisted_on(self) -> None:
        made = self.text(Operation.INSERT, Column("id", "int8", "int8", 20, is_always_identity=True))
        assert made is not None
        assert "OVERRIDING SYSTEM VALUE" in made


class TestFailures:
    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            ("08006", FailureKind.OUTAGE),
            ("57P01", FailureKind.OUTAGE),
            ("57P03", FailureKind.OUTAGE),
            ("53300", FailureKind.OUTAGE),
            ("25006", FailureKind.OUTAGE),
            ("53100", FailureKind.PASSING),
            ("40001", FailureKind.PASSING),
            ("40P01", FailureKind.PASSING),
            ("55P03", FailureKind.PASSING),
            ("57014", FailureKind.PASSING),
            ("22003", FailureKind.BAD_ROW),
            ("22P02", FailureKind.BAD_ROW),
            ("23502", FailureKind.BAD_ROW),
            ("23505", FailureKind.BAD_ROW),
            ("21000", FailureKind.BAD_ROW),
            ("P0001", FailureKind.BAD_ROW),
            ("54000", FailureKind.BAD_ROW),
            ("42P01", FailureKind.STALE),
            ("42703", FailureKind.STALE),
            ("22P03", FailureKind.STALE),
            ("08P01", FailureKind.STALE),
            ("42501", FailureKind.FATAL),
            ("42P10", FailureKind.FATAL),
            ("28P01", FailureKind.FATAL),
            ("3D000", FailureKind.FATAL),
            ("42601", FailureKind.FATAL),
        ],
    )
    def test_codes_are_understood(self, code: str, kind: FailureKind) -> None:
        failure = failure_of(errors.lookup(code)("the server's words"))
        assert failure is not None
        assert failure.kind is kind
        assert "the server's words" in failure.message

    @pytest.mark.parametrize(
        ("message", "kind"),
        [
            ("connection to server failed: Connection refused", FailureKind.OUTAGE),
            ("server closed the connection unexpectedly", FailureKind.OUTAGE),
            ("FATAL:  the database system is starting up", FailureKind.OUTAGE),
            ("FATAL:  sorry, too many clients already", FailureKind.OUTAGE),
            ('could not translate host name "x" to address', FailureKind.OUTAGE),
            ('FATAL:  password authentication failed for user "u"', FailureKind.FATAL),
            ("fe_sendauth: no password supplied", FailureKind.FATAL),
            ('FATAL:  database "d" does not exist', FailureKind.FATAL),
            ('FATAL:  role "r" does not exist', FailureKind.FATAL),
            ('FATAL:  no pg_hba.conf entry for host "h"', FailureKind.FATAL),
            ("server does not support SSL, but SSL was required", FailureKind.FATAL),
            ('invalid sslmode value: "x"', FailureKind.FATAL),
        ],
    )
    def test_errors_of_connecting_are_understood_by_their_text(self, message: str, kind: FailureKind) -> None:
        failure = failure_of(psycopg.OperationalError(message))
        assert failure is not None
        assert failure.kind is kind

    def test_other_errors_are_not_the_databases(self) -> None:
        assert failure_of(KeyError("x")) is None
        assert failure_of(TypeError("x")) is None


class TestOptions:
    def arguments(self, url: str) -> dict[str, Any]:
        return connection_arguments(parse_address(url))

    def test_a_url_becomes_arguments(self) -> None:
        arguments = self.arguments("postgresql://u:p@a:1,b/d?sslmode=require&connect_timeout=3")
        expected = {"host": "a,b", "port": "1,5432", "dbname": "d", "user": "u", "password": "p", "sslmode": "require"}
        assert expected.items() <= arguments.items()
        assert arguments["connect_timeout"] == "3"
        assert arguments["prepare_threshold"] is None

    def test_java_options_get_their_names_here(self, caplog: pytest.LogCaptureFixture) -> None:
        arguments = self.arguments(
            "jdbc:postgresql://h/d?ssl=true&currentSchema=a,b c&ApplicationName=x&connectTimeout=5&options=-c%20a=1"
            "&targetServerType=primary&prepareThreshold=0"
        )
        assert arguments["sslmode"] == "verify-full"
        assert arguments["options"] == "-c a=1 -c search_path=a,b\\ c"
        assert arguments["application_name"] == "x"
        assert arguments["connect_timeout"] == "5"
        assert arguments["target_session_attrs"] == "primary"
        assert "prepareThreshold" in caplog.text

    def test_dead_networks_are_noticed(self) -> None:
        assert {"keepalives_idle", "tcp_user_timeout", "connect_timeout"} <= self.arguments("postgresql://h/d").keys()


def test_numbers_with_decimals_are_written_as_the_server_reads_them() -> None:
    from connectors.sql.dialects.postgresql.codecs import CODECS  # noqa: PLC0415  # beside what it is compared with

    values = [Decimal("-12.34"), 5, None]
    cells = decoded(CODECS["numeric"].encode(values))
    assert cells[2] is None
    assert cells[0] == struct.pack(">HhHHHH", 2, 0, 0x4000, 2, 12, 3400)
    assert cells[1] == struct.pack(">HhHHH", 1, 0, 0, 0, 5)
