"""How a CSV file is written, and its rows as texts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from connectors.file.column_types import ColumnType
from connectors.file.parsing import Fault

__all__ = ["CsvOptions", "CsvReader", "Rows", "is_incomplete"]

_INCOMPLETE = "unexpected end of data"  # csv's message for a quote that is still open where its input ends


class CsvReader(Protocol):
    """What `csv.reader` returns."""

    @property
    def line_num(self) -> int:
        """Lines read so far."""
        ...

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class CsvOptions:
    """How a CSV file is written.

    Attributes:
        encoding: Of the text; any in which delimiter, quote and line terminators are the bytes of ASCII.
        delimiter: Between fields.
        quote: Around fields, doubled inside them; ``None`` for a file without quoting.
        columns: Names of the columns; none when the first row holds them.
        types: Declared types by column; ``*`` stands for all others. Types of columns that are not here are inferred.
        nulls: Texts that mean no value.
        key_fields: Columns that are the record's key; none for no key.
    """

    encoding: str
    delimiter: str
    quote: str | None
    columns: Sequence[str]
    types: Mapping[str, ColumnType]
    nulls: frozenset[str]
    key_fields: Sequence[str]

    def reader(self, lines: Iterable[str]) -> CsvReader:
        """Reads rows from lines; those within quotes need their terminators."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            strict=True,
        )

    def has_quotes(self, text: str) -> bool:
        """Whether a row of the text may have several lines."""
        return self.quote is not None and self.quote in text


def is_incomplete(error: csv.Error) -> bool:
    """Whether a row could not be read only because its text ended within quotes."""
    return str(error) == _INCOMPLETE


class Rows:
    """Rows of a text that consists of complete lines; blank lines are rows without fields.

    Args:
        text: The lines, with their terminators.
        options: How they are written.

    Attributes:
        is_open: Whether the text ended within quotes: the last row is not complete and was not given.
    """

    def __init__(self, text: str, options: CsvOptions) -> None:
        self._reader = options.reader(io.StringIO(text, newline=""))
        self.is_open = False

    @property
    def lines(self) -> int:
        """Lines read so far."""
        return self._reader.line_num

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        """The next row. Raises: Fault, for one that is no CSV; the row after it can be read all the same."""
        try:
            return next(self._reader)
        except csv.Error as exc:
            if is_incomplete(exc):
                self.is_open = True
                raise StopIteration from None
            raise Fault(f"it is not CSV: {exc}") from exc
