"""Properties that have no effect, are refused, or are brought within limits."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from connect_runtime.errors import ConfigError
from connect_runtime.kafka.layers import ClientSettings
from connect_runtime.kafka.settings import admin_settings, consumer_settings, internal_admin_settings, producer_settings

WORKER = {"bootstrap.servers": "kafka:9092"}


def producer(worker: Mapping[str, str] | None = None, **connector: str) -> ClientSettings:
    overrides = {f"producer.override.{name.replace('_', '.')}": value for name, value in connector.items()}
    return producer_settings({**WORKER, **(worker or {})}, overrides, "id")


def consumer(**connector: str) -> ClientSettings:
    overrides = {f"consumer.override.{name.replace('_', '.')}": value for name, value in connector.items()}
    return consumer_settings(WORKER, overrides, "id", "connect-c")


def test_the_level_of_the_codec_in_use_counts() -> None:
    levels = {"producer.compression.gzip.level": "9", "producer.compression.zstd.level": "3"}

    assert producer({**levels, "producer.compression.type": "zstd"}).conf["compression.level"] == "3"
    assert producer({**levels, "producer.compression.type": "gzip"}).conf["compression.level"] == "9"
    assert "compression.level" not in producer(levels).conf


def test_without_a_word_go_values_that_ask_for_what_happens_anyway() -> None:
    settings = producer(
        {
            "producer.key.serializer": "org.apache.kafka.common.serialization.ByteArraySerializer",
            "producer.max.block.ms": "9223372036854775807",
            "producer.interceptor.classes": "",
            "producer.ssl.protocol": "TLSv1.3",
            "producer.ssl.engine.factory.class": " ",
        }
    )

    assert settings == producer()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("key.serializer", "converters make and read the bytes"),
        ("interceptor.classes", "Java classes do not run here"),
        ("max.block.ms", "a full queue makes the task wait"),
        ("metrics.context.connect.group.id", "this runtime has metrics of its own"),
        ("sasl.login.connect.timeout.ms", "librdkafka has its own limits"),
        ("fetch.min.bytes", "it is a property of consumers"),
        ("group.id", "it is a property of consumers"),
        ("transactional.id", "the runtime names transactions itself"),
    ],
)
def test_names_without_effect_are_dropped_with_the_reason(name: str, reason: str) -> None:
    settings = producer({f"producer.{name}": "x"})

    assert settings.conf == producer().conf
    (warning,) = settings.worker_warnings
    assert warning.startswith(f"producer.{name} has no effect: {reason}")


@pytest.mark.parametrize(
    "name", ["ssl.engine.factory.class", "sasl.client.callback.handler.class", "sasl.login.class", "security.providers"]
)
@pytest.mark.parametrize("prefix", ["", "admin."])
def test_names_that_decide_whom_to_trust_are_refused_rather_than_dropped(name: str, prefix: str) -> None:
    with pytest.raises(ConfigError, match=f"{prefix}{name} must not be set: Java classes do not run here") as raised:
        admin_settings({**WORKER, f"{prefix}{name}": "acme.Custom"}, {}, "id")
    assert raised.value.key == f"{prefix}{name}"


@pytest.mark.parametrize("name", ["plugin.library.paths", "ssl.engine.location", "sasl.kerberos.kinit.cmd"])
def test_only_the_worker_may_name_code_to_run(name: str) -> None:
    assert producer({f"producer.{name}": "/x"}).conf[name] == "/x"
    with pytest.raises(ConfigError, match=f"producer.override.{name} must not be set: it runs code on the worker"):
        producer_settings(WORKER, {f"producer.override.{name}": "/x"}, "id")


def test_unknown_names_are_dropped_with_a_hint_at_the_nearest() -> None:
    settings = producer({"producer.retires": "3"}, lingger_ms="1", nothing_like_it="x")

    assert settings.conf == producer().conf
    assert settings.worker_warnings == (
        (
            "producer.retires has no effect: no Kafka producer has a property of that name; did you mean "
            "producer.retries?"
        ),
    )
    assert settings.warnings == (
        (
            "producer.override.lingger.ms has no effect: no Kafka producer has a property of that name; "
            "did you mean producer.override.linger.ms?"
        ),
        "producer.override.nothing.like.it has no effect: no Kafka producer has a property of that name",
    )


def test_a_misspelt_way_to_log_in_is_told_of_the_worker_too() -> None:
    (warning,) = internal_admin_settings({**WORKER, "sasl.mechanim": "PLAIN"}, "id").worker_warnings

    assert warning.endswith("did you mean sasl.mechanism?")


def test_what_librdkafka_cannot_do_is_brought_within_its_limits_with_a_warning() -> None:
    settings = consumer(max_poll_interval_ms="2147483647")

    assert settings.conf["max.poll.interval.ms"] == "86400000"
    assert settings.warnings == (
        "consumer.override.max.poll.interval.ms=2147483647 is beyond what librdkafka can do: 86400000 is used",
    )
