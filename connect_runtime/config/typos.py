"""Keys that nobody knows but that look much like one that is known."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches

__all__ = ["closest", "typo_warnings"]

_ALIKE = 0.85


def typo_warnings(keys: Iterable[str], known: Collection[str], prefixes: tuple[str, ...] = ()) -> list[str]:
    """One text for every key that is close to a known one without being it.

    Args:
        keys: Keys that were given.
        known: Keys that mean something.
        prefixes: Beginnings of keys that are not ours to judge.
    """
    doubtful = [key for key in keys if key not in known and not key.startswith(prefixes)]
    pairs = [(key, closest(key, known)) for key in doubtful]
    return [f"Unknown key {key!r} has no effect: did you mean {near!r}?" for key, near in pairs if near]


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like ``word``, ``None`` when none is much like it.

    One with the same letters is: two that changed places make more of a difference the shorter a word is.
    """
    candidates, letters = list(known), sorted(word)
    swapped = [candidate for candidate in candidates if sorted(candidate) == letters]
    return next(iter(swapped or get_close_matches(word, candidates, n=1, cutoff=_ALIKE)), None)
