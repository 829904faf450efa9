"""librdkafka's errors as the runtime's."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaError, KafkaException

from connect_runtime.errors import ConnectError, DataError, RetriableError
from connect_runtime.kafka.errors import is_retriable, kafka_error, translate


@pytest.mark.parametrize(
    ("code", "kind", "text"),
    [
        (KafkaError._TRANSPORT, RetriableError, "no broker can be reached"),
        (KafkaError._ALL_BROKERS_DOWN, RetriableError, "no broker can be reached"),
        (KafkaError._RESOLVE, RetriableError, "host name is unknown"),
        (KafkaError._TIMED_OUT, RetriableError, "did not answer in time"),
        (KafkaError._MSG_TIMED_OUT, RetriableError, "did not acknowledge in time"),
        (KafkaError.NOT_ENOUGH_REPLICAS, RetriableError, "Not enough in-sync replicas"),
        (KafkaError.LEADER_NOT_AVAILABLE, RetriableError, "Leader not available"),
        (KafkaError.MSG_SIZE_TOO_LARGE, DataError, "raise max.request.size"),
        (KafkaError.INVALID_RECORD, DataError, "failed to validate record"),
        (KafkaError._AUTHENTICATION, ConnectError, "check security.protocol, sasl.mechanism"),
        (KafkaError.SASL_AUTHENTICATION_FAILED, ConnectError, "refused the login"),
        (KafkaError._UNKNOWN_TOPIC, ConnectError, "the topic does not exist; create it"),
        (KafkaError.UNKNOWN_TOPIC_OR_PART, ConnectError, "the topic does not exist; create it"),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, ConnectError, "ACL"),
        (KafkaError.INVALID_PARTITIONS, ConnectError, "Invalid number of partitions"),
    ],
)
def test_the_kind_of_error_says_what_to_do_and_the_text_what_failed(
    code: int, kind: type[ConnectError], text: str
) -> None:
    found = translate(KafkaException(KafkaError(code)), "Writing to topic orders")

    assert type(found) is kind
    assert str(found).startswith("Writing to topic orders failed: ")
    assert text in str(found)
    assert KafkaError(code).name() in str(found)


def test_a_fatal_error_is_never_retried() -> None:
    fatal = KafkaError(KafkaError._TIMED_OUT, "the producer is finished", True)

    assert not is_retriable(fatal)
    assert type(translate(fatal, "Writing")) is ConnectError


def test_an_error_that_kafka_calls_retriable_is() -> None:
    assert is_retriable(KafkaError(KafkaError.UNKNOWN, "try again", False, True))


def test_an_exception_without_an_error_inside_keeps_its_text() -> None:
    assert kafka_error(KafkaException("something else")).str() == "something else"
