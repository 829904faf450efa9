"""Rows on their way to a driver, by column and by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

__all__ = ["Rows"]

Column = Sequence[Any]


class Rows:
    """Values of some rows. Both forms are of the same values; each is made when it is first asked for.

    Args:
        columns: Values column by column.
        tuples: The same row by row, if that is at hand.
    """

    __slots__ = ("_tuples", "columns")

    def __init__(self, columns: Sequence[Column], tuples: Sequence[tuple[Any, ...]] | None = None) -> None:
        self.columns = columns
        self._tuples = tuples

    def __len__(self) -> int:
        return len(self.columns[0])

    def tuples(self) -> Iterable[tuple[Any, ...]]:
        """Row by row."""
        return zip(*self.columns, strict=True) if self._tuples is None else self._tuples

    def blocks(self, size: int) -> Iterator[Rows]:
        """The rows, ``size`` at a time."""
        if len(self) <= size:
            yield self
            return
        for start in range(0, len(self), size):
            yield Rows([values[start : start + size] for values in self.columns])

    def at(self, places: Sequence[int]) -> Rows:
        """Some of the rows."""
        return Rows([[values[place] for place in places] for values in self.columns])

    def with_columns(self, columns: Sequence[Column]) -> Rows:
        """The same rows with values that were made fit; each column that did not need it is the same object as here."""
        unchanged = all(now is before for now, before in zip(columns, self.columns, strict=True))
        return self if unchanged else Rows(columns)
