from __future__ import annotations

import pytest

from connect_runtime.config import ConfigResolver
from connect_runtime.config.secrets import KnownSecrets
from tests.support.fake_provider import FakeProvider


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("password=hunter2", "password=${v:p:pw}"),
        ("postgresql://u:hunter2@db/x and hunter2.", "postgresql://u:${v:p:pw}@db/x and ${v:p:pw}."),
        ("hunter22 and ahunter2", "hunter22 and ahunter2"),
        ("hunter2-long", "${v:p:long}"),
        ("a (*) b", "a ${v:p:odd} b"),
        ("nothing", "nothing"),
        ("", ""),
    ],
)
def test_values_are_found_as_whole_words(text: str, shown: str) -> None:
    known = KnownSecrets()
    known.note({"hunter2": "${v:p:pw}", "hunter2-long": "${v:p:long}", "(*)x": "${v:x}"})
    known.note({"(*) b": "${v:p:odd} b"})
    assert known.hide(text) == shown


@pytest.mark.parametrize("value", ["", "abc", "true", "FALSE", "12345", "None", "  "])
def test_values_that_say_nothing_are_let_pass(value: str) -> None:
    known = KnownSecrets()
    known.note({value: "${v:x}"})
    text = f"is {value} or not"
    assert known.hide(text) == text


def test_a_line_end_of_a_value_does_not_matter() -> None:
    known = KnownSecrets()
    known.note({"hunter2\n": "${d:p:pw}"})
    assert known.hide("'hunter2'") == "'${d:p:pw}'"


def test_values_that_have_changed_are_still_hidden() -> None:
    known = KnownSecrets()
    known.note({"hunter2": "${v:pw}"})
    known.note({"hunter3": "${v:pw}"})
    assert known.hide("hunter2 hunter3") == "${v:pw} ${v:pw}"


def test_of_very_many_values_the_oldest_are_forgotten() -> None:
    known = KnownSecrets()
    known.note({f"secret-{number}": "${v:pw}" for number in range(10_001)})
    assert known.hide("secret-0 secret-1 secret-10000") == "secret-0 ${v:pw} ${v:pw}"


def test_a_resolver_hides_what_its_providers_gave() -> None:
    resolver = ConfigResolver({"vault": FakeProvider({"key": "hunter2", "other": "never asked for"})})
    assert resolver.hide("hunter2") == "hunter2"
    resolver.resolve({"a": "${vault:path:key}"})
    assert resolver.hide("hunter2, never asked for") == "${vault:path:key}, never asked for"
