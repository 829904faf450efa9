from __future__ import annotations

import pytest

from connect_runtime.model import SourceColumns, SourceRecord, Utf8Column
from connect_runtime.model.schema import INT64, STRING

COLUMNS = SourceColumns({"f": 1}, lambda index: {"at": index}, "t", ["a", "b", "c"], STRING, [1, 2, 3], INT64, 77)
RECORDS = [
    SourceRecord({"f": 1}, {"at": index}, "t", value, STRING, key, INT64, timestamp=77)
    for index, (value, key) in enumerate([("a", 1), ("b", 2), ("c", 3)])
]


def test_columns_are_a_sequence_of_records() -> None:
    assert list(COLUMNS) == RECORDS
    assert len(COLUMNS) == 3
    assert COLUMNS == RECORDS
    assert COLUMNS[-1] == RECORDS[2]
    assert COLUMNS[1:] == RECORDS[1:]
    with pytest.raises(IndexError):
        COLUMNS[3]


def test_a_record_without_key_has_none() -> None:
    columns = SourceColumns(None, lambda _: None, "t", ["a"])
    assert columns[0] == SourceRecord(None, None, "t", "a")


def test_a_utf8_column_is_a_sequence_of_its_texts() -> None:
    column = Utf8Column(["grün".encode(), b"x", b""])
    assert list(column) == ["grün", "x", ""]
    assert column == ["grün", "x", ""]
    assert list(column[1:]) == ["x", ""]
    assert column[-1] == ""
