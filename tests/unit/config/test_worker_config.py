from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from connect_runtime.config import OverridePolicy, WorkerConfig, WorkerMode
from connect_runtime.config.worker_keys import EMBEDDED_DEFAULTS, PASSED_ON, WORKER_DEF
from connect_runtime.errors import ConfigError

EMBEDDED = {"bootstrap.servers": "embedded"}
ON_KAFKA = {
    "bootstrap.servers": "kafka-1:9092, kafka-2:9092",
    "group.id": "g",
    "config.storage.topic": "c",
    "offset.storage.topic": "o",
    "status.storage.topic": "s",
    "key.converter": "JsonConverter",
    "value.converter": "StringConverter",
}
WITHOUT_EFFECT = {"plugin.path", "plugin.discovery", "rest.extension.classes", "connect.protocol"}


def complaint(props: dict[str, str], mode: WorkerMode = WorkerMode.DISTRIBUTED) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        WorkerConfig.from_props(props, mode)
    return caught.value


def test_the_embedded_broker_needs_no_other_key() -> None:
    config = WorkerConfig.from_props(EMBEDDED)
    assert config.embedded_dir == Path("connect-data")
    assert config.group_id == "connect-cluster"
    assert config.config_storage_replication_factor == 1
    assert config.value_converter.endswith("JsonConverter")
    assert config.listeners == ("http://127.0.0.1:8083",)
    assert config.warnings == ()


def test_given_keys_win_over_the_defaults_of_the_embedded_broker() -> None:
    props = {**EMBEDDED, "group.id": "mine", "listeners": "http://:9000,https://[::1]:9443"}
    config = WorkerConfig.from_props(props)
    assert config.group_id == "mine"
    assert config.listeners == ("http://:9000", "https://[::1]:9443")


def test_the_embedded_brokers_folder_can_be_named() -> None:
    assert WorkerConfig.from_props({"bootstrap.servers": " embedded:/srv/a,b "}).embedded_dir == Path("/srv/a,b")
    assert WorkerConfig.from_props(ON_KAFKA).embedded_dir is None


def test_the_address_the_embedded_broker_got_replaces_its_name() -> None:
    config = WorkerConfig.from_props(EMBEDDED).connected_to("127.0.0.1:4711")
    assert config.bootstrap_servers == ("127.0.0.1:4711",)
    assert config.originals["bootstrap.servers"] == "127.0.0.1:4711"
    assert config.embedded_dir is not None


@pytest.mark.parametrize("key", [key for key in ON_KAFKA if key != "bootstrap.servers"])
def test_on_a_real_kafka_nothing_that_others_could_share_is_guessed(key: str) -> None:
    error = complaint({name: value for name, value in ON_KAFKA.items() if name != key})
    assert error.key == key
    assert str(error).startswith(f'Missing required configuration "{key}" which has no default value. Add it to')
    assert f"{key}={EMBEDDED_DEFAULTS[key]}" in str(error)


def test_durations_become_seconds() -> None:
    config = WorkerConfig.from_props({**ON_KAFKA, "offset.flush.interval.ms": "1500"})
    assert config.offset_flush_interval_s == 1.5
    assert config.scheduled_rebalance_max_delay_s == 300


def test_a_standalone_worker_needs_a_file_for_offsets_but_no_group() -> None:
    props = {key: value for key, value in ON_KAFKA.items() if "storage" not in key and key != "group.id"}
    assert complaint(props, WorkerMode.STANDALONE).key == "offset.storage.file.filename"
    config = WorkerConfig.from_props({**props, "offset.storage.file.filename": "/x"}, WorkerMode.STANDALONE)
    assert config.offset_storage_file_filename == "/x"


def test_a_standalone_worker_on_the_embedded_broker_needs_nothing() -> None:
    assert WorkerConfig.from_props(EMBEDDED, WorkerMode.STANDALONE).offset_storage_file_filename is None


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("offset.flush.interval.ms", "1m", "Invalid value 1m for configuration offset.flush.interval.ms: Not a number"),
        ("offset.flush.interval.ms", "0", "Value must be at least 1"),
        ("listeners", "", "Empty list"),
        ("listeners", "localhost:8083", "every item must be a URL such as http://localhost:8083"),
        ("offset.storage.partitions", "0", "must be positive, or -1 for the broker's default"),
        ("exactly.once.source.support", "yes", "String must be one of (case insensitive): DISABLED"),
        ("rest.advertised.port", "70000", "no more than 65535"),
        ("connector.client.config.override.policy", "Some", "must be All, Allowlist, None or Principal"),
        ("status.storage.topic", "o", "must name three different topics, but are c, o, o"),
        ("inter.worker.verification.algorithms", "HmacSHA512", "must contain inter.worker.signature.algorithm"),
        ("inter.worker.signature.algorithm", "MD5", "String must be one of: HmacSHA1"),
        ("inter.worker.key.size", "39", "Value must be at least 40"),
        ("inter.worker.key.generation.algorithm", "HmacMD5", "String must be one of: HmacSHA1"),
        ("inter.worker.verification.algorithms", "HmacSHA256,HmacMD5", "every item must be one of HmacSHA1"),
        ("heartbeat.interval.ms", "10000", "must be below session.timeout.ms (10000)"),
    ],
)
def test_a_bad_value_is_refused_with_the_reason(key: str, value: str, reason: str) -> None:
    assert reason in str(complaint({**ON_KAFKA, key: value}))


def test_unknown_keys_are_kept_and_found_by_prefix() -> None:
    config = WorkerConfig.from_props({**ON_KAFKA, "producer.acks": "1", "producer.": "x", "house": "blue"})
    assert config.prefixed("producer.") == {"acks": "1"}
    assert config.originals["house"] == "blue"


def test_internal_topics_take_settings_but_not_another_cleanup() -> None:
    config = WorkerConfig.from_props(
        {**ON_KAFKA, "offset.storage.segment.bytes": "1000", "offset.storage.cleanup.policy": "delete"}
    )
    assert config.topic_settings("offset") == {"segment.bytes": "1000"}


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("offset.flush.interval.m", "offset.flush.interval.ms"),
        ("offset.storage.replicaton.factor", "offset.storage.replication.factor"),
        ("security.protocoll", "security.protocol"),
    ],
)
def test_a_misspelled_key_is_a_warning(given: str, meant: str) -> None:
    warnings = WorkerConfig.from_props({**EMBEDDED, given: "1"}).warnings
    assert warnings == (f"Unknown key {given!r} has no effect: did you mean {meant!r}?",)


@pytest.mark.parametrize("given", ["bootstrap.server", "boostrap.servers", "bootstrap_servers"])
def test_a_misspelled_address_is_an_error_and_comes_before_all_others(given: str) -> None:
    error = complaint({given: "kafka-1:9092"})
    assert error.key == given
    assert str(error).startswith(
        f"Unknown key {given!r}: did you mean 'bootstrap.servers'? Without that key the worker would look for Kafka at "
        "localhost:9092."
    )


def test_a_misspelled_key_comes_before_the_one_that_is_missed() -> None:
    props = {key: value for key, value in ON_KAFKA.items() if key != "config.storage.topic"}
    error = complaint({**props, "config.storage.topics": "c"})
    assert error.key == "config.storage.topic"
    assert str(error).startswith(
        "Unknown key 'config.storage.topics' has no effect: did you mean 'config.storage.topic'? Missing required"
    )


def test_keys_for_clients_and_converters_are_no_misspellings() -> None:
    passed_on = dict.fromkeys(PASSED_ON, "1")
    more = {
        "producer.acks": "1",
        "key.converter.schemas.enable": "false",
        "ssl.keystore.key": "",
        "compression.type": "x",
    }
    assert WorkerConfig.from_props({**EMBEDDED, **passed_on, **more}).warnings == ()


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("All", OverridePolicy.ALL),
        ("NoneConnectorClientConfigOverridePolicy", OverridePolicy.NONE),
        (
            "org.apache.kafka.connect.connector.policy.PrincipalConnectorClientConfigOverridePolicy",
            OverridePolicy.PRINCIPAL,
        ),
    ],
)
def test_the_override_policy_may_be_given_as_java_names_it(text: str, policy: OverridePolicy) -> None:
    config = WorkerConfig.from_props({**EMBEDDED, "connector.client.config.override.policy": text})
    assert config.override_policy is policy


def test_every_key_that_has_an_effect_is_an_attribute() -> None:
    attributes = {field.name for field in fields(WorkerConfig)}
    keys = {key.removesuffix(".ms") + "_s" if key.endswith(".ms") else key for key in WORKER_DEF.keys}
    assert {key for key in keys if key.replace(".", "_") not in attributes} == WITHOUT_EFFECT


def test_secrets_do_not_show_when_the_configuration_is_printed() -> None:
    assert "hunter2" not in repr(WorkerConfig.from_props({**EMBEDDED, "producer.sasl.password": "hunter2"}))
