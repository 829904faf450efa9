from __future__ import annotations

from typing import Any

import pytest

from connect_runtime.config import (
    ConfigValue,
    Password,
    WorkerMode,
)
from connect_runtime.config.connector_keys import SINK_CONNECTOR_DEF, SOURCE_CONNECTOR_DEF
from connect_runtime.errors import BadRequestError, ConnectError, PluginNotFoundError
from connect_runtime.herder.api import ConfigEntry
from tests.support.validation import (
    HERE,
    NULL,
    SINK,
    SOURCE,
    VALIDATION,
    Config,
    check,
    definition,
    entry,
    errors,
    names,
    validator,
    value,
)

# -- which connector ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", ["WeatherSource", "WeatherSourceConnector", f"{HERE}.WeatherSourceConnector"])
@pytest.mark.parametrize(
    "asked", ["WeatherSource", "WeatherSourceConnector", f"{HERE}.WeatherSourceConnector", "Source", "RainSource"]
)
def test_a_connector_can_be_asked_for_by_any_of_its_names(named: str, asked: str) -> None:
    found = validator().validate_for(asked, {**SOURCE, "connector.class": named})
    assert found.name == named
    assert found.error_count == 0


def test_a_configuration_of_another_connector_is_refused() -> None:
    with pytest.raises(BadRequestError, match="connector type WeatherSource does not match request type WeatherSink"):
        validator().validate_for("WeatherSink", SOURCE)


@pytest.mark.parametrize("class_", [None, {}])
def test_a_configuration_without_a_class_is_refused_without_showing_it(class_: Any) -> None:
    config = {"name": "w1", "password": "hunter2"} | ({"connector.class": None} if class_ is None else {})
    with pytest.raises(BadRequestError, match="contains no connector type") as caught:
        validator().require_valid(config)
    assert "hunter2" not in str(caught.value)


def test_an_unknown_class_is_answered_with_the_known_ones() -> None:
    message = "^Failed to find any class that implements Connector and which name matches X, available connectors are: "
    with pytest.raises(PluginNotFoundError, match=message):
        validator().require_valid({"connector.class": "X"})


def test_the_class_itself_may_be_a_variable() -> None:
    found = validator().validate_for("${vault:class}", {**SOURCE, "connector.class": "${vault:class}"})
    assert found.name == "WeatherSource"


# -- shape of the answer -----------------------------------------------------------------------------------------------


def test_a_valid_source_has_all_keys_in_connects_order() -> None:
    found = check(SOURCE)
    assert found.error_count == 0
    assert names(found) == [*SOURCE_CONNECTOR_DEF.keys, "station", "poll.seconds", "api.key"]
    assert found.groups == [
        "Common",
        "Transforms",
        "Predicates",
        "Error Handling",
        "Topic Creation",
        "Exactly Once Support",
        "offsets.topic",
        "Weather",
    ]


def test_a_valid_sink_has_all_keys_in_connects_order() -> None:
    found = check(SINK)
    assert found.error_count == 0
    assert names(found) == [*SINK_CONNECTOR_DEF.keys, "file"]


def test_the_example_of_a_bad_configuration_is_answered_as_by_connect() -> None:
    found = check({**SOURCE, "tasks.max": "zero", "station": "", "poll.seconds": "0", "api.key": "${vault:key}"})
    assert found.error_count == 4
    assert errors(found) == {
        "tasks.max": [
            "Invalid value zero for configuration tasks.max: Not a number of type INT",
            "Invalid value null for configuration tasks.max: Value must be non-null",
        ],
        "station": ["Invalid value  for configuration station: String must be non-empty"],
        "poll.seconds": ["Invalid value 0 for configuration poll.seconds: Value must be at least 1"],
    }
    assert value(found, "api.key").value == Password("hunter2")


def test_variables_are_resolved_before_the_check_but_not_in_what_it_shows() -> None:
    found = check({**SOURCE, "station": "${vault:station}", "poll.seconds": "${vault:key}"})
    assert value(found, "station").value == "${vault:station}"
    assert errors(found) == {
        "poll.seconds": [
            "Invalid value ${vault:key} for configuration poll.seconds: Not a number of type INT",
            "Invalid value null for configuration poll.seconds: Value must be non-null",
        ]
    }
    with pytest.raises(BadRequestError) as refused:
        validator().require_valid({**SOURCE, "poll.seconds": "${vault:key}"})
    assert "${vault:key}" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_unknown_keys_do_not_appear() -> None:
    found = check({**SOURCE, "house": "blue"})
    assert "house" not in names(found)
    assert found.error_count == 0


def test_a_key_of_framework_and_connector_has_the_connectors_definition_at_the_frameworks_place() -> None:
    found = check({"name": "p", "connector.class": "Pipe", "tasks.max": "0"})
    assert definition(found, "tasks.max").doc == "Pipes."
    assert errors(found) == {}
    assert names(found).index("tasks.max") == list(SOURCE_CONNECTOR_DEF.keys).index("tasks.max")
    assert names(found)[-1] == "pipe"


def test_what_a_connector_says_about_its_keys_is_taken_as_it_is() -> None:
    found = check({**SOURCE, "connector.class": f"{VALIDATION}.Moody"})
    assert found.configs[0] == ConfigEntry(None, ConfigValue("sky", "grey", errors=("is grey",)))
    assert value(found, "poll.seconds").value == 5
    assert entry(found, "station").value is None
    assert found.error_count == 1


# -- errors of single keys ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({"station": None}, {"station": 2}),
        ({"tasks.max": None}, {"tasks.max": 2}),
        ({"errors.retry.timeout": None}, {"errors.retry.timeout": 1}),
        ({"errors.tolerance": None}, {"errors.tolerance": 2}),
        ({"house": None}, {"house": 1}),
        ({"producer.override.acks": None}, {"producer.override.acks": 1}),
        ({"consumer.override.fetch.min.bytes": None}, {"consumer.override.fetch.min.bytes": 1}),
        ({"key.converter": "Word", "key.converter.word.size": None}, {"key.converter.word.size": 1}),
    ],
)
def test_null_is_no_value(changes: Config, count: dict[str, int]) -> None:
    found = check({**SOURCE, **changes})
    assert {key: len(texts) for key, texts in errors(found).items()} == count
    assert all(texts[-1] == NULL for texts in errors(found).values())
    assert len(names(found)) == len(set(names(found)))


def test_a_name_must_be_there() -> None:
    found = check({key: text for key, text in SOURCE.items() if key != "name"})
    assert errors(found) == {"name": ['Missing required configuration "name" which has no default value.']}


@pytest.mark.parametrize(
    ("station", "key", "text"),
    [("config error", "station", "no such station"), ("nameless error", "connector.class", "out of order")],
)
def test_a_configuration_error_raised_by_a_connector_is_an_error_of_its_key(station: str, key: str, text: str) -> None:
    found = check({**SOURCE, "connector.class": f"{VALIDATION}.Moody", "station": station})
    assert errors(found) == {key: [text]}


def test_a_bug_in_a_connector_is_named_with_the_connector() -> None:
    with pytest.raises(ConnectError, match=r"Moody failed to validate its configuration: ZeroDivisionError: 1/0"):
        check({**SOURCE, "connector.class": f"{VALIDATION}.Moody", "station": "bug"})
    with pytest.raises(ConnectError, match=r"Cannot make a .*Unmakeable: OSError: no socket"):
        check({**SOURCE, "connector.class": f"{VALIDATION}.Unmakeable"})


# -- sinks and sources -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"topics": "", "topics.regex": " "}, {"topics", "topics.regex"}),
        ({"topics": "a", "topics.regex": "b"}, {"topics", "topics.regex"}),
        ({"errors.deadletterqueue.topic.name": "b"}, {"topics"}),
        ({"errors.deadletterqueue.topic.name": "dead"}, set()),
        ({"topics": "", "topics.regex": "d.*", "errors.deadletterqueue.topic.name": "dead"}, {"topics.regex"}),
        ({"topics": "", "topics.regex": "d.*", "errors.deadletterqueue.topic.name": "the dead"}, set()),
        ({"topics": "", "topics.regex": "d(", "errors.deadletterqueue.topic.name": "dead"}, {"topics.regex"}),
        ({"topics": "a,a"}, {"topics"}),
        ({"consumer.override.group.id": "connect-cluster"}, {"consumer.override.group.id"}),
        ({"consumer.override.group.id": "mine"}, set()),
        ({"name": "cluster"}, {"name"}),
    ],
)
def test_a_sink_reads_what_it_may_and_writes_its_dead_letters_elsewhere(changes: Config, expected: set[str]) -> None:
    found = check({**SINK, **changes})
    assert {key: len(texts) for key, texts in errors(found).items()} == dict.fromkeys(expected, 1)
    assert found.error_count == len(expected)


def test_a_standalone_worker_has_no_group_to_conflict_with() -> None:
    found = validator(WorkerMode.STANDALONE).validate_for("WeatherSink", {**SINK, "name": "cluster"})
    assert found.error_count == 0


@pytest.mark.parametrize(
    ("station", "support", "texts"),
    [
        ("yes", "enabled", []),
        ("no", "enabled", ["The connector does not support exactly-once semantics with the provided configuration."]),
        ("yes", "preparing", ["This worker does not have exactly-once source support enabled."]),
        ("maybe", "enabled", ["The connector does not say whether it supports exactly-once semantics."]),
        ("lost", "enabled", ["An unexpected error occurred while the connector was asked whether it supports"]),
    ],
)
def test_exactly_once_can_be_insisted_on(station: str, support: str, texts: list[str]) -> None:
    config = {
        **SOURCE,
        "connector.class": f"{VALIDATION}.Moody",
        "station": station,
        "exactly.once.support": "Required",
    }
    found = errors(check(config, {"exactly.once.source.support": support})).get("exactly.once.support", [])
    assert len(found) == len(texts)
    assert all(text.startswith(start) for text, start in zip(found, texts, strict=True))


@pytest.mark.parametrize(
    ("station", "text"),
    [
        ("yes", None),
        ("no", "The connector does not support defining its own transaction boundaries"),
        ("maybe", "The connector does not say whether it can define its own transaction boundaries"),
        ("lost", "An unexpected error occurred while the connector was asked about transaction boundaries: no answer"),
    ],
)
def test_a_connector_may_set_transaction_boundaries_if_it_can(station: str, text: str | None) -> None:
    config = {**SOURCE, "connector.class": f"{VALIDATION}.Moody", "station": station}
    found = errors(check({**config, "transaction.boundary": "Connector"})).get("transaction.boundary", [])
    assert [one.startswith(text or "-") for one in found] == ([] if text is None else [True])
    assert "transaction.boundary" not in errors(check({**config, "transaction.boundary": "interval"}))


def test_connectors_that_say_nothing_do_not_set_transaction_boundaries() -> None:
    assert list(errors(check({**SOURCE, "transaction.boundary": "connector"}))) == ["transaction.boundary"]


def test_a_standalone_worker_ignores_what_is_said_about_exactly_once() -> None:
    config = {**SOURCE, "transaction.boundary": "connector", "exactly.once.support": "required"}
    assert validator(WorkerMode.STANDALONE).validate_for(str(SOURCE["connector.class"]), config).error_count == 0
