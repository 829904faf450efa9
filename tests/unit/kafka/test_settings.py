"""How client settings are put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from connect_runtime.errors import ConfigError
from connect_runtime.kafka.layers import ClientSettings
from connect_runtime.kafka.settings import (
    admin_settings,
    consumer_settings,
    internal_admin_settings,
    internal_consumer_settings,
    internal_producer_settings,
    producer_settings,
)

WORKER = {"bootstrap.servers": "kafka:9092", "group.id": "cluster", "key.converter": "JsonConverter"}


def producer(worker: Mapping[str, str] | None = None, **connector: str) -> ClientSettings:
    overrides = {f"producer.override.{name.replace('_', '.')}": value for name, value in connector.items()}
    return producer_settings({**WORKER, **(worker or {})}, overrides, "id")


def consumer(worker: Mapping[str, str] | None = None, **connector: str) -> ClientSettings:
    overrides = {f"consumer.override.{name.replace('_', '.')}": value for name, value in connector.items()}
    return consumer_settings({**WORKER, **(worker or {})}, overrides, "id", "connect-c")


def test_source_producers_keep_the_order_wait_for_ever_and_place_keys_as_java_does() -> None:
    conf = producer().conf

    assert conf["request.required.acks"] == "all"
    assert conf["enable.idempotence"] == "true"
    assert conf["message.timeout.ms"] == "0"
    assert conf["partitioner"] == "murmur2_random"
    assert conf["compression.codec"] == "none"
    assert (conf["bootstrap.servers"], conf["client.id"]) == ("kafka:9092", "id")


def test_sink_consumers_start_at_the_beginning_and_never_commit_by_themselves() -> None:
    conf = consumer().conf

    assert conf["group.id"] == "connect-c"
    assert conf["auto.offset.reset"] == "earliest"
    assert conf["enable.auto.commit"] == conf["enable.auto.offset.store"] == "false"
    assert conf["isolation.level"] == "read_uncommitted"
    assert conf["partition.assignment.strategy"] == "range"
    assert conf["allow.auto.create.topics"] == "true"
    assert int(conf["fetch.queue.backoff.ms"]) <= 10


def test_the_connector_wins_over_the_worker_and_the_worker_over_the_default() -> None:
    worker = {"producer.linger.ms": "5", "producer.batch.size": "1000"}

    assert producer().conf["queue.buffering.max.ms"] == "10"
    assert producer(worker).conf["queue.buffering.max.ms"] == "5"
    conf = producer(worker, linger_ms="7").conf
    assert (conf["queue.buffering.max.ms"], conf["batch.size"]) == ("7", "1000")


def test_two_names_of_one_property_override_each_other() -> None:
    assert producer({"producer.linger.ms": "5"}, queue_buffering_max_ms="7").conf["queue.buffering.max.ms"] == "7"
    assert producer({"producer.queue.buffering.max.ms": "5"}, linger_ms="7").conf["queue.buffering.max.ms"] == "7"
    conf = producer({"producer.delivery.timeout.ms": "2147483647"}, message_timeout_ms="9").conf
    assert conf["message.timeout.ms"] == "9"


@pytest.mark.parametrize(
    ("name", "value", "ours", "expected"),
    [
        ("acks", "ALL", "request.required.acks", "all"),
        ("buffer.memory", "33554432", "queue.buffering.max.kbytes", "32768"),
        ("buffer.memory", "10", "queue.buffering.max.kbytes", "1"),
        ("queue.buffering.max.kbytes", "4096", "queue.buffering.max.kbytes", "4096"),
        ("compression.type", "ZSTD", "compression.codec", "zstd"),
        ("batch.size", "0", "batch.size", "1"),
        ("connections.max.idle.ms", "-1", "connections.max.idle.ms", "0"),
        ("delivery.timeout.ms", "120000", "message.timeout.ms", "120000"),
        ("delivery.timeout.ms", "2147483647", "message.timeout.ms", "0"),
        ("max.in.flight.requests.per.connection", "1", "max.in.flight.requests.per.connection", "1"),
        ("max.request.size", "5000000", "message.max.bytes", "5000000"),
        ("metadata.max.age.ms", "1000", "topic.metadata.refresh.interval.ms", "1000"),
        ("request.timeout.ms", "60000", "socket.timeout.ms", "60000"),
        ("request.timeout.ms", "2147483647", "socket.timeout.ms", "300000"),
        ("retries", "2147483647", "message.send.max.retries", "2147483647"),
        ("send.buffer.bytes", "-1", "socket.send.buffer.bytes", "0"),
        ("receive.buffer.bytes", "65536", "socket.receive.buffer.bytes", "65536"),
        ("security.protocol", "SASL_SSL", "security.protocol", "sasl_ssl"),
        ("ssl.endpoint.identification.algorithm", "", "ssl.endpoint.identification.algorithm", "none"),
        ("client.id", "mine", "client.id", "mine"),
        ("bootstrap.servers", "other:1, [::1]:9092", "bootstrap.servers", "other:1, [::1]:9092"),
        ("linger.ms", "0.5", "queue.buffering.max.ms", "0.5"),
        ("partitioner.ignore.keys", "true", "partitioner", "random"),
        ("partitioner.ignore.keys", "false", "partitioner", "murmur2_random"),
        ("partitioner.class", "org.apache.kafka.clients.producer.RoundRobinPartitioner", "partitioner", "random"),
        ("partitioner.class", "", "partitioner", "murmur2_random"),
        ("reconnect.backoff.ms", "0", "reconnect.backoff.ms", "0"),
        ("retry.backoff.ms", "0", "retry.backoff.ms", "1"),
        ("sasl.mechanism", "scram-sha-512", "sasl.mechanisms", "SCRAM-SHA-512"),
        ("metadata.recovery.strategy", "NONE", "metadata.recovery.strategy", "none"),
    ],
)
def test_java_names_and_values_are_translated_for_producers(name: str, value: str, ours: str, expected: str) -> None:
    settings = producer({f"producer.{name}": value})

    assert settings.conf[ours] == expected
    assert settings.worker_warnings == ()


@pytest.mark.parametrize(
    ("name", "value", "ours", "expected"),
    [
        ("auto.offset.reset", "none", "auto.offset.reset", "error"),
        ("auto.offset.reset", "latest", "auto.offset.reset", "latest"),
        ("fetch.max.wait.ms", "100", "fetch.wait.max.ms", "100"),
        ("isolation.level", "READ_COMMITTED", "isolation.level", "read_committed"),
        ("max.partition.fetch.bytes", "1000", "fetch.message.max.bytes", "1000"),
        ("max.poll.interval.ms", "1000", "max.poll.interval.ms", "1000"),
        ("fetch.min.bytes", "0", "fetch.min.bytes", "1"),
        ("group.id", "mine", "group.id", "mine"),
        ("group.protocol", "CLASSIC", "group.protocol", "classic"),
        (
            "partition.assignment.strategy",
            (
                "org.apache.kafka.clients.consumer.RangeAssignor, "
                "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"
            ),
            "partition.assignment.strategy",
            "range",
        ),
        (
            "partition.assignment.strategy",
            "org.apache.kafka.clients.consumer.CooperativeStickyAssignor",
            "partition.assignment.strategy",
            "cooperative-sticky",
        ),
    ],
)
def test_java_names_and_values_are_translated_for_consumers(name: str, value: str, ours: str, expected: str) -> None:
    settings = consumer({f"consumer.{name}": value})

    assert settings.conf[ours] == expected
    assert settings.worker_warnings == ()


def test_under_the_newer_group_protocol_the_brokers_choose_who_gets_what() -> None:
    settings = consumer(group_protocol="CONSUMER")

    assert "partition.assignment.strategy" not in settings.conf
    assert settings.rebalances_incrementally
    assert not consumer().rebalances_incrementally
    assert consumer(partition_assignment_strategy="cooperative-sticky").rebalances_incrementally


def test_a_transactional_producer_is_named_by_the_runtime() -> None:
    overrides = {"producer.override.transactional.id": "mine", "producer.override.enable.idempotence": "false"}
    settings = producer_settings(WORKER, overrides, "id", transactional_id="cluster-c-0")

    assert settings.conf["transactional.id"] == "cluster-c-0"
    assert settings.conf["enable.idempotence"] == "true"
    assert len(settings.warnings) == 2


def test_max_poll_records_is_handed_to_whoever_reads() -> None:
    settings = consumer({"consumer.max.poll.records": "50"})

    assert settings.max_poll_records == 50
    assert "max.poll.records" not in settings.conf
    assert consumer().max_poll_records is None


def test_a_consumer_cannot_be_made_to_commit_by_itself() -> None:
    settings = consumer(enable_auto_commit="true")

    assert settings.conf["enable.auto.commit"] == "false"
    assert settings.warnings == ("consumer.override.enable.auto.commit=true has no effect: the runtime needs false",)


@pytest.mark.parametrize(
    "override",
    [{"acks": "1"}, {"retries": "0"}, {"max_in_flight_requests_per_connection": "6"}],
)
def test_idempotence_gives_way_to_wishes_that_exclude_it(override: dict[str, str]) -> None:
    assert producer(None, **override).conf["enable.idempotence"] == "false"


def test_without_idempotence_one_request_at_a_time_keeps_the_order() -> None:
    name = "max.in.flight.requests.per.connection"

    assert producer(acks="1").conf[name] == "1"
    assert producer(enable_idempotence="false").conf[name] == "1"
    assert producer(acks="1", max_in_flight_requests_per_connection="3").conf[name] == "3"
    assert name not in producer().conf


def test_connector_clients_inherit_only_the_servers_of_the_worker() -> None:
    secured = {**WORKER, "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN"}

    for settings in (producer_settings(secured, {}, "id"), consumer_settings(secured, {}, "id", "g")):
        assert "security.protocol" not in settings.conf
        assert "sasl.mechanisms" not in settings.conf


def test_admin_clients_inherit_how_the_worker_connects_but_not_what_is_the_worker_s() -> None:
    worker = {
        **WORKER,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "client.id": "worker",
        "session.timeout.ms": "1",
        "admin.listeners": "http://:1",
        "admin.request.timeout.ms": "1234",
        "offset.flush.interval.ms": "1",
    }
    settings = admin_settings(worker, {"admin.override.sasl.mechanism": "SCRAM-SHA-256"}, "id")

    assert settings.conf["security.protocol"] == "sasl_plaintext"
    assert settings.conf["sasl.mechanisms"] == "SCRAM-SHA-256"
    assert settings.conf["socket.timeout.ms"] == "1234"
    assert settings.conf["client.id"] == "worker"
    assert {"session.timeout.ms", "group.id", "request.timeout.ms"}.isdisjoint(settings.conf)
    assert settings.warnings == settings.worker_warnings == ()
    assert admin_settings({**worker, "client.id": " "}, {}, "id").conf["client.id"] == "id"
    assert internal_admin_settings(worker, "id").conf["client.id"] == "id"


def test_the_worker_s_own_clients_notice_soon_that_an_answer_is_overdue_unless_told_otherwise() -> None:
    for settings_of in INTERNAL:
        assert settings_of(WORKER, "id").conf["socket.timeout.ms"] == "10000"
        assert settings_of({**WORKER, "request.timeout.ms": "25000"}, "id").conf["socket.timeout.ms"] == "25000"
    assert "socket.timeout.ms" not in consumer_settings(WORKER, {}, "id", "group").conf


INTERNAL: list[Callable[[Mapping[str, str], str], ClientSettings]] = [
    internal_admin_settings,
    internal_consumer_settings,
    internal_producer_settings,
]


@pytest.mark.parametrize("compose", INTERNAL)
def test_internal_clients_connect_as_the_worker_does_and_listen_to_nobody_else(
    compose: Callable[[Mapping[str, str], str], ClientSettings],
) -> None:
    worker = {
        **WORKER,
        "security.protocol": "SSL",
        "ssl.truststore.location": "/ca.pem",
        "producer.acks": "0",
        "consumer.isolation.level": "read_uncommitted",
        "admin.client.id": "x",
    }
    settings = compose(worker, "cluster-internal")

    assert settings.conf["security.protocol"] == "ssl"
    assert settings.conf["ssl.ca.location"] == "/ca.pem"
    assert settings.conf["client.id"] == "cluster-internal"
    assert settings.conf.get("request.required.acks", "all") == "all"
    assert settings.conf.get("isolation.level", "read_committed") == "read_committed"
    assert settings.warnings == ()


def test_internal_consumers_name_a_group_that_the_worker_may_use() -> None:
    assert internal_consumer_settings(WORKER, "id").conf["group.id"] == "cluster"
    assert internal_consumer_settings({}, "id").conf["group.id"] == "connect-internal"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("acks", "two"),
        ("batch.size", "big"),
        ("bootstrap.servers", "kafka"),
        ("bootstrap.servers", "kafka:99999"),
        ("buffer.memory", "1MB"),
        ("delivery.timeout.ms", "0"),
        ("delivery.timeout.ms", "soon"),
        ("enable.idempotence", "maybe"),
        ("linger.ms", "-1"),
        ("linger.ms", "900001"),
        ("max.in.flight.requests.per.connection", "0"),
        ("partitioner.class", "acme.MyPartitioner"),
        ("request.timeout.ms", ""),
        ("retries", "-1"),
        ("sasl.mechanism", "AWS_MSK_IAM"),
        ("security.protocol", "TLS"),
        ("ssl.cipher.suites", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
        ("ssl.endpoint.identification.algorithm", "ldaps"),
    ],
)
def test_a_bad_value_is_reported_with_the_key_that_the_user_wrote(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"Invalid value .* for configuration producer.override.{name}") as raised:
        producer_settings(WORKER, {f"producer.override.{name}": value}, "id")
    assert raised.value.key == f"producer.override.{name}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("auto.offset.reset", "sometime"),
        ("auto.offset.reset", "by_duration:PT1H"),
        ("partition.assignment.strategy", "acme.MyAssignor"),
    ],
)
def test_a_bad_choice_is_reported_with_what_there_is_to_choose(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=r"use .*(latest|range)"):
        consumer_settings({**WORKER, f"consumer.{name}": value}, {}, "id", "g")


def test_a_group_without_a_name_is_refused_here_because_the_client_would_end_the_process() -> None:
    with pytest.raises(ConfigError, match=r"consumer.override.group.id: must not be empty"):
        consumer(group_id=" ")


def test_absent_values_do_not_count() -> None:
    assert producer_settings(WORKER, {"producer.override.acks": None}, "id") == producer()


def test_secrets_do_not_show_in_logs() -> None:
    assert "geheim" not in repr(producer({"producer.sasl.password": "geheim"}))
