from __future__ import annotations

import pytest

from connect_runtime.config.connector_keys import COMMON_CONNECTOR_DEF, SINK_CONNECTOR_DEF, SOURCE_CONNECTOR_DEF
from connect_runtime.config.key import ConfigKey

COMMON = [
    "name", "connector.class", "connector.plugin.version", "tasks.max", "tasks.max.enforce", "key.converter",
    "key.converter.plugin.version", "value.converter", "value.converter.plugin.version", "header.converter",
    "header.converter.plugin.version", "transforms", "predicates", "config.action.reload", "errors.retry.timeout",
    "errors.retry.delay.max.ms", "errors.tolerance", "errors.log.enable", "errors.log.include.messages",
]  # fmt: skip
SINK = [
    "topics", "topics.regex", "errors.deadletterqueue.topic.name", "errors.deadletterqueue.topic.replication.factor",
    "errors.deadletterqueue.context.headers.enable",
]  # fmt: skip
SOURCE = [
    "topic.creation.groups", "exactly.once.support", "transaction.boundary", "transaction.boundary.interval.ms",
    "offsets.storage.topic",
]  # fmt: skip
MINIMAL = {"name": "c", "connector.class": "X"}


def errors(props: dict[str, str | None]) -> dict[str, tuple[str, ...]]:
    checked = SINK_CONNECTOR_DEF.validate({**MINIMAL, **props})
    return {value.name: value.errors for value in checked if value.errors}


def test_framework_keys_come_in_connects_order() -> None:
    assert list(COMMON_CONNECTOR_DEF.keys) == COMMON
    assert list(SINK_CONNECTOR_DEF.keys) == COMMON + SINK
    assert list(SOURCE_CONNECTOR_DEF.keys) == COMMON + SOURCE


def test_groups_are_connects() -> None:
    assert SINK_CONNECTOR_DEF.groups == ["Common", "Transforms", "Predicates", "Error Handling"]
    assert SOURCE_CONNECTOR_DEF.groups[4:] == ["Topic Creation", "Exactly Once Support", "offsets.topic"]


def test_places_in_a_group_count_up_without_repeats() -> None:
    common = [key.order for key in COMMON_CONNECTOR_DEF if key.group in ("Common", "Transforms", "Predicates")]
    assert common == list(range(1, 15))
    assert [key.order for key in SINK_CONNECTOR_DEF if key.group == "Error Handling"] == list(range(1, 9))


def test_display_names_are_connects() -> None:
    assert COMMON_CONNECTOR_DEF.keys["errors.retry.delay.max.ms"].display_name == (
        "Maximum Delay Between Retries for Errors"
    )
    assert SOURCE_CONNECTOR_DEF.keys["exactly.once.support"].display_name == "Exactly once support"


@pytest.mark.parametrize("key", [*SOURCE_CONNECTOR_DEF, *SINK_CONNECTOR_DEF], ids=lambda key: key.name)
def test_every_key_is_explained(key: ConfigKey) -> None:
    assert key.doc.endswith(".")
    assert key.group


@pytest.mark.parametrize(
    ("key", "value", "count"),
    [
        ("tasks.max", "abc", 2),
        ("tasks.max", "0", 1),
        ("tasks.max", None, 1),
        ("errors.retry.timeout", "abc", 1),
        ("errors.retry.timeout", "-2", 0),
        ("errors.tolerance", "ALL", 1),
        ("errors.tolerance", None, 1),
        ("transforms", "a,a", 1),
        ("transforms", "t,,u", 0),
        ("topics", ",", 1),
        ("topics", "a,", 1),
        ("topics.regex", "(", 1),
        ("name", "", 1),
        ("errors.deadletterqueue.topic.replication.factor", "0", 0),
    ],
)
def test_errors_of_framework_keys_are_counted_as_connect_counts_them(key: str, value: str | None, count: int) -> None:
    assert len(errors({key: value}).get(key, ())) == count


def test_a_duplicate_alias_is_named_with_the_list() -> None:
    assert errors({"predicates": "p,p"})["predicates"] == (
        "Invalid value [p, p] for configuration predicates: Duplicate alias provided.",
    )


def test_source_keys_take_any_case() -> None:
    values = SOURCE_CONNECTOR_DEF.parse({**MINIMAL, "exactly.once.support": "REQUIRED", "transaction.boundary": "Poll"})
    assert values["transaction.boundary.interval.ms"] is None
