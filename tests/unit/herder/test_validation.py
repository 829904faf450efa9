from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from connect_runtime.config import (
    ConfigDef,
    ConfigKey,
    ConfigResolver,
    ConfigType,
    ConfigValue,
    Password,
    WorkerConfig,
    WorkerMode,
    to_text,
)
from connect_runtime.config.connector_keys import COMMON_CONNECTOR_DEF, SINK_CONNECTOR_DEF, SOURCE_CONNECTOR_DEF
from connect_runtime.errors import BadRequestError, ConfigError, ConnectError, NotFoundError, PluginNotFoundError
from connect_runtime.herder.api import ConfigCheck, ConfigEntry
from connect_runtime.herder.validation import ConfigValidator
from connect_runtime.plugins import Plugin, PluginRegistry
from connect_runtime.sdk import ExactlyOnceSupport
from tests.support.fake_plugins import (
    HasHeader,
    Letters,
    MaskField,
    PipeConnector,
    WeatherSinkConnector,
    WeatherSourceConnector,
    WordConverter,
)
from tests.support.fake_provider import FakeProvider

Config = Mapping[str, str | None]
HERE = "tests.support.fake_plugins"
POLICY = "connector.client.config.override.policy"
NOT_FOUND = "Invalid value Nothing for configuration value.converter: Class Nothing could not be found."
ENDPOINT = "`/connector-plugins/{connectorType}/config/validate`"
NULL = "Null value can not be supplied as the configuration value."
SOURCE: dict[str, str | None] = {"name": "w1", "connector.class": "WeatherSource", "station": "VIE"}
SINK: dict[str, str | None] = {"name": "s1", "connector.class": "WeatherSink", "topics": "a,b"}
MASK: dict[str, str | None] = {"transforms": "m", "transforms.m.type": "MaskField", "transforms.m.fields": "x"}


class Moody(WeatherSourceConnector):
    """Refuses the station that is called like the error it raises, and adds a key nobody defined."""

    def validate(self, config: Mapping[str, str]) -> list[ConfigValue]:
        match config.get("station"):
            case "config error":
                raise ConfigError("no such station", key="station")
            case "nameless error":
                raise ConfigError("out of order")
            case "bug":
                raise ZeroDivisionError("1/0")
            case _:
                return [ConfigValue("sky", "grey", errors=("is grey",)), ConfigValue("poll.seconds", 5)]

    def exactly_once_support(self, config: Mapping[str, str]) -> ExactlyOnceSupport | None:
        return {"yes": ExactlyOnceSupport.SUPPORTED, "no": ExactlyOnceSupport.UNSUPPORTED}.get(config["station"])


class Unmakeable(WeatherSourceConnector):
    """Cannot be made."""

    def __init__(self) -> None:
        raise OSError("no socket")


class BrokenMask(MaskField):
    """A transform whose keys cannot be had."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        raise RuntimeError("no keys")


REGISTRY = PluginRegistry(
    [
        Plugin(WeatherSourceConnector, "1.4.2", aliases=("com.acme.RainSourceConnector",)),
        Plugin(WeatherSinkConnector),
        Plugin(PipeConnector, "1.4.2"),
        Plugin(Moody),
        Plugin(Unmakeable),
        Plugin(WordConverter, "2.0"),
        Plugin(Letters, "2.1"),
        Plugin(MaskField, "0.3"),
        Plugin(BrokenMask),
        Plugin(HasHeader),
    ]
)


def validator(
    mode: WorkerMode = WorkerMode.DISTRIBUTED, worker: Mapping[str, str] = MappingProxyType({})
) -> ConfigValidator:
    props = {"bootstrap.servers": "embedded", "key.converter": "Letters", "value.converter": "Word"}
    props |= {"header.converter": "Word", **worker}
    resolver = ConfigResolver({"vault": FakeProvider({"key": "hunter2", "station": "GRZ", "class": "WeatherSource"})})
    return ConfigValidator(lambda: REGISTRY, WorkerConfig.from_props(props, mode), resolver)


def check(config: Config, worker: Mapping[str, str] = MappingProxyType({})) -> ConfigCheck:
    return validator(worker=worker).validate_for("", config)


def entry(found: ConfigCheck, name: str) -> ConfigEntry:
    (only,) = [item for item in found.configs if name in (_name(item.definition), _name(item.value))]
    return only


def _name(named: ConfigKey | ConfigValue | None) -> str | None:
    return None if named is None else named.name


def value(found: ConfigCheck, name: str) -> ConfigValue:
    only = entry(found, name).value
    assert only is not None
    return only


def definition(found: ConfigCheck, name: str) -> ConfigKey:
    only = entry(found, name).definition
    assert only is not None
    return only


def errors(found: ConfigCheck) -> dict[str, list[str]]:
    values = [item.value for item in found.configs if item.value is not None]
    return {item.name: list(item.errors) for item in values if item.errors}


def names(found: ConfigCheck) -> list[str]:
    return [name for item in found.configs if (name := _name(item.definition) or _name(item.value))]


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


def test_variables_are_resolved_before_the_check() -> None:
    assert value(check({**SOURCE, "station": "${vault:station}"}), "station").value == "GRZ"


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
    found = check({**SOURCE, "connector.class": f"{__name__}.Moody"})
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
    found = check({**SOURCE, "connector.class": f"{__name__}.Moody", "station": station})
    assert errors(found) == {key: [text]}


def test_a_bug_in_a_connector_is_named_with_the_connector() -> None:
    with pytest.raises(ConnectError, match=r"Moody failed to validate its configuration: ZeroDivisionError: 1/0"):
        check({**SOURCE, "connector.class": f"{__name__}.Moody", "station": "bug"})
    with pytest.raises(ConnectError, match=r"Cannot make a .*Unmakeable: OSError: no socket"):
        check({**SOURCE, "connector.class": f"{__name__}.Unmakeable"})


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
    ],
)
def test_exactly_once_can_be_insisted_on(station: str, support: str, texts: list[str]) -> None:
    config = {**SOURCE, "connector.class": f"{__name__}.Moody", "station": station, "exactly.once.support": "Required"}
    found = errors(check(config, {"exactly.once.source.support": support})).get("exactly.once.support", [])
    assert len(found) == len(texts)
    assert all(text.startswith(start) for text, start in zip(found, texts, strict=True))


def test_transaction_boundaries_are_not_the_connectors_to_set() -> None:
    assert list(errors(check({**SOURCE, "transaction.boundary": "connector"}))) == ["transaction.boundary"]


# -- transforms and predicates -----------------------------------------------------------------------------------------


def test_an_alias_brings_the_keys_of_its_plugin() -> None:
    found = check({**SOURCE, **MASK, "predicates": "h", "predicates.h.type": "HasHeader", "predicates.h.name": "x"})
    assert found.error_count == 0
    own = [name for name in names(found) if name.startswith(("transforms.", "predicates."))]
    assert own == [
        "transforms.m.type",
        "transforms.m.plugin.version",
        "transforms.m.fields",
        "transforms.m.negate",
        "transforms.m.predicate",
        "transforms.m.replacement",
        "predicates.h.type",
        "predicates.h.plugin.version",
        "predicates.h.name",
    ]
    assert found.groups[7:10] == ["Transforms: m", "Transforms: m: Look", "Predicates: h"]
    type_ = definition(found, "transforms.m.type")
    assert (type_.order, type_.display_name) == (0, "Transformation type for m")
    assert value(found, "transforms.m.type").value is MaskField
    assert value(found, "transforms.m.type").recommended_values == (f"{HERE}.MaskField", f"{__name__}.BrokenMask")
    assert definition(found, "transforms.m.negate").type is ConfigType.BOOLEAN
    assert value(found, "transforms.m.plugin.version").value == "0.3"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"transforms.m.type": "Nothing"}, {"transforms.m.type": 2}),
        ({"transforms.m.type": "HasHeader"}, {"transforms.m.type": 1}),
        ({"transforms.m.type": f"{__name__}.BrokenMask"}, {"transforms.m.type": 1}),
        ({"transforms": "m,,m"}, {"transforms": 1, "transforms..type": 2}),
        ({"transforms.m.negate": "false"}, {"transforms.m.type": 1}),
        ({"transforms.m.negate": "false", "transforms.m.predicate": "p"}, {}),
        ({"transforms.m.negate": "maybe", "transforms.m.predicate": "p"}, {"transforms.m.negate": 1}),
        ({"transforms.m.fields": ""}, {"transforms.m.fields": 1}),
        ({"transforms.m.plugin.version": "[0.3,1)"}, {}),
        ({"transforms.m.plugin.version": "9"}, {"transforms.m.type": 1, "transforms.m.plugin.version": 1}),
        ({"transforms.m.plugin.version": "[9,"}, {"transforms.m.plugin.version": 1}),
    ],
)
def test_errors_of_an_alias_are_counted_one_by_one(changes: Config, expected: dict[str, int]) -> None:
    found = check({**SOURCE, **MASK, **changes})
    assert {key: len(texts) for key, texts in errors(found).items()} == expected
    assert found.error_count == sum(expected.values())


def test_an_unknown_transform_is_reported_alone() -> None:
    found = check({**SOURCE, **MASK, "transforms.m.type": "Nothing"})
    assert errors(found)["transforms.m.type"] == [
        "Invalid value Nothing for configuration transforms.m.type: Class Nothing could not be found.",
        "Invalid value null for configuration transforms.m.type: Not a Transformation",
    ]
    assert "transforms.m.fields" not in names(found)


# -- converters --------------------------------------------------------------------------------------------------------


def test_converters_default_to_the_workers() -> None:
    found = check(SOURCE)
    assert value(found, "key.converter").value is Letters
    assert to_text(ConfigType.CLASS, definition(found, "value.converter").default) == f"{HERE}.WordConverter"
    assert value(found, "key.converter.plugin.version").value == "2.1"
    assert value(found, "key.converter.plugin.version").recommended_values == ("2.1",)
    assert not any(name.endswith("word.size") for name in names(found))


def test_a_converter_of_the_connector_brings_its_keys() -> None:
    config = {**SOURCE, "value.converter": "Word", "header.converter": "Word", "key.converter": "Letters"}
    found = check({**config, "value.converter.word.size": "0", "header.converter.word.size": "x"})
    assert names(found)[-2:] == ["header.converter.word.size", "value.converter.word.size"]
    assert found.groups[-1] == "Words"
    assert definition(found, "value.converter.word.size").display_name == "word.size"
    assert {key: len(texts) for key, texts in errors(found).items()} == {
        "header.converter.word.size": 2,
        "value.converter.word.size": 1,
    }
    assert found.error_count == 2


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"value.converter": "Nothing"},
            {
                "value.converter": NOT_FOUND,
            },
        ),
        (
            {"header.converter": "Letters"},
            {"header.converter": f"Class {HERE}.Letters does not extend the HeaderConverter class"},
        ),
        (
            {"value.converter": "Word", "value.converter.plugin.version": "[1,"},
            {
                "value.converter.plugin.version": "Invalid value [1, for configuration value.converter.plugin.version: "
                "'[1,' is no version range; write e.g. [1.2,2) or 1.2.3"
            },
        ),
    ],
)
def test_a_converter_that_cannot_be_used_is_an_error_of_its_key(changes: Config, expected: dict[str, str]) -> None:
    found = check({**SOURCE, **changes})
    assert errors(found) == {key: [text] for key, text in expected.items()}


def test_a_converter_version_that_is_not_installed_is_an_error_of_class_and_version() -> None:
    found = check({**SOURCE, "key.converter.plugin.version": "9"})
    assert sorted(errors(found)) == ["key.converter", "key.converter.plugin.version"]
    assert found.error_count == 2


def test_the_version_of_a_converter_that_cannot_be_loaded_is_invisible() -> None:
    assert not value(check(SOURCE, {"header.converter": "Nothing"}), "header.converter.plugin.version").visible


# -- the connector's version -------------------------------------------------------------------------------------------


def test_a_connector_of_another_version_leaves_only_the_common_keys() -> None:
    found = check({**SOURCE, "connector.plugin.version": "[2,)"})
    assert names(found) == list(COMMON_CONNECTOR_DEF.keys)
    assert found.error_count == 2
    assert sorted(errors(found)) == ["connector.class", "connector.plugin.version"]
    assert value(found, "key.converter").value is None


def test_a_connector_version_that_is_none_is_refused() -> None:
    with pytest.raises(BadRequestError, match="no version range"):
        check({**SOURCE, "connector.plugin.version": "[2,"})


# -- client overrides --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "listed"),
    [
        (SOURCE, ["producer"]),
        ({**SOURCE, "topic.creation.default.partitions": "1"}, ["producer", "admin"]),
        (SINK, ["consumer"]),
        ({**SINK, "errors.deadletterqueue.topic.name": "dead"}, ["producer", "consumer", "admin"]),
    ],
)
def test_only_clients_that_a_connector_has_are_checked(config: Config, listed: list[str]) -> None:
    overrides = {f"{client}.override.client.id": "me" for client in ("producer", "consumer", "admin")}
    found = check({**config, **overrides}, {POLICY: "None"})
    keys = [f"{client}.override.client.id" for client in listed]
    assert [name for name in names(found) if ".override." in name] == keys
    assert found.error_count == len(listed)
    (text,) = errors(found)[keys[0]]
    assert text == f"The 'None' policy does not allow '{keys[0]}' to be overridden in the connector configuration."


def test_the_principal_policy_lets_only_the_login_change() -> None:
    config = {**SOURCE, "producer.override.security.protocol": "PLAINTEXT", "producer.override.acks": "1"}
    policy = "org.apache.kafka.connect.connector.policy.PrincipalConnectorClientConfigOverridePolicy"
    found = check(config, {POLICY: policy})
    assert list(errors(found)) == ["producer.override.acks"]


def test_every_override_that_no_client_accepts_is_an_error_of_its_key() -> None:
    config = {**SINK, "consumer.override.auto.offset.reset": "never", "consumer.override.max.poll.records": "many"}
    found = check(config)
    assert sorted(errors(found)) == ["consumer.override.auto.offset.reset", "consumer.override.max.poll.records"]
    assert found.error_count == 2


def test_secrets_among_overrides_are_passwords() -> None:
    found = check({**SOURCE, "producer.override.ssl.key.password": "hunter2"})
    assert value(found, "producer.override.ssl.key.password").value == Password("hunter2")


# -- creating ----------------------------------------------------------------------------------------------------------


def test_a_request_to_create_is_refused_with_all_errors() -> None:
    with pytest.raises(BadRequestError) as caught:
        validator().require_valid({**SOURCE, "tasks.max": "zero", "poll.seconds": "0"})
    assert str(caught.value).split("\n") == [
        "Connector configuration is invalid and contains the following 3 error(s):",
        "Invalid value zero for configuration tasks.max: Not a number of type INT",
        "Invalid value null for configuration tasks.max: Value must be non-null",
        "Invalid value 0 for configuration poll.seconds: Value must be at least 1",
        f"You can also find the above list of errors at the endpoint {ENDPOINT}",
    ]


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ({"task.max": "2"}, "Unknown key 'task.max' has no effect: did you mean 'tasks.max'?"),
        ({"poll.second": "2"}, "Unknown key 'poll.second' has no effect: did you mean 'poll.seconds'?"),
        ({"value.converter.word.size": "2"}, "value.converter.word.size has no effect without value.converter"),
        ({"value.converter": "Word", "value.converter.word.sizes": "2"}, "did you mean 'value.converter.word.size'?"),
        ({"transforms.x.type": "MaskField"}, "transforms.x.type has no effect: transforms does not list"),
        ({**MASK, "transforms.m.predicate": "p"}, "transforms.m.predicate names p, which predicates does not list"),
        ({"producer.override.ackss": "1"}, "did you mean producer.override.acks?"),
    ],
)
def test_keys_without_effect_are_warnings_of_a_valid_configuration(
    caplog: pytest.LogCaptureFixture, changes: Config, warning: str
) -> None:
    validator().require_valid({**SOURCE, **changes})
    (record,) = caplog.records
    assert record.getMessage().startswith("Configuration of connector w1: ")
    assert warning in record.getMessage()


def test_a_plain_configuration_has_no_warnings(caplog: pytest.LogCaptureFixture) -> None:
    validator().require_valid({**SOURCE, **MASK, "house": "blue", "topic.creation.default.partitions": "1"})
    assert caplog.records == []


# -- a plugin's keys ---------------------------------------------------------------------------------------------------


def test_a_connectors_keys_come_before_the_frameworks() -> None:
    keys = {key.name: key for key in validator().plugin_config_def("WeatherSource")}
    assert list(keys)[:4] == ["station", "poll.seconds", "api.key", "name"]
    assert len(keys) == 3 + 24
    assert keys["connector.plugin.version"].default == "1.4.2"
    assert keys["key.converter"].default is None
    assert keys["key.converter.plugin.version"].default is None


def test_a_connectors_own_declaration_of_a_framework_key_counts() -> None:
    keys = [key for key in validator().plugin_config_def("Pipe") if key.name == "tasks.max"]
    assert [key.doc for key in keys] == ["Pipes."]


@pytest.mark.parametrize(
    ("plugin", "keys"), [("Word", ["word.size"]), ("MaskField", ["replacement", "fields", "negate"]), ("Letters", [])]
)
def test_other_plugins_have_their_own_keys_only(plugin: str, keys: list[str]) -> None:
    assert [key.name for key in validator().plugin_config_def(plugin)] == keys


def test_an_unknown_plugin_is_not_found() -> None:
    with pytest.raises(NotFoundError, match=r"^Unknown plugin Nothing\.$"):
        validator().plugin_config_def("Nothing")
