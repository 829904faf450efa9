"""The ``jsonl`` format: each line is a JSON document, the value without schema."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import orjson

from connect_runtime.sdk import DataError, Schema
from connectors.file.parsing import NOTHING, BadRecords, Fault, Origin, Parsed, cut_short
from connectors.file.splitter import LineSplitter, count_line_ends

__all__ = ["JsonLinesParser"]


class JsonLinesParser:
    """Reads JSON documents, one a line, in UTF-8; blank lines are skipped.

    Args:
        origin: Where the bytes come from.
        max_bytes: Longest line allowed.
        last_line_timeout_s: How long a last line waits for its terminator before it is taken, provided that it is a
            document; ``None`` for ever.
        key_fields: Members of the document that are the record's key; none for no key.
        bad: Judges lines that are no documents or have no key.
    """

    schema: Schema | None = None
    key_schema: Schema | None = None
    sample: int | None = None

    def __init__(
        self,
        origin: Origin,
        max_bytes: int,
        last_line_timeout_s: float | None,
        key_fields: Sequence[str],
        bad: BadRecords,
    ) -> None:
        self._origin = origin
        self._splitter = LineSplitter(origin, max_bytes)
        self._last_line_timeout_s = last_line_timeout_s
        self._key_fields = key_fields
        self._bad = bad
        self._lines = 0

    def feed(self, data: bytes) -> Parsed:
        """The documents that these bytes complete. Raises: DataError."""
        complete = self._splitter.feed(data)
        if not complete:
            return NOTHING
        return self._parse(complete, self._splitter.position - len(complete))

    def quiet(self, for_s: float) -> Parsed:
        """The last line, when it has waited long enough and is a document."""
        timeout_s = self._last_line_timeout_s
        if timeout_s is None or for_s < timeout_s or self._splitter.in_line or not _is_document(self._splitter.rest):
            return NOTHING
        return self.finish()

    def finish(self) -> Parsed:
        """The last line. Raises: DataError."""
        start = self._splitter.position
        rest = self._splitter.take_rest()
        return self._parse(rest, start) if rest else NOTHING

    def _parse(self, data: bytes, start: int) -> Parsed:
        lines = data.splitlines(keepends=True)
        try:
            parsed = self._parse_all(lines, start)
        except ValueError:
            parsed = self._parse_each(lines, start)
        self._lines += count_line_ends(data)
        return parsed

    def _parse_all(self, lines: Sequence[bytes], start: int) -> Parsed:
        if self._splitter.continues:
            raise cut_short()
        values = list(map(orjson.loads, lines))
        keys = [self._key(value) for value in values] if self._key_fields else None
        ends = list(accumulate(map(len, lines), initial=start))
        del ends[0]
        return Parsed(values, ends, keys)

    def _parse_each(self, lines: Sequence[bytes], start: int) -> Parsed:
        values: list[Any] = []
        keys: list[Any] = []
        ends: list[int] = []
        failure: DataError | None = None
        end = start
        for number, line in enumerate(lines):
            end += len(line)
            try:
                documents = self._document(line, first=number == 0)
                keys += [self._key(document) for document in documents] if self._key_fields else ()
            except ValueError as exc:
                failure = self._judge(number, line, exc)
                if failure is not None:
                    break
                continue
            values += documents
            ends += [end] * len(documents)
        return Parsed(values, ends, keys if self._key_fields else None, failure)

    def _document(self, line: bytes, *, first: bool) -> list[Any]:
        """The line's document; none for a blank line."""
        if first and self._splitter.continues:
            raise cut_short()
        text = line.removeprefix(codecs.BOM_UTF8) if first else line
        return [orjson.loads(text)] if text.strip() else []

    def _key(self, document: Any) -> dict[str, Any]:
        if not isinstance(document, dict):
            raise Fault("it is not a JSON object, so it has no members for key.fields")
        key = {name: document.get(name) for name in self._key_fields}
        if None in key.values():
            missing = next(name for name, value in key.items() if value is None)
            raise Fault(f"its member {missing!r}, named in key.fields, is missing or null")
        return key

    def _judge(self, number: int, line: bytes, error: ValueError) -> DataError | None:
        found = line.decode("utf-8", "backslashreplace").strip()
        fault = error if isinstance(error, Fault) else Fault(f"it is not a JSON document: {error}", found)
        before = self._origin.lines_before() + self._splitter.late_ends + self._lines + number
        return self._bad.judge(before + 1, fault)


def _is_document(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True
