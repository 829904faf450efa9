"""The table of the Java clients' properties."""

from __future__ import annotations

import pytest

from connect_runtime.kafka.java_properties import JAVA_NAMES, NO_EFFECT, REFUSED, RENAMED, VALUE_NOTES, WORKED_IN, Role
from connect_runtime.kafka.properties import canonical_name, is_known, no_effect, refusal

NAMES = [(role, name) for role in Role for name in sorted(JAVA_NAMES[role])]


@pytest.mark.parametrize(("role", "name"), NAMES)
def test_something_becomes_of_every_property_and_only_one_thing(role: Role, name: str) -> None:
    ours = canonical_name(name)
    has_no_effect = no_effect(role, ours) is not None and not is_known(role, ours)

    assert [is_known(role, ours), has_no_effect, refusal(name, of_connector=False) is not None].count(True) == 1


@pytest.mark.parametrize("table", [RENAMED, WORKED_IN, NO_EFFECT, REFUSED, VALUE_NOTES])
def test_the_tables_speak_of_nothing_else(table: dict[str, object]) -> None:
    assert set(table) <= set().union(*JAVA_NAMES.values())
