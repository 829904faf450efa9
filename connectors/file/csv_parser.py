"""The ``csv`` format: each row is a struct with the columns as fields."""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any, NamedTuple

from connect_runtime.sdk import ConnectError, DataError, Schema
from connectors.file.csv_layout import SAMPLE_BYTES, Layout, read_layout
from connectors.file.csv_rows import CsvOptions, CsvReader, Rows, is_incomplete
from connectors.file.parsing import NOTHING, BadRecords, Fault, Origin, Parsed, cut_short
from connectors.file.splitter import LineSplitter, count_line_ends

__all__ = ["CsvParser"]

logger = logging.getLogger(__name__)
SETTLED_S = 1.0


class _Read(NamedTuple):
    """Records, and how many bytes they were read from: less than all when the last row is not complete."""

    records: Parsed
    read: int


class CsvParser:
    """Reads rows; blank lines are skipped. Bytes that are not text in the encoding make a row bad.

    Types are inferred when `SAMPLE_BYTES` have come, or less and then nothing for a second.

    Args:
        origin: Where the bytes come from.
        options: How they are written.
        max_bytes: Longest row allowed.
        last_line_timeout_s: How long a last line waits for its terminator before it is taken, provided that it is a row
            of all columns; ``None`` for ever.
        bad: Judges rows that cannot be read.

    Raises:
        ConnectError: Reading is to go on within a file whose columns cannot be told any more.
    """

    def __init__(
        self, origin: Origin, options: CsvOptions, max_bytes: int, last_line_timeout_s: float | None, bad: BadRecords
    ) -> None:
        self._origin = origin
        self._options = options
        self._max_bytes = max_bytes
        self._last_line_timeout_s = last_line_timeout_s
        self._bad = bad
        self._lines = 0
        self._held = b""
        self._waits_for_rest = False
        self._splitter = LineSplitter(origin, max_bytes)
        self._layout = _layout_of(origin, options) if origin.position else None

    @property
    def schema(self) -> Schema | None:
        """Struct of the columns; ``None`` before they are known."""
        return None if self._layout is None else self._layout.schema

    @property
    def key_schema(self) -> Schema | None:
        """Struct of the key's columns; ``None`` for no key."""
        return None if self._layout is None else self._layout.key_schema

    @property
    def sample(self) -> int | None:
        """Bytes that types were inferred from, ``None`` for none."""
        return None if self._layout is None else self._layout.sample

    def feed(self, data: bytes) -> Parsed:
        """The rows that these bytes complete. Raises: ConnectError."""
        if self._layout is not None:
            return self._feed(self._layout, data)
        self._held += data
        return self._begin(_whole_lines(self._held)) if len(self._held) >= SAMPLE_BYTES else NOTHING

    def quiet(self, for_s: float) -> Parsed:
        """Rows from before types were inferred; the last line, when it has waited long enough and is a row."""
        parsed = self._begin(self._held) if self._layout is None and for_s >= SETTLED_S else NOTHING
        timeout_s = self._last_line_timeout_s
        is_late = timeout_s is not None and for_s >= timeout_s
        if parsed is NOTHING and is_late and self._splitter.rest and self._layout is not None:
            return self._last_row(self._layout)
        return parsed

    def finish(self) -> Parsed:
        """The rows that are left. Raises: ConnectError."""
        parsed = self._begin(self._held) if self._layout is None else NOTHING
        if self._layout is None or parsed.failure:
            return parsed
        start = self._splitter.position
        rest = self._splitter.take_rest()
        return _joined(parsed, self._parse(self._layout, rest, start, final=True)) if rest else parsed

    def _begin(self, sample: bytes) -> Parsed:
        layout = read_layout(self._origin.file, sample, self._options)
        if layout is None or not sample[layout.header_bytes :].strip():
            return NOTHING
        data, self._held = self._held[layout.header_bytes :], b""
        self._layout = layout
        self._lines = layout.header_lines
        self._splitter = LineSplitter(replace(self._origin, position=layout.header_bytes), self._max_bytes)
        return self._feed(layout, data)

    def _feed(self, layout: Layout, data: bytes) -> Parsed:
        complete = self._splitter.feed(data)
        return self._parse(layout, complete, self._splitter.position - len(complete)) if complete else NOTHING

    def _last_row(self, layout: Layout) -> Parsed:
        rest = self._splitter.rest
        parsed = None if self._splitter.in_line else self._parse_all(layout, rest, self._splitter.position)
        if parsed is not None and parsed.read == len(rest):
            self._splitter.take_rest()
            self._lines += count_line_ends(rest)
            return parsed.records
        if not self._waits_for_rest:
            self._waits_for_rest = True
            logger.warning(
                "The last line of %s has no line end and is not a whole row: waiting for the rest of it",
                self._origin.file,
            )
        return NOTHING

    def _parse(self, layout: Layout, lines: bytes, start: int, *, final: bool = False) -> Parsed:
        parsed = None if self._splitter.continues else self._parse_all(layout, lines, start)
        if parsed is None or (final and parsed.read < len(lines)):
            parsed = self._parse_each(layout, lines, start, final=final)
        self._lines += count_line_ends(lines[: parsed.read])
        if parsed.read < len(lines) and parsed.records.failure is None:
            self._splitter.give_back(lines[parsed.read :])
        return parsed.records

    def _parse_all(self, layout: Layout, lines: bytes, start: int) -> _Read | None:
        """All rows at once, ``None`` when one of them is bad or blank."""
        ends = list(accumulate(map(len, lines.splitlines(keepends=True)), initial=start))
        try:
            rows, row_lines = self._read_rows(lines.decode(self._options.encoding))
            values, keys = layout.values(rows) if rows else ([], None)
        except (Fault, UnicodeDecodeError):
            return None
        row_ends = ends[1:] if row_lines is None else [ends[line] for line in row_lines]
        return _Read(Parsed(values, row_ends, keys), (row_ends[-1] if row_ends else start) - start)

    def _read_rows(self, text: str) -> tuple[list[list[str]], list[int] | None]:
        """Rows and the number of lines up to each; ``None`` when each is one line."""
        try:
            if not self._options.has_quotes(text):
                return list(self._options.reader(_plain_lines(text))), None
            reader = self._options.reader(io.StringIO(text, newline=""))
            return self._read_quoted(reader)
        except csv.Error as exc:
            raise Fault(f"it is not CSV: {exc}") from exc

    def _read_quoted(self, reader: CsvReader) -> tuple[list[list[str]], list[int]]:
        rows: list[list[str]] = []
        lines: list[int] = []
        try:
            for row in reader:
                rows.append(row)
                lines.append(reader.line_num)
        except csv.Error as exc:
            if not is_incomplete(exc):
                raise
        return rows, lines

    def _parse_each(self, layout: Layout, lines: bytes, start: int, *, final: bool) -> _Read:
        """One row at a time: bad rows are judged, blank lines skipped."""
        encoding = self._options.encoding
        ends = list(accumulate(map(len, lines.splitlines(keepends=True)), initial=start))
        rows = Rows(lines.decode(encoding, "surrogateescape"), self._options)
        values: list[Any] = []
        keys: list[Any] = []
        row_ends: list[int] = []
        failure: DataError | None = None
        while failure is None:
            read = rows.lines
            try:
                row = next(rows)
                if not row:
                    continue
                _check_row(row, encoding, continues=read == 0 and self._splitter.continues)
                value, key = layout.values([row])
            except StopIteration:
                break
            except Fault as fault:
                failure = self._judge(read, fault)
                continue
            values += value
            keys += key or ()
            row_ends.append(ends[rows.lines])
        else:
            read = rows.lines
        if rows.is_open and final:
            failure = self._judge(read, Fault("a quote is not closed"))
            read = len(ends) - 1
        records = Parsed(values, row_ends, keys if layout.key_fields else None, failure)
        return _Read(records, ends[read] - start)

    def _judge(self, lines_before: int, fault: Fault) -> DataError | None:
        lines_before += self._origin.lines_before() + self._splitter.late_ends + self._lines
        return self._bad.judge(lines_before + 1, fault)


def _layout_of(origin: Origin, options: CsvOptions) -> Layout:
    sample = origin.head(origin.sample or SAMPLE_BYTES)
    layout = read_layout(origin.file, sample if origin.sample else _whole_lines(sample), options)
    if layout is None:
        raise ConnectError(
            f"{origin.file} has no header row any more, so reading cannot go on at byte {origin.position}: "
            "restore the file, or reset the connector's offsets to read it from the beginning"
        )
    return layout


def _whole_lines(data: bytes) -> bytes:
    return data[: max(data.rfind(b"\n"), data.rfind(b"\r")) + 1]


def _check_row(row: Sequence[str], encoding: str, *, continues: bool) -> None:
    if continues:
        raise cut_short()
    try:
        "".join(row).encode(encoding)
    except UnicodeEncodeError as exc:
        raise Fault(f"it has bytes that are not {encoding}; set encoding to what the file really is in") from exc


def _plain_lines(text: str) -> list[str]:
    """Lines without terminators; four times as fast as iterating over a ``StringIO``."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


def _joined(first: Parsed, second: Parsed) -> Parsed:
    keys = None if second.keys is None else [*(first.keys or ()), *second.keys]
    return Parsed([*first.values, *second.values], first.ends + second.ends, keys, second.failure)
