"""Values that Java and librdkafka write differently, and those that one of the two does not take."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from connect_runtime.errors import ConfigError

__all__ = ["Converted", "convert_value"]

_UNLIMITED = 2**31 - 1
_MAX_SOCKET_TIMEOUT_MS = 300_000

_ASSIGNORS = {
    "RangeAssignor": "range",
    "RoundRobinAssignor": "roundrobin",
    "CooperativeStickyAssignor": "cooperative-sticky",
    "StickyAssignor": "cooperative-sticky",
}
_PARTITIONERS = {
    "DefaultPartitioner": "murmur2_random",
    "RoundRobinPartitioner": "random",
    "UniformStickyPartitioner": "random",
}
_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER", "GSSAPI")
_PROTOCOLS = ("plaintext", "ssl", "sasl_plaintext", "sasl_ssl")
_SERVER = re.compile(r"(?:\w+://)?(?:\[[0-9A-Fa-f:.%]+\]|[^\s:/\[\]]+):(\d+)")
_MAX_PORT = 65_535


class Converted(NamedTuple):
    """A value for librdkafka, and what the user should hear about it, if anything."""

    value: str
    warning: str | None = None


class _Range(NamedTuple):
    """What Java takes at least, and what librdkafka takes."""

    java_min: int
    low: int
    high: int


# Java takes more than librdkafka in all of these.
_RANGES = {
    "batch.size": _Range(0, 1, _UNLIMITED),
    "compression.level": _Range(-(2**17), -1, 12),
    "fetch.max.bytes": _Range(0, 0, 2_147_483_135),
    "fetch.message.max.bytes": _Range(0, 1, 1_000_000_000),
    "fetch.min.bytes": _Range(0, 1, 100_000_000),
    "fetch.wait.max.ms": _Range(0, 0, 300_000),
    "heartbeat.interval.ms": _Range(1, 1, 3_600_000),
    "max.poll.interval.ms": _Range(1, 1, 86_400_000),
    "message.max.bytes": _Range(0, 1000, 1_000_000_000),
    "metadata.max.age.ms": _Range(0, 1, 86_400_000),
    "reconnect.backoff.max.ms": _Range(0, 0, 3_600_000),
    "reconnect.backoff.ms": _Range(0, 0, 3_600_000),
    "retry.backoff.max.ms": _Range(0, 1, 300_000),
    "retry.backoff.ms": _Range(0, 1, 300_000),
    "session.timeout.ms": _Range(1, 1, 3_600_000),
    "socket.connection.setup.timeout.ms": _Range(1, 1000, _UNLIMITED),
    "socket.receive.buffer.bytes": _Range(-1, 0, 100_000_000),
    "socket.send.buffer.bytes": _Range(-1, 0, 100_000_000),
    "transaction.timeout.ms": _Range(1, 1000, _UNLIMITED),
}


def convert_value(key: str, name: str, value: str) -> Converted:
    """What librdkafka calls a value.

    Args:
        key: The name that the user wrote, for messages.
        name: The canonical name.
        value: The value as written.

    Raises:
        ConfigError: The value is not of the kind that the property needs.
    """
    text = value.strip()
    if (convert := _CONVERTERS.get(name)) is not None:
        return Converted(convert(key, text))
    if (limits := _RANGES.get(name)) is not None:
        return _limited(key, text, limits)
    return Converted(text)


def _limited(key: str, value: str, limits: _Range) -> Converted:
    number = _at_least(limits.java_min, key, value)
    taken = min(max(number, limits.low), limits.high)
    if taken == number or (number <= 0 and taken <= 1):  # next to nothing: the difference is none
        return Converted(str(taken))
    return Converted(str(taken), f"{key}={value} is beyond what librdkafka can do: {taken} is used")


def _linger(key: str, value: str) -> str:
    """Librdkafka takes fractions, and a quarter of an hour at most."""
    try:
        milliseconds = float(value)
    except ValueError:
        raise _invalid(key, value, "not a number") from None
    if not 0 <= milliseconds <= 900_000:  # noqa: PLR2004 - librdkafka's limit
        raise _invalid(key, value, "must be between 0 and 900000")
    return value


def _message_timeout(key: str, value: str) -> str:
    """Java's largest integer means for ever, which is 0 in librdkafka."""
    if key.endswith("delivery.timeout.ms"):
        return "0" if _at_least(1, key, value) >= _UNLIMITED else value
    return "0" if _integer(key, value) >= _UNLIMITED else value


def _acks(key: str, value: str) -> str:
    return _one_of(key, value.lower(), ("all", "-1", "0", "1"), "use all, 1 or 0")


def _retries(key: str, value: str) -> str:
    return str(min(_at_least(0, key, value), _UNLIMITED))


def _count(key: str, value: str) -> str:
    return str(_at_least(1, key, value))


def _request_timeout(key: str, value: str) -> str:
    """Librdkafka accepts less than Java does."""
    return str(min(max(_at_least(0, key, value), 1), _MAX_SOCKET_TIMEOUT_MS))


def _idle(key: str, value: str) -> str:
    """Java says never with a negative number, librdkafka with 0."""
    return str(min(max(_integer(key, value), 0), _UNLIMITED))


def _buffer_kbytes(key: str, value: str) -> str:
    """``buffer.memory`` counts bytes, librdkafka's own name kilobytes."""
    size = _at_least(0, key, value)
    return str(min(max(1, size // 1024), _UNLIMITED)) if key.endswith("buffer.memory") else value


def _offset_reset(key: str, value: str) -> str:
    if value.lower().startswith("by_duration"):
        raise _invalid(key, value, "librdkafka cannot go back by a duration: use earliest, latest or none")
    known = ("earliest", "latest", "none", "error", "smallest", "largest", "beginning", "end")
    chosen = _one_of(key, value.lower(), known, "use earliest, latest or none")
    return "error" if chosen == "none" else chosen


def _assignment_strategy(key: str, value: str) -> str:
    names = [item.strip().rpartition(".")[2] for item in value.split(",") if item.strip()]
    known = [_ASSIGNORS.get(name, name) for name in names]
    unknown = set(known) - set(_ASSIGNORS.values())
    if unknown or not known:
        raise _invalid(key, value, f"use {', '.join(sorted(set(_ASSIGNORS.values())))}")
    # librdkafka refuses a list that mixes eager and cooperative strategies, which is Java's default.
    eager = [name for name in known if name != "cooperative-sticky"]
    return ",".join(dict.fromkeys(eager or known))


def _partitioner_class(key: str, value: str) -> str:
    name = value.rpartition(".")[2]
    if name not in _PARTITIONERS:
        raise _invalid(
            key,
            value,
            "Java classes do not run here, and without it records would go to other partitions. "
            f"{', '.join(_PARTITIONERS)} have a counterpart, and a transform can choose partitions",
        )
    return _PARTITIONERS[name]


def _servers(key: str, value: str) -> str:
    for server in value.split(","):
        match = _SERVER.fullmatch(server.strip())
        if match is None or int(match[1]) > _MAX_PORT:
            raise _invalid(key, value, "use host:port, several of them separated by commas")
    return value


def _cipher_suites(key: str, value: str) -> str:
    if re.search(r"\bTLS_\w+_WITH_", value):
        raise _invalid(
            key,
            value,
            "these are Java's names; OpenSSL's are needed, e.g. ECDHE-RSA-AES256-GCM-SHA384 ('openssl ciphers')",
        )
    return value


def _endpoint_identification(key: str, value: str) -> str:
    """Java switches the check off with an empty text, librdkafka with ``none``."""
    return _one_of(key, value.lower() or "none", ("https", "none"), "use https, or nothing to switch the check off")


def _protocol(key: str, value: str) -> str:
    return _one_of(key, value.lower(), _PROTOCOLS, f"use {', '.join(_PROTOCOLS).upper()}")


def _mechanism(key: str, value: str) -> str:
    return _one_of(key, value.upper(), _MECHANISMS, f"use one of {', '.join(_MECHANISMS)}")


def _name(key: str, value: str) -> str:
    if not value:
        raise _invalid(key, value, "must not be empty")
    return value


def _truth(key: str, value: str) -> str:
    return _one_of(key, value.lower(), ("true", "false"), "use true or false")


def _lower_case(key: str, value: str) -> str:  # noqa: ARG001 - every converter gets the key
    return value.lower()


def _one_of(key: str, value: str, known: tuple[str, ...], advice: str) -> str:
    if value not in known:
        raise _invalid(key, value, advice)
    return value


def _at_least(minimum: int, key: str, value: str) -> int:
    number = _integer(key, value)
    if number < minimum:
        raise _invalid(key, value, f"must be at least {minimum}")
    return number


def _integer(key: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise _invalid(key, value, "not a number") from None


def _invalid(key: str, value: str, reason: str) -> ConfigError:
    return ConfigError(f"Invalid value {value} for configuration {key}: {reason}", key=key)


_CONVERTERS: dict[str, Callable[[str, str], str]] = {
    "auto.offset.reset": _offset_reset,
    "bootstrap.servers": _servers,
    "client.dns.lookup": _lower_case,
    "compression.codec": _lower_case,
    "connections.max.idle.ms": _idle,
    "enable.idempotence": _truth,
    # An empty one ends the whole process: confluent-kafka does not check what librdkafka says to it.
    "group.id": _name,
    "group.protocol": _lower_case,
    "isolation.level": _lower_case,
    "max.in.flight.requests.per.connection": _count,
    "max.poll.records": _count,
    "message.send.max.retries": _retries,
    "message.timeout.ms": _message_timeout,
    "metadata.recovery.strategy": _lower_case,
    "partition.assignment.strategy": _assignment_strategy,
    "partitioner.class": _partitioner_class,
    "partitioner.ignore.keys": _truth,
    "queue.buffering.max.kbytes": _buffer_kbytes,
    "queue.buffering.max.ms": _linger,
    "request.required.acks": _acks,
    "request.timeout.ms": _request_timeout,
    "sasl.mechanisms": _mechanism,
    "security.protocol": _protocol,
    "ssl.cipher.suites": _cipher_suites,
    "ssl.endpoint.identification.algorithm": _endpoint_identification,
}
