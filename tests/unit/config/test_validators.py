from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import pytest

from connect_runtime.config import Password, Validator, validators
from connect_runtime.errors import ConfigError


class Base(ABC):
    @abstractmethod
    def run(self) -> None: ...


class Good(Base):
    def run(self) -> None: ...


class Needy(Good):
    def __init__(self, must: int) -> None: ...


def complaint(validator: Validator, value: Any) -> str | None:
    """What is said about a value, without the words that tell the value."""
    try:
        validator("k", value)
    except ConfigError as exc:
        return str(exc).rsplit(" for configuration k: ", 1)[-1]
    return None


@pytest.mark.parametrize(
    ("validator", "value", "expected"),
    [
        (validators.at_least(1), 1, None),
        (validators.at_least(1), 0, "Value must be at least 1"),
        (validators.at_least(1), None, "Value must be non-null"),
        (validators.at_most(5), 6, "Value must be no more than 5"),
        (validators.between(1, 5), 5, None),
        (validators.between(1, 5), 0, "Value must be at least 1"),
        (validators.between(1, 5), 6, "Value must be no more than 5"),
        (validators.one_of("none", "all"), "all", None),
        (validators.one_of("none", "all"), "ALL", "String must be one of: none, all"),
        (validators.one_of("none", "all"), None, "String must be one of: none, all"),
        (validators.one_of_ignoring_case("poll", "interval"), "Poll", None),
        (validators.one_of_ignoring_case("poll"), "x", "String must be one of (case insensitive): POLL"),
        (validators.one_of_ignoring_case("poll"), None, "String must be one of (case insensitive): POLL"),
        (validators.if_set(validators.at_least(1)), None, None),
        (validators.if_set(validators.at_least(1)), 0, "Value must be at least 1"),
        (validators.items_of("a", "b"), ["a", "b"], None),
        (validators.items_of("a"), ["a", "c"], "String must be one of: a"),
        (validators.items_of("a"), None, None),
        (validators.non_null(), None, "entry must be non null"),
        (validators.non_null(), "", None),
        (validators.non_empty_string(), "", "String must be non-empty"),
        (validators.non_empty_string(), None, None),
        (validators.non_empty_string_without_control_chars(), "", "String may not be empty"),
        (validators.non_empty_string_without_control_chars(), None, None),
        (
            validators.non_empty_string_without_control_chars(),
            "a\n\tb",
            "String may not contain control sequences but had the following ASCII chars: 10, 9",
        ),
        (validators.at_most_items(1), ["a"], None),
        (
            validators.at_most_items(1),
            ["a", "b"],
            "exceeds maximum list size of [1].",
        ),
        (validators.non_empty_list(), [], "Empty list"),
        (validators.non_empty_list(), None, "Empty list"),
        (validators.unique_items("Twice."), ["a", "a"], "Twice."),
        (validators.unique_items("Twice."), ["a", "b"], None),
        (validators.distinct_items(), ["a", ""], "Configuration 'k' values must not be empty."),
        (validators.distinct_items(), ["", ""], "Configuration 'k' values must not be duplicated."),
        (validators.distinct_items(), None, None),
        (validators.regex(), "a(b", "Invalid regex: missing ), unterminated subpattern at position 1"),
        (validators.regex(), None, "Invalid regex: null"),
        (validators.regex(), "", None),
        (validators.check(lambda path: path.startswith("/"), "must be absolute"), "/a", None),
        (validators.check(lambda path: path.startswith("/"), "must be absolute"), "a", "must be absolute"),
        (validators.check(lambda path: path.startswith("/"), "must be absolute"), None, None),
        (validators.instantiable_subclass_of(Base), Good, None),
        (validators.instantiable_subclass_of(Base), None, None),
        (validators.instantiable_subclass_of(Base), "not.resolved", None),
        (validators.instantiable_subclass_of(Base), str, "Class builtins.str does not extend the Base class"),
        (
            validators.instantiable_subclass_of(Base),
            Base,
            f"{__name__}.Base: This class is abstract and cannot be created.",
        ),
        (
            validators.instantiable_subclass_of(Base),
            Needy,
            f"{__name__}.Needy: Could not find a public no-argument constructor for class",
        ),
    ],
)
def test_validators_say_what_kafka_says(validator: Validator, value: Any, expected: str | None) -> None:
    assert complaint(validator, value) == expected


@pytest.mark.parametrize(
    ("validator", "value", "shown"),
    [
        (validators.non_empty_list(), [], "[]"),
        (validators.unique_items("Twice."), ["a", "a"], "[a, a]"),
        (validators.items_of("a"), ["a", "c"], "c"),
        (validators.non_null(), None, "null"),
        (validators.at_least(1), 0, "0"),
        (validators.check(lambda _: False, "never"), True, "true"),
        (validators.check(lambda _: False, "never"), Password("hunter2"), "[hidden]"),
    ],
)
def test_the_message_names_key_and_value(validator: Validator, value: Any, shown: str) -> None:
    with pytest.raises(ConfigError) as caught:
        validator("k", value)
    assert caught.value.key == "k"
    assert str(caught.value).startswith(f"Invalid value {shown} for configuration k: ")


def test_of_several_validators_the_first_that_fails_speaks() -> None:
    both = validators.all_of(validators.non_null(), validators.unique_items("Duplicate alias provided."))
    assert complaint(both, None) == "entry must be non null"
    assert complaint(both, ["a"]) is None
    assert str(both) == "non-null, unique items"


def test_validators_describe_themselves_for_docs() -> None:
    assert str(validators.at_least(1)) == "[1,...]"
    assert str(validators.one_of("none", "all")) == "[none, all]"
    assert str(validators.instantiable_subclass_of(Base)) == "a concrete Base"
