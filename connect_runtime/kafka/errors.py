"""librdkafka's errors as the runtime's own, by what to do next."""

# ruff: noqa: SLF001 - confluent-kafka names the errors that arise in the client with an underscore
from __future__ import annotations

from confluent_kafka import KafkaError, KafkaException

from connect_runtime.errors import ConnectError, DataError, RetriableError

__all__ = ["error_behind", "is_retriable", "kafka_error", "translate"]

_RETRIABLE = frozenset(
    {
        KafkaError._ALL_BROKERS_DOWN,
        KafkaError._ISR_INSUFF,
        KafkaError._MSG_TIMED_OUT,
        KafkaError._PREV_IN_PROGRESS,
        KafkaError._QUEUE_FULL,
        KafkaError._RESOLVE,
        KafkaError._RETRY,
        KafkaError._TIMED_OUT,
        KafkaError._TIMED_OUT_QUEUE,
        KafkaError._TRANSPORT,
        KafkaError._WAIT_CACHE,
        KafkaError._WAIT_COORD,
        KafkaError.BROKER_NOT_AVAILABLE,
        KafkaError.CONCURRENT_TRANSACTIONS,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.FENCED_LEADER_EPOCH,
        KafkaError.KAFKA_STORAGE_ERROR,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.LISTENER_NOT_FOUND,
        KafkaError.NETWORK_EXCEPTION,
        KafkaError.NOT_CONTROLLER,
        KafkaError.NOT_COORDINATOR,
        KafkaError.NOT_ENOUGH_REPLICAS,
        KafkaError.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.OFFSET_NOT_AVAILABLE,
        KafkaError.REBALANCE_IN_PROGRESS,
        KafkaError.REPLICA_NOT_AVAILABLE,
        KafkaError.REQUEST_TIMED_OUT,
        KafkaError.STALE_CTRL_EPOCH,
        KafkaError.THROTTLING_QUOTA_EXCEEDED,
        KafkaError.UNKNOWN_LEADER_EPOCH,
        KafkaError.UNSTABLE_OFFSET_COMMIT,
    }
)

_BAD_RECORD = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_RECORD, KafkaError.INVALID_MSG_SIZE})

_NO_BROKER = "no broker can be reached; check that it runs and that bootstrap.servers is right"
_NO_TOPIC = "the topic does not exist; create it, or let the broker or topic.creation.* create it"

_ADVICE = {
    KafkaError._ALL_BROKERS_DOWN: _NO_BROKER,
    KafkaError._TRANSPORT: _NO_BROKER,
    KafkaError._RESOLVE: "the broker's host name is unknown here; check bootstrap.servers and advertised.listeners",
    KafkaError._TIMED_OUT: "the broker did not answer in time",
    KafkaError._MSG_TIMED_OUT: "the broker did not acknowledge in time",
    KafkaError._AUTHENTICATION: "the login failed; check security.protocol, sasl.mechanism and sasl.jaas.config",
    KafkaError.SASL_AUTHENTICATION_FAILED: "the broker refused the login; check user and password in sasl.jaas.config",
    KafkaError.UNSUPPORTED_SASL_MECHANISM: "the broker does not offer this sasl.mechanism",
    KafkaError._SSL: "the TLS connection failed; check security.protocol, the certificates and the broker's host name",
    KafkaError._UNKNOWN_TOPIC: _NO_TOPIC,
    KafkaError.UNKNOWN_TOPIC_OR_PART: _NO_TOPIC,
    KafkaError._UNKNOWN_PARTITION: "the topic has no such partition",
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "this user may not do that with the topic; grant it with an ACL",
    KafkaError.GROUP_AUTHORIZATION_FAILED: "this user may not use the consumer group; grant it with an ACL",
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: "this user may not do that with the cluster; grant it with an ACL",
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED: "this user may not use the transactional id; grant it by ACL",
    KafkaError.INVALID_SESSION_TIMEOUT: (
        "session.timeout.ms is not within the brokers' group.min.session.timeout.ms, 6000 by default, and "
        "group.max.session.timeout.ms"
    ),
    KafkaError.INCONSISTENT_GROUP_PROTOCOL: (
        "the members of the group are of another kind: most likely workers of Kafka Connect that still run"
    ),
    KafkaError.MSG_SIZE_TOO_LARGE: (
        "the record is too large; raise max.request.size of the producer and max.message.bytes of the topic"
    ),
    KafkaError._QUEUE_FULL: "the producer's queue is full",
}


def kafka_error(error: KafkaException | KafkaError) -> KafkaError:
    """The error inside an exception; an unspecific one when a client raised text only."""
    if isinstance(error, KafkaError):
        return error
    inner = error.args[0] if error.args else None
    return inner if isinstance(inner, KafkaError) else KafkaError(KafkaError._FAIL, str(error))


def error_behind(error: BaseException) -> KafkaError | None:
    """The client's error that an exception is, or comes from; ``None`` when it comes from none.

    A fatal error that is pending while the client calls back, for example with a delivery report, surfaces as
    `SystemError` - of the callback, or of the call that served it - whose cause it is.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, KafkaException):
            return kafka_error(cause)
        cause = cause.__cause__
    return None


def is_retriable(error: KafkaError) -> bool:
    """Whether the same call may succeed later on the same client."""
    return not error.fatal() and (error.retriable() or error.code() in _RETRIABLE)


def translate(error: KafkaException | KafkaError, doing: str) -> ConnectError:
    """The error to raise instead.

    Args:
        error: What librdkafka reported.
        doing: What was being done to what, as the beginning of a sentence: ``Writing to topic orders``.

    Returns:
        A `RetriableError` when trying again may help, a `DataError` when the record is at fault, else a `ConnectError`.
    """
    found = kafka_error(error)
    said = found.str()
    advice = _ADVICE.get(found.code())
    text = (
        f"{doing} failed: {advice} ({found.name()}: {said})" if advice else f"{doing} failed: {said} ({found.name()})"
    )
    if is_retriable(found):
        return RetriableError(text)
    return DataError(text) if found.code() in _BAD_RECORD else ConnectError(text)
