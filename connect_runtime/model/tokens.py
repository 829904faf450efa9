"""The tokens of a text value, and a place in it that can be moved back."""

from __future__ import annotations

from typing import Final

__all__ = ["JAVA_BLANKS", "TokenReader", "is_blank"]

JAVA_BLANKS: Final = "".join(map(chr, range(0x21)))
_DELIMITERS: Final = frozenset(':,{}[]"')


def is_blank(text: str) -> bool:
    """Whether there is nothing in it but what Java's ``trim`` cuts off."""
    return not text.strip(JAVA_BLANKS)


class TokenReader:
    """Reads ``: , { } [ ] "`` and the runs between them, one after the other.

    A backslash escapes the next character: an escaped delimiter stays in its run, backslash included.

    Args:
        text: The text.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.previous: str | None = None
        self._index = 0
        self._peeked: str | None = None

    @property
    def has_next(self) -> bool:
        """Whether a token is left, blank or not."""
        return self._peeked is not None or self._index < len(self.text)

    def mark(self) -> int:
        """Where the next token starts."""
        return self._index - len(self._peeked or "")

    def rewind(self, mark: int) -> None:
        """Go back to a `mark`."""
        self._index = mark
        self._peeked = self.previous = None

    def next(self) -> str:
        """The next token; there must be one."""
        token = self._read() if self._peeked is None else self._peeked
        self._peeked = None
        self.previous = token
        return token

    def next_joined(self, count: int) -> str | None:
        """The text of the next ``count`` tokens; ``None``, and nothing taken, when there are fewer."""
        start = self.mark()
        for _ in range(count):
            if not self.has_next:
                self.rewind(start)
                return None
            self.next()
        return self.text[start : self._index]

    def take(self, expected: str) -> bool:
        """Take the next token if it is ``expected``. Blank tokens before it are dropped in either case."""
        if not self.has_next:
            return False
        token = self._read() if self._peeked is None else self._peeked
        while is_blank(token) and self._index < len(self.text):
            token = self._read()
        taken = token.strip(JAVA_BLANKS) == expected
        self._peeked = None if taken else token
        return taken

    def _read(self) -> str:
        start, escaped = self._index, False
        while self._index < len(self.text):
            char = self.text[self._index]
            if char in _DELIMITERS and not escaped:
                self._index = max(self._index, start + 1)  # a delimiter is a token only when nothing stands before it
                break
            escaped = char == "\\" and not escaped
            self._index += 1
        return self.text[start : self._index]
