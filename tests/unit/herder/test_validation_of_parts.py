from __future__ import annotations

import pytest

from connect_runtime.config import (
    ConfigType,
    Password,
    to_text,
)
from connect_runtime.config.connector_keys import COMMON_CONNECTOR_DEF
from connect_runtime.errors import BadRequestError, NotFoundError
from connect_runtime.herder.validation_warnings import converter_warnings
from tests.support.fake_plugins import (
    Letters,
    MaskField,
    WordConverter,
)
from tests.support.validation import (
    ENDPOINT,
    HERE,
    MASK,
    NOT_FOUND,
    POLICY,
    SINK,
    SOURCE,
    VALIDATION,
    Config,
    check,
    definition,
    errors,
    names,
    validator,
    value,
)

AVRO = {"value.converter": "Avro", "value.converter.schema.registry.url": "http://registry:8081"}

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
    assert value(found, "transforms.m.type").recommended_values == (f"{HERE}.MaskField", f"{VALIDATION}.BrokenMask")
    assert definition(found, "transforms.m.negate").type is ConfigType.BOOLEAN
    assert value(found, "transforms.m.plugin.version").value == "0.3"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"transforms.m.type": "Nothing"}, {"transforms.m.type": 2}),
        ({"transforms.m.type": "HasHeader"}, {"transforms.m.type": 1}),
        ({"transforms.m.type": f"{VALIDATION}.BrokenMask"}, {"transforms.m.type": 1}),
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


@pytest.mark.parametrize(
    ("changes", "key", "meant"),
    [
        ({"transforms.m.type": "MaskFeld"}, "transforms.m.type", "MaskField"),
        ({"predicates": "p", "predicates.p.type": "HasHeadr"}, "predicates.p.type", "HasHeader"),
        ({"value.converter": "Leters"}, "value.converter", "Letters"),
        ({"header.converter": "WordConvrter"}, "header.converter", "WordConverter"),
    ],
)
def test_a_misspelt_class_is_answered_with_the_nearest_of_its_kind(changes: Config, key: str, meant: str) -> None:
    text = errors(check({**SOURCE, **MASK, **changes}))[key][0]
    assert text.endswith(f"could not be found. Did you mean {meant}?")


def test_an_unknown_transform_is_reported_alone() -> None:
    found = check({**SOURCE, **MASK, "transforms.m.type": "Nothing"})
    assert errors(found)["transforms.m.type"] == [
        "Invalid value Nothing for configuration transforms.m.type: Class Nothing could not be found.",
        "Invalid value null for configuration transforms.m.type: Not a Transformation",
    ]
    assert "transforms.m.fields" not in names(found)


def test_a_misspelt_class_is_told_its_likely_name() -> None:
    found = errors(check({**SOURCE, **MASK, "transforms.m.type": "MaskFeild", "key.converter": "WordConvertr"}))
    assert found["transforms.m.type"][0].endswith("Class MaskFeild could not be found. Did you mean MaskField?")
    assert found["key.converter"][0].endswith("Class WordConvertr could not be found. Did you mean WordConverter?")


def test_a_bad_option_is_named_with_its_alias() -> None:
    with pytest.raises(BadRequestError, match=r"\ntransforms\.m\.fields: Invalid value \[\] for configuration fields"):
        validator().require_valid({**SOURCE, **MASK, "name": "s", "transforms.m.fields": ""})


def test_what_has_less_effect_than_it_looks_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    dead = {"errors.deadletterqueue.topic.name": "dead"}
    validator().require_valid({**SINK, **dead, "errors.tolerance": "all"})
    assert "deadletterqueue" not in caplog.text
    validator().require_valid({**SINK, **dead, "note": "${nobody:x}"})
    assert "errors.deadletterqueue.topic.name gets only the record that fails the task" in caplog.text
    assert "${nobody:x} in note stays as it is: config.providers names no nobody" in caplog.text


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


@pytest.mark.parametrize(
    ("changes", "worker", "listed"),
    [
        ({"offsets.storage.topic": "own"}, {}, ["producer", "consumer", "admin"]),
        ({}, {"exactly.once.source.support": "enabled"}, ["producer", "consumer", "admin"]),
        ({}, {"exactly.once.source.support": "preparing"}, ["producer"]),
    ],
)
def test_sources_with_their_own_offset_clients_have_those_checked_too(
    changes: Config, worker: dict[str, str], listed: list[str]
) -> None:
    overrides = {f"{client}.override.client.id": "me" for client in ("producer", "consumer", "admin")}
    found = check({**SOURCE, **changes, **overrides}, {POLICY: "None", **worker})
    assert list(errors(found)) == [f"{client}.override.client.id" for client in listed]


def test_the_allowlist_policy_lets_only_what_it_lists_change_under_any_name() -> None:
    worker = {POLICY: "Allowlist", "connector.client.config.override.allowlist": "acks, linger.ms"}
    overrides = {"acks": "1", "queue.buffering.max.ms": "5", "batch.size": "9"}
    found = check({**SOURCE, **{f"producer.override.{name}": text for name, text in overrides.items()}}, worker)
    assert list(errors(found)) == ["producer.override.batch.size"]
    assert list(errors(check({**SOURCE, "producer.override.acks": "1"}, {POLICY: "Allowlist"}))) == [
        "producer.override.acks"
    ]


def test_every_override_that_no_client_accepts_is_an_error_of_its_key() -> None:
    bad = {
        "auto.offset.reset": "never",
        "max.poll.records": "many",
        "isolation.level": "read_everything",
        "queued.min.messages": "-5",
        "enable.partition.eof": "maybe",
        "group.id": "",
    }
    found = check({**SINK, **{f"consumer.override.{name}": text for name, text in bad.items()}})
    assert sorted(errors(found)) == sorted(f"consumer.override.{name}" for name in bad)
    assert found.error_count == len(bad)


def test_overrides_are_checked_together_with_the_worker_s_settings() -> None:
    found = check({**SOURCE, "producer.override.acks": "1"}, {"producer.enable.idempotence": "true"})
    (text,) = errors(found)["producer.override.acks"]
    assert "`acks` must be set to `all` when `enable.idempotence` is true (producer.override.acks)" in text


def test_an_override_that_lacks_another_one_is_at_fault() -> None:
    login = {"producer.override.security.protocol": "SASL_SSL", "producer.override.sasl.mechanism": "PLAIN"}
    found = check({**SOURCE, **login})
    ((key, (text,)),) = errors(found).items()
    assert key in login
    assert "sasl.username and sasl.password must be set" in text


def test_certificates_need_not_be_on_the_worker_that_checks() -> None:
    overrides = {"security.protocol": "SSL", "ssl.truststore.location": "/elsewhere/ca.pem"}
    found = check({**SOURCE, **{f"producer.override.{name}": text for name, text in overrides.items()}})
    assert not errors(found)


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
        (
            {**AVRO, "value.converter.auto.register.schema": "false"},
            "auto.register.schema' has no effect: did you mean 'value.converter.auto.register.schemas'?",
        ),
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


def test_a_misspelt_key_is_named_beside_the_error_that_it_causes() -> None:
    with pytest.raises(BadRequestError) as caught:
        validator().require_valid(
            {**SOURCE, "value.converter": "Avro", "value.converter.schema.registry.ur1": "http://registry:8081"}
        )
    assert 'Missing required configuration "value.converter.schema.registry.url"' in str(caught.value)
    assert str(caught.value).endswith(
        "Unknown key 'value.converter.schema.registry.ur1' has no effect: did you mean "
        "'value.converter.schema.registry.url'?"
    )


def test_misspelt_options_of_a_workers_converters_are_warnings() -> None:
    worker = {"value.converter": "Word", "value.converter.word.size": "1", "key.converter.word.sizes": "2"}

    warnings = converter_warnings(worker, {"key.converter": WordConverter, "value.converter": WordConverter})

    assert warnings == ["Unknown key 'key.converter.word.sizes' has no effect: did you mean 'key.converter.word.size'?"]


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
