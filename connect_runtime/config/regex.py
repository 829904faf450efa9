r"""Regular expressions as users of Kafka Connect write them, which is Java's way, run by Python's ``re``.

Translated: named groups ``(?<n>..)`` and ``\k<n>``, quoting ``\Q..\E``, ``\z`` and ``\Z``, ``\h``, ``\R``, the POSIX
classes ``\p{Alpha}`` and kin. ``\d``, ``\w``, ``\s``, ``\b`` know ASCII only, as in Java. Not known to ``re`` and
refused with a message: Unicode classes (``\p{IsGreek}``), class intersection (``[a-z&&[^x]]``), ``\G``, ``\X``.
"""

from __future__ import annotations

import re

__all__ = ["compile_regex"]

_POSIX = {
    "Lower": "a-z",
    "Upper": "A-Z",
    "ASCII": r"\x00-\x7f",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Punct": r"!-/:-@\[-`{-~",
    "Graph": "!-~",
    "Print": " -~",
    "Blank": r" \t",
    "Cntrl": r"\x00-\x1f\x7f",
    "XDigit": "0-9a-fA-F",
    "Space": r" \t\n\x0b\f\r",
}
_HORIZONTAL = r" \t\xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000"
_TOKEN = re.compile(
    r"\\Q(?P<quoted>.*?)(?:\\E|\Z)|\\[pP]\{(?P<property>[^}]*)\}|\\k<(?P<backref>\w+)>|\\(?P<escape>.)"
    r"|\(\?<(?P<group>[a-zA-Z]\w*)>|(?P<open>\[\^?\]?)|(?P<close>\])|(?P<meet>&&)|(?P<doubled>--|~~|\|\|)",
    re.DOTALL,
)


def compile_regex(pattern: str) -> re.Pattern[str]:
    """A pattern for a regular expression in Java's syntax.

    Raises:
        re.error: It is wrong, or uses something that Python's ``re`` cannot do.
    """
    try:
        return re.compile(_translated(pattern), re.ASCII)
    except (OverflowError, RecursionError) as exc:
        raise re.error(str(exc), pattern) from exc


def _translated(pattern: str) -> str:
    parts, position, in_class = [], 0, False
    for token in _TOKEN.finditer(pattern):
        parts.append(pattern[position : token.start()])
        parts.append(_in_class(token) if in_class else _outside(token))
        in_class = (in_class or token["open"] is not None) and token["close"] is None
        position = token.end()
    return "".join(parts) + pattern[position:]


def _outside(token: re.Match[str]) -> str:
    match token.lastgroup:
        case "backref":
            return f"(?P={token['backref']})"
        case "group":
            return f"(?P<{token['group']}>"
        case _:
            return _anywhere(token, in_class=False)


def _in_class(token: re.Match[str]) -> str:
    match token.lastgroup:
        case "doubled":  # plain characters to Java; Python keeps them for set operations to come
            return re.escape(token[0])
        case "meet":
            raise re.error("class intersection with && is not supported", token.string, token.start())
        case "open":
            raise re.error("a class inside a class is not supported; escape [ as \\[", token.string, token.start())
        case _:
            return _anywhere(token, in_class=True)


def _anywhere(token: re.Match[str], *, in_class: bool) -> str:
    match token.lastgroup:
        case "quoted":
            return re.escape(token["quoted"])
        case "property":
            return _property(token, in_class=in_class)
        case "escape":
            return _escape(token, in_class=in_class)
        case _:
            return token[0]


def _property(token: re.Match[str], *, in_class: bool) -> str:
    negated = token[0][1] == "P"
    members = _POSIX.get(token["property"])
    if members is None or (in_class and negated):
        raise re.error(f"{token[0]} is not supported here; use ASCII classes", token.string, token.start())
    return members if in_class else f"[{'^' * negated}{members}]"


def _escape(token: re.Match[str], *, in_class: bool) -> str:
    match token["escape"]:
        case "z" if not in_class:
            return r"\Z"
        case "Z" if not in_class:
            return r"(?=\n?\Z)"
        case "h":
            return _HORIZONTAL if in_class else f"[{_HORIZONTAL}]"
        case "R" if not in_class:
            return r"(?:\r\n|[\n\x0b\f\r\x85\u2028\u2029])"
        case _:
            return token[0]
