"""Where this runtime differs from Java's Connect on purpose, and why."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable
from typing import Final

from connect_runtime.cli.conformance.cases import Case
from connect_runtime.cli.conformance.running import Outcome

__all__ = ["reason"]

_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?(?:E-?\d+)?")
_OLD_DATE: Final = re.compile(r"(?:0\d|1[0-5])\d\d-|[-+ ]\d\d\d-")
_NUMBERS: Final = ("ShortConverter", "IntegerConverter", "LongConverter", "FloatConverter", "DoubleConverter")
_BASE64: Final = re.compile(r'"data": \{"\$bytes": "([^"]*)"')
Differs = Callable[[Case, Outcome], bool]


def reason(case: Case, outcome: Outcome) -> str | None:
    """Why a case differs, ``None`` when that is a mistake."""
    return next((why for why, differs in _REASONS.items() if differs(case, outcome)), None)


def _cls(case: Case) -> str:
    return case.cls.rpartition(".")[2]


def _name(case: Case) -> str:
    return _cls(case).partition("$")[0]


def _text_in_headers(case: Case) -> str:
    return str(
        case.input.get("text") or case.input.get("data") or case.config.get("value.literal") or case.input.get("value")
    )


def _reads_header_text(case: Case) -> bool:
    return _name(case) in ("InsertHeader", "SimpleHeaderConverter", "Values")


def _shown(outcome: str) -> str:
    return _BASE64.sub(lambda found: b64decode(found[1]).decode("utf-8", "replace"), outcome)


def _keeps_zone(case: Case, _: Outcome) -> bool:
    return (
        _name(case) == "TimestampConverter"
        and case.config.get("target.type") == "string"
        and bool(set("zZX") & set(case.config["format"]))
    )


def _has_zone_name(case: Case, outcome: Outcome) -> bool:
    return (
        _name(case) == "TimestampConverter"
        and "z" in case.config.get("format", "")
        and ("Could not parse" in outcome.got or any(n in str(case.input) for n in ("BST", "IST", "AEST", "MST")))
    )


def _is_old_temporal(case: Case, _: Outcome) -> bool:
    """Java prints any of the three before 1970-01-02 as a time of day."""
    return (_name(case) == "Cast" or case.kind in ("values", "converter")) and "$timestamp" in str(case.input)


def _reverse_lookup(case: Case, _: Outcome) -> bool:
    targets = [item.partition(":")[2] for item in case.config.get("renames", "").split(",")]
    return _name(case) == "ReplaceField" and bool(targets[0])


_REASONS: Final[dict[str, Differs]] = {
    "Python's dates end with the years 1 and 9999": lambda _, o: "lies outside the years 1 to 9999" in o.got,
    "numbers are written as JDK 19 and later do, with the fewest digits": lambda _, o: (
        _NUMBER.sub("0", _shown(o.expected)) == _NUMBER.sub("0", _shown(o.got)) and "E" in _shown(o.expected)
    ),
    "Unicode classes and class intersections of regular expressions are refused": lambda _, o: "not supported" in o.got,
    "maps may have keys that are no texts": lambda c, _: "ClassCastException" in c.note,
    "a logical type's default is cast like its values": lambda c, _: (
        _name(c) == "Cast" and c.note.startswith("SchemaBuilderException: Invalid default")
    ),
    "a Python number has no width that could be wrong": lambda c, _: _cls(c) in _NUMBERS and c.error is not None,
    "a text keeps no zone: what is printed is in UTC": _keeps_zone,
    "names of zones that mean several are not read": _has_zone_name,
    "dates in headers are ISO's, also before 1582": lambda c, _: (
        _reads_header_text(c) and bool(_OLD_DATE.search(_text_in_headers(c)) or "0-00" in _text_in_headers(c))
    ),
    "a date before 1970 is a date": _is_old_temporal,
    "a field is renamed from where it was, not from where another of that name would have been": _reverse_lookup,
    "more names of character sets are known, some others not": lambda c, o: (
        _name(c) == "StringConverter" and ("Unsupported encoding" in c.note or "no character set" in o.got)
    ),
    "zero keeps its sign in JSON": lambda c, _: _name(c) == "JsonConverter" and "-0.0" in str(c.input),
    "a date is no number of milliseconds, a time no number of days": lambda c, o: (
        c.input.get("fn") in ("convertToDate", "convertToTime") and "cannot be converted to a number" in o.got
    ),
    "bytes are base64 as text, not an address in memory": lambda c, o: (
        _name(c) == "StringConverter" and "$bytes" in str(c.input.get("value"))
    ),
    "maps and structs are no keys of maps": lambda _, o: "cannot have structs or maps as keys" in o.got,
    "which weekday of the month it is counts on over the days left out in October 1582": lambda c, _: (
        "F" in c.config.get("format", "") and "-122192928" in str(c.input)
    ),
    "characters beyond U+FFFF are not escaped in JSON": lambda c, o: (
        _name(c) == "JsonConverter" and "\\\\uD83D" in o.expected
    ),
    "a FLOAT32 is read by way of a double": lambda c, _: "3.4028235677973366e+38" in str(c.input),
    "years before 1 have a week year like others": lambda c, o: (
        _name(c) in ("TimestampConverter", "TimestampRouter") and "Y" in c.config.get("format", "") and c.error is None
    ),
    "what Java fails to infer has no schema": lambda c, _: c.input.get("fn") == "inferSchema" and c.error is not None,
    "a text that is an instant is a date only when cut to one": lambda c, _: c.input.get("fn") == "convertToDate",
    "a time beyond a day is no date": lambda c, _: _reads_header_text(c) and "25:61" in str(c.input),
    "dates as keys of maps are Python's dates": lambda _, o: '"$map": [' in o.expected and "$timestamp" in o.expected,
    "how many characters stand for malformed bytes": lambda c, o: (
        _name(c) == "StringConverter" and "\ufffd" in o.expected and "\ufffd" in o.got
    ),
    "a field named twice for a key with schema is a mistake": lambda c, o: (
        _name(c) == "ValueToKey" and "field name duplication" in o.got
    ),
    "an empty path fails at once, not with the first record": lambda c, o: (
        _name(c) == "ExtractField" and "An empty path" in o.got
    ),
}
