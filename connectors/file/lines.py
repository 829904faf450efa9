"""The ``lines`` format: each line is a record, its text the value."""

from __future__ import annotations

import codecs
import logging
from itertools import accumulate

from connect_runtime.sdk import Schema, Type, Utf8Column, primitive_schema
from connectors.file.parsing import NOTHING, Origin, Parsed
from connectors.file.splitter import LineSplitter

__all__ = ["LinesParser"]

logger = logging.getLogger(__name__)


class LinesParser:
    """Reads lines. Bytes that are not text in the encoding become U+FFFD, as in Kafka Connect, with one warning.

    Args:
        origin: Where the bytes come from.
        encoding: Of the text; any in which line terminators are the bytes of ASCII.
        max_bytes: Longest line allowed.
        last_line_timeout_s: How long a last line waits for its terminator; ``None`` for ever.
    """

    schema: Schema | None = primitive_schema(Type.STRING)
    key_schema: Schema | None = None
    sample: int | None = None

    def __init__(self, origin: Origin, encoding: str, max_bytes: int, last_line_timeout_s: float | None) -> None:
        self._file = origin.file
        self._encoding = encoding
        self._is_utf8 = codecs.lookup(encoding).name == "utf-8"
        self._splitter = LineSplitter(origin, max_bytes)
        self._last_line_timeout_s = last_line_timeout_s
        self._warned = False

    def feed(self, data: bytes) -> Parsed:
        """The lines that these bytes complete. Raises: DataError."""
        complete = self._splitter.feed(data)
        return self._lines(complete, self._splitter.position - len(complete)) if complete else NOTHING

    def quiet(self, for_s: float) -> Parsed:
        """The last line, when it has waited long enough."""
        timeout_s = self._last_line_timeout_s
        return NOTHING if timeout_s is None or for_s < timeout_s else self.finish()

    def finish(self) -> Parsed:
        """The last line."""
        start = self._splitter.position
        rest = self._splitter.take_rest()
        return self._lines(rest, start) if rest else NOTHING

    def _lines(self, data: bytes, start: int) -> Parsed:
        if self._is_utf8 and data.endswith(b"\n") and b"\r" not in data and _is_valid_utf8(data):
            # The common case: the texts stay as they are until somebody looks at them.
            texts = data.split(b"\n")
            texts.pop()
            sizes = [size + 1 for size in map(len, texts)]
            sizes[0] += start
            return Parsed(Utf8Column(texts), list(accumulate(sizes)))
        lines = data.splitlines(keepends=True)
        ends = list(accumulate(map(len, lines), initial=start))
        del ends[0]
        text = self._decoded(data)
        if b"\r" in data:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        values = text.split("\n")
        if not values[-1]:
            values.pop()
        if len(values) != len(lines):  # a multi-byte encoding's bad character has swallowed a terminator
            values = [line.decode(self._encoding, "replace").rstrip("\r\n") for line in lines]
        return Parsed(values, ends)

    def _decoded(self, data: bytes) -> str:
        try:
            return data.decode(self._encoding)
        except UnicodeDecodeError:
            if not self._warned:
                self._warned = True
                logger.warning(
                    "%s has bytes that are not %s: they become U+FFFD; set encoding to what the file really is in",
                    self._file,
                    self._encoding,
                )
            return data.decode(self._encoding, "replace")


def _is_valid_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
