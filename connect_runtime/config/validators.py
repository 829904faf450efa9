"""Checks of parsed values, with Kafka's own wording. Combine them with `all_of`; make your own with `check`.

What each says about ``None`` is part of its contract: validation hands ``None`` to it when a value is missing or cannot
be parsed.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from connect_runtime.config.key import Validator
from connect_runtime.config.parsing import invalid_value
from connect_runtime.config.regex import compile_regex
from connect_runtime.errors import ConfigError

__all__ = [
    "Check",
    "all_of",
    "at_least",
    "at_most",
    "at_most_items",
    "between",
    "check",
    "compile_regex",
    "distinct_items",
    "if_set",
    "instantiable_subclass_of",
    "items_of",
    "non_empty_items",
    "non_empty_list",
    "non_empty_string",
    "non_empty_string_without_control_chars",
    "non_null",
    "one_of",
    "one_of_ignoring_case",
    "regex",
    "unique_items",
]


_CONTROL_CHARS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Check:
    """A validator made of one question.

    Attributes:
        text: What is valid, for docs.
        reason: Why a value is not, ``None`` when it is.
    """

    text: str
    reason: Callable[[Any], str | None]

    def __call__(self, name: str, value: Any) -> None:
        """Check a value. Raises: ConfigError."""
        if (reason := self.reason(value)) is not None:
            raise invalid_value(name, value, reason)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class _AllOf:
    validators: tuple[Validator, ...]

    def __call__(self, name: str, value: Any) -> None:
        for validator in self.validators:
            validator(name, value)

    def __str__(self) -> str:
        return ", ".join(str(validator) for validator in self.validators)


def all_of(*validators: Validator) -> Validator:
    """Every one of them, in order; the first that fails speaks."""
    return _AllOf(validators)


def check(accepts: Callable[[Any], bool], text: str) -> Check:
    """A check of your own: ``text`` says what is valid, e.g. ``must be a path below /data``. ``None`` passes.

    ``accepts`` says whether a value is good. A `ConfigError` it raises is passed on.
    """
    return Check(text, lambda value: None if value is None or accepts(value) else text)


def if_set(validator: Validator) -> Validator:
    """``None``, or what ``validator`` accepts."""
    return _IfSet(validator)


@dataclass(frozen=True, slots=True)
class _IfSet:
    validator: Validator

    def __call__(self, name: str, value: Any) -> None:
        if value is not None:
            self.validator(name, value)

    def __str__(self) -> str:
        return str(self.validator)


def at_least(minimum: float) -> Check:
    """A number not below ``minimum``; ``None`` fails."""
    return Check(f"[{minimum},...]", lambda value: _out_of_range(value, minimum, None))


def at_most(maximum: float) -> Check:
    """A number not above ``maximum``; ``None`` fails."""
    return Check(f"[...,{maximum}]", lambda value: _out_of_range(value, None, maximum))


def between(minimum: float, maximum: float) -> Check:
    """A number in the range, bounds included; ``None`` fails."""
    return Check(f"[{minimum},...,{maximum}]", lambda value: _out_of_range(value, minimum, maximum))


def one_of(*values: str) -> Check:
    """Exactly one of ``values``; ``None`` fails."""
    text = ", ".join(values)
    return Check(f"[{text}]", lambda value: None if value in values else f"String must be one of: {text}")


def one_of_ignoring_case(*values: str) -> Check:
    """One of ``values`` in any case; ``None`` fails."""
    upper = [value.upper() for value in values]
    text = ", ".join(upper)

    def reason(value: Any) -> str | None:
        good = isinstance(value, str) and value.upper() in upper
        return None if good else f"String must be one of (case insensitive): {text}"

    return Check(f"(case insensitive) [{text}]", reason)


def items_of(*values: str) -> Validator:
    """A list with no other items than ``values``; ``None`` passes."""
    return _ItemsOf(one_of(*values))


@dataclass(frozen=True, slots=True)
class _ItemsOf:
    member: Check

    def __call__(self, name: str, value: Any) -> None:
        for item in value or ():
            self.member(name, item)

    def __str__(self) -> str:
        return str(self.member)


def non_null() -> Check:
    """Anything but ``None``."""
    return Check("non-null", lambda value: "entry must be non null" if value is None else None)


def non_empty_string() -> Check:
    """A string with something in it, or ``None``."""
    return Check("non-empty string", lambda value: "String must be non-empty" if value == "" else None)


def non_empty_string_without_control_chars() -> Check:
    """A string with something in it and no ISO control characters, or ``None``."""

    def reason(value: str | None) -> str | None:
        if value == "":
            return "String may not be empty"
        found = [str(ord(char)) for char in _CONTROL_CHARS.findall(value or "")]
        if found:
            return f"String may not contain control sequences but had the following ASCII chars: {', '.join(found)}"
        return None

    return Check("non-empty string without ISO control characters", reason)


def non_empty_list() -> Check:
    """A list with something in it; ``None`` fails."""
    return Check("non-empty list", lambda value: None if value else "Empty list")


def non_empty_items() -> Check:
    """A list of which no item is empty, or ``None``."""
    return Check(
        "no empty items", lambda value: "Item is empty: is there a comma too many?" if "" in (value or ()) else None
    )


def at_most_items(count: int) -> Check:
    """A list of at most ``count`` items, or ``None``."""
    text = f"exceeds maximum list size of [{count}]."
    return Check(f"list of at most {count} items", lambda value: text if value and len(value) > count else None)


def unique_items(reason: str) -> Check:
    """A list in which nothing comes twice, or ``None``; ``reason`` is what to say otherwise."""
    return Check("unique items", lambda value: reason if value and len(set(value)) < len(value) else None)


def distinct_items() -> Validator:
    """A list of which no item is empty or comes twice, or ``None``."""
    return _DistinctItems()


@dataclass(frozen=True, slots=True)
class _DistinctItems:
    def __call__(self, name: str, value: Sequence[str] | None) -> None:
        items = value or ()
        if len(set(items)) < len(items):
            raise ConfigError(f"Configuration '{name}' values must not be duplicated.", key=name)
        if "" in items:
            raise ConfigError(f"Configuration '{name}' values must not be empty.", key=name)

    def __str__(self) -> str:
        return "distinct, non-empty items"


def regex() -> Check:
    """A regular expression in Java's syntax, as far as `compile_regex` knows it; ``None`` fails."""

    def reason(value: Any) -> str | None:
        try:
            compile_regex(value)
        except (re.error, TypeError) as exc:
            return f"Invalid regex: {'null' if value is None else exc}"
        return None

    return Check("valid regex", reason)


def instantiable_subclass_of(base: type[Any]) -> Validator:
    """A resolved class that is a ``base`` and can be made without arguments; ``None`` or an unresolved name passes."""
    return _InstantiableSubclass(base)


@dataclass(frozen=True, slots=True)
class _InstantiableSubclass:
    base: type[Any]

    def __call__(self, name: str, value: Any) -> None:
        if not isinstance(value, type):
            return
        path = f"{value.__module__}.{value.__qualname__}"
        if not issubclass(value, self.base):
            raise ConfigError(f"Class {path} does not extend the {self.base.__name__} class", key=name)
        if inspect.isabstract(value):
            raise ConfigError(f"{path}: This class is abstract and cannot be created.", key=name)
        if _needs_arguments(value):
            raise ConfigError(f"{path}: Could not find a public no-argument constructor for class", key=name)

    def __str__(self) -> str:
        return f"a concrete {self.base.__name__}"


def _needs_arguments(cls: type[Any]) -> bool:
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = inspect.signature(cls).parameters.values()
    return any(p.default is p.empty and p.kind not in optional for p in parameters)


def _out_of_range(value: Any, minimum: float | None, maximum: float | None) -> str | None:
    if value is None:
        return "Value must be non-null"
    if minimum is not None and value < minimum:
        return f"Value must be at least {minimum}"
    if maximum is not None and value > maximum:
        return f"Value must be no more than {maximum}"
    return None
