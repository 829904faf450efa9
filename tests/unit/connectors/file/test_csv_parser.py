from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from connect_runtime.sdk import ConfigError, ConnectError, Type
from connectors.file.column_types import ColumnType, declared_type
from connectors.file.csv_parser import CsvParser
from connectors.file.csv_rows import CsvOptions
from connectors.file.parsing import BadRecords, OnBadRecord, Origin, Parsed


def options(
    types: dict[str, str] | None = None,
    encoding: str = "utf-8",
    delimiter: str = ",",
    quote: str | None = '"',
    columns: Sequence[str] = (),
    nulls: Sequence[str] = ("", "NA"),
    keys: Sequence[str] = (),
) -> CsvOptions:
    declared: dict[str, ColumnType] = {name: declared_type(type_) for name, type_ in (types or {}).items()}
    return CsvOptions(encoding, delimiter, quote, columns, declared, frozenset(nulls), keys)


def parser(
    how: CsvOptions | None = None, origin: Origin | None = None, policy: OnBadRecord = OnBadRecord.FAIL
) -> CsvParser:
    bad = BadRecords("f.csv", policy)
    return CsvParser(origin or Origin("f.csv"), how or options(), 10_000, 5.0, bad)


def parse(text: str | bytes, how: CsvOptions | None = None, policy: OnBadRecord = OnBadRecord.FAIL) -> Parsed:
    rows = parser(how, policy=policy)
    assert rows.feed(text if isinstance(text, bytes) else text.encode()).values == []
    return rows.finish()


def test_rows_become_structs_with_the_inferred_types() -> None:
    rows = parser()
    rows.feed(b"id,name,price,at,gone\n1,ann,1.5,2013-01-01T10:00:00Z,NA\n2,,2,2013-01-01T11:00:00Z,\n")
    parsed = rows.finish()
    assert parsed.values == [
        {"id": 1, "name": "ann", "price": 1.5, "at": datetime(2013, 1, 1, 10, tzinfo=UTC), "gone": None},
        {"id": 2, "name": None, "price": 2.0, "at": datetime(2013, 1, 1, 11, tzinfo=UTC), "gone": None},
    ]
    assert rows.schema is not None
    assert [(f.name, f.schema.type, f.schema.optional) for f in rows.schema.fields] == [
        ("id", Type.INT64, True),
        ("name", Type.STRING, True),
        ("price", Type.FLOAT64, True),
        ("at", Type.INT64, True),
        ("gone", Type.STRING, True),
    ]


def test_positions_are_those_after_each_row() -> None:
    parsed = parse('a,b\r\n1,"x\r\ny"\r\n\r\n2,ü\r\n')
    assert [value["b"] for value in parsed.values] == ["x\r\ny", "ü"]
    assert parsed.ends == [15, 23]


def test_declared_types_win_and_a_star_stands_for_the_others() -> None:
    parsed = parse("id,n,zip\n1,2,3\n", options({"n": "int32", "*": "string"}))
    assert parsed.values == [{"id": "1", "n": 2, "zip": "3"}]


def test_a_declared_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"csv\.types names 'price', but the columns of f\.csv are id, name"):
        parse("id,name\n1,x\n", options({"price": "int32"}))


def test_a_key_is_a_struct_of_required_fields() -> None:
    rows = parser(options(keys=["b", "a"]))
    rows.feed(b"a,b,c\n1,2,3\n")
    assert rows.finish().keys == [{"b": 2, "a": 1}]
    assert rows.key_schema is not None
    assert [(f.name, f.schema.optional) for f in rows.key_schema.fields] == [("b", False), ("a", False)]


def test_a_row_without_its_key_is_bad() -> None:
    failure = parse("a,b\n1,x\nNA,y\n", options(keys=["a"])).failure
    assert str(failure).startswith("f.csv, line 3: its column 'a', named in key.fields, has no value")


def test_rows_before_a_bad_one_come_before_the_failure() -> None:
    parsed = parse('a,b\n1,"x\ny"\n\n2\n3,z\n')
    assert parsed.values == [{"a": 1, "b": "x\ny"}]
    assert str(parsed.failure) == (
        "f.csv, line 5: it has 1 fields where 2 are expected. "
        "Correct the line, or set bad.records=skip to go on without it"
    )


def test_a_value_that_does_not_fit_its_column_names_line_column_value_and_remedy() -> None:
    rows = parser()
    rows.feed(b"id,delay\n" + b"1,5\n" * 10)
    rows.quiet(1.0)
    failure = rows.feed(b"2,6\n3,late\n").failure
    assert str(failure) == (
        "f.csv, line 13: the value of column 'delay' is not an int64; if such values are right, declare the column, "
        "e.g. csv.types=delay:string (found 'late'). Correct the line, or set bad.records=skip to go on without it"
    )


def test_bad_rows_can_be_skipped_and_are_logged_without_their_data(caplog: pytest.LogCaptureFixture) -> None:
    text = 'a,b\n1,x\n2\n"3"x,y\n4,\xff\n5,z\n'.encode("latin-1")
    parsed = parse(text, options({"a": "int32", "b": "string"}), OnBadRecord.SKIP)
    assert parsed.values == [{"a": 1, "b": "x"}, {"a": 5, "b": "z"}]
    assert parsed.ends == [8, len(text)]
    messages = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert messages == [
        "Skipped line 3 of f.csv: it has 1 fields where 2 are expected",
        "Skipped line 4 of f.csv: it is not CSV: ',' expected after '\"'",
        "Skipped line 5 of f.csv: it has bytes that are not utf-8; set encoding to what the file really is in",
    ]


def test_many_skipped_rows_do_not_flood_the_log(caplog: pytest.LogCaptureFixture) -> None:
    parse("a,b\n1,x\n" + "2\n" * 2500, policy=OnBadRecord.SKIP)
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 12


def test_other_encodings_delimiters_quotes_and_nulls() -> None:
    how = options(encoding="cp1252", delimiter=";", quote="'", nulls=["-"])
    parsed = parse("a;b;c\n'x;y';€;-\n".encode("cp1252"), how)
    assert parsed.values == [{"a": "x;y", "b": "€", "c": None}]
    assert parse('a,b\n"x,y\n', options(quote=None)).values == [{"a": '"x', "b": "y"}]


def test_a_file_without_header_is_read_with_the_given_names() -> None:
    parsed = parse("1,x\n2,y\n", options(columns=["id", "name"]))
    assert parsed.values == [{"id": 1, "name": "x"}, {"id": 2, "name": "y"}]
    assert parsed.ends == [4, 8]


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    parsed = parse(b'\xef\xbb\xbf"id",name\n1,x\n')
    assert parsed.values == [{"id": 1, "name": "x"}]
    assert parsed.ends == [17]


def test_columns_without_a_name_are_numbered_and_double_names_refused() -> None:
    assert parse(",a\n0,x\n").values == [{"column_1": 0, "a": "x"}]
    with pytest.raises(ConfigError, match=r"two columns named 'a'.*csv\.columns"):
        parse("a,a\n1,2\n")


def test_a_row_whose_quotes_span_pieces_is_one_row() -> None:
    rows = parser()
    rows.feed(b"a,b\n0,x\n")
    assert len(rows.quiet(1.0).values) == 1
    assert rows.feed(b'1,"one\n').values == []
    assert rows.feed(b"two\r").values == []
    assert rows.feed(b'\nthree"\n2,y\n').values == [{"a": 1, "b": "one\ntwo\r\nthree"}, {"a": 2, "b": "y"}]
    assert str(rows.feed(b"x\n").failure).startswith("f.csv, line 7:")


def test_types_wait_until_the_file_has_settled() -> None:
    rows = parser()
    assert rows.feed(b"a\n1\n").values == []
    assert rows.quiet(0.5).values == []
    assert rows.feed(b"1.5\n").values == []
    assert rows.quiet(1.0).values == [{"a": 1.0}, {"a": 1.5}]


def test_a_header_alone_says_nothing_about_types() -> None:
    rows = parser()
    rows.feed(b"a\n")
    assert rows.quiet(60.0).values == []
    rows.feed(b"1\n")
    assert rows.quiet(1.0).values == [{"a": 1}]


def test_a_last_row_without_line_end_counts_after_a_while_when_it_is_whole() -> None:
    rows = parser()
    rows.feed(b"a,b\n1,2\n3,")
    assert rows.quiet(1.0).values == [{"a": 1, "b": 2}]
    assert rows.quiet(4.9).values == []
    assert rows.quiet(5.0).values == [{"a": 3, "b": None}]
    assert rows.feed(b"\n4,5\n").values == [{"a": 4, "b": 5}]
    assert str(rows.feed(b"x\n").failure).startswith("f.csv, line 5:")


def test_a_last_row_that_is_not_whole_goes_on_waiting(caplog: pytest.LogCaptureFixture) -> None:
    rows = parser()
    rows.feed(b"a,b\n1,2\n3")
    rows.quiet(1.0)
    assert rows.quiet(60.0).values == rows.quiet(61.0).values == []
    assert [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING] == [
        "The last line of f.csv has no line end and is not a whole row: waiting for the rest of it"
    ]
    assert rows.feed(b",4\n").values == [{"a": 3, "b": 4}]


def test_a_row_that_was_taken_too_early_is_noticed() -> None:
    rows = parser()
    rows.feed(b"a,b\n1,2\n3,4")
    rows.quiet(1.0)
    assert rows.quiet(5.0).values == [{"a": 3, "b": 4}]
    failure = rows.feed(b"56\n7,8\n").failure
    assert "line 3: it goes on with a line that was taken for complete" in str(failure)
    assert "last.line.timeout.ms" in str(failure)


def test_a_quote_that_is_never_closed_is_a_bad_row_when_nothing_follows() -> None:
    parsed = parse('a,b\n1,x\n2,"y\n3,z\n')
    assert parsed.values == [{"a": 1, "b": "x"}]
    assert str(parsed.failure).startswith("f.csv, line 3: a quote is not closed")


def test_a_quote_that_is_never_closed_does_not_fill_memory() -> None:
    rows = parser()
    rows.feed(b"a,b\n1,x\n")
    rows.quiet(1.0)
    pieces = [b'2,"yyyyyyyyyy\n', *[b"3,zzzzzzzzzz\n"] * 2000]
    with pytest.raises(ConnectError, match=r"record at byte 8 of f\.csv is longer than .* quote is closed"):
        list(map(rows.feed, pieces))


def test_a_restart_infers_the_same_types_from_the_same_sample() -> None:
    head = b"a,b\n1,x\n"
    first = parser()
    first.feed(head)
    first.quiet(1.0)
    assert first.sample == len(head)
    data = head + b"1.5,y\n"
    origin = Origin("f.csv", len(head), b"\n", first.sample, lambda limit: data[:limit], lambda: 2)
    again = parser(origin=origin)
    assert again.schema is first.schema
    assert "line 3: the value of column 'a' is not an int64" in str(again.feed(data[len(head) :]).failure)


def test_a_sample_is_only_kept_where_something_was_inferred() -> None:
    rows = parser(options({"a": "int32"}))
    rows.feed(b"a\n1\n")
    rows.quiet(1.0)
    assert rows.sample is None


def test_reading_cannot_go_on_in_a_file_without_header() -> None:
    with pytest.raises(ConnectError, match=r"f\.csv has no header row any more.*byte 5.*reset the connector's offsets"):
        parser(origin=Origin("f.csv", 5, b"\n", None, lambda _limit: b"\n\n\n\n\n"))
