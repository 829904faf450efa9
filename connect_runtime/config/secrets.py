"""Values that config providers gave, kept in mind so that they can be kept out of what is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from threading import Lock
from typing import Final

__all__ = ["KnownSecrets"]

_MOST: Final = 10_000
_TOO_PLAIN: Final = re.compile(r".{0,3}|true|false|null|none|[0-9]{1,5}", re.IGNORECASE | re.DOTALL)


class KnownSecrets:
    """Finds values again in texts. Thread safe.

    Values that say nothing - up to three characters, booleans, numbers of up to five digits - are let pass: they would
    be found in any text. Of very many values the oldest are forgotten.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._variables: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    def note(self, values: Mapping[str, str]) -> None:
        """Keep values in mind: the variable, ``${provider:path:key}``, by its value."""
        telling = {value.strip(): variable for value, variable in values.items() if not _is_plain(value.strip())}
        with self._lock:
            if telling.keys() <= self._variables.keys():
                return
            known = self._variables | telling
            self._variables = dict(islice(known.items(), max(0, len(known) - _MOST), None))
            # The longest first: a value may be the beginning of another.
            found = sorted(self._variables, key=len, reverse=True)
            self._pattern = re.compile("|".join(_whole(value) for value in found))

    def hide(self, text: str) -> str:
        """``text`` with the variable in place of each value that stands in it as a whole word."""
        with self._lock:
            pattern, variables = self._pattern, self._variables
        return text if pattern is None else pattern.sub(lambda found: variables[found[0]], text)


def _is_plain(value: str) -> bool:
    return _TOO_PLAIN.fullmatch(value) is not None


def _whole(value: str) -> str:
    before, after = (r"(?<!\w)" if value[0].isalnum() else "", r"(?!\w)" if value[-1].isalnum() else "")
    return f"{before}{re.escape(value)}{after}"
