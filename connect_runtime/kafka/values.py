"""Values that Java and librdkafka write differently."""

from __future__ import annotations

from collections.abc import Callable

from connect_runtime.errors import ConfigError

__all__ = ["convert_value"]

_UNLIMITED = 2**31 - 1
_MAX_SOCKET_TIMEOUT_MS = 300_000

_ASSIGNORS = {
    "RangeAssignor": "range",
    "RoundRobinAssignor": "roundrobin",
    "CooperativeStickyAssignor": "cooperative-sticky",
    "StickyAssignor": "cooperative-sticky",
}


def convert_value(key: str, name: str, value: str) -> str:
    """What librdkafka calls a value.

    Args:
        key: The name that the user wrote, for messages.
        name: The canonical name.
        value: The value as written.

    Raises:
        ConfigError: The value is not of the kind that the property needs.
    """
    text = value.strip()
    convert = _CONVERTERS.get(name)
    return text if convert is None else convert(key, text)


def _message_timeout(key: str, value: str) -> str:
    """Java's largest integer means for ever, which is 0 in librdkafka."""
    return "0" if _integer(key, value) >= _UNLIMITED else value


def _acks(key: str, value: str) -> str:
    if value.lower() not in {"all", "-1", "0", "1"}:
        raise ConfigError(f"Invalid value {value} for configuration {key}: use all, 1 or 0", key=key)
    return value.lower()


def _retries(key: str, value: str) -> str:
    return str(min(_integer(key, value), _UNLIMITED))


def _count(key: str, value: str) -> str:
    return str(_integer(key, value))


def _request_timeout(key: str, value: str) -> str:
    """Librdkafka accepts less than Java does."""
    return str(min(_integer(key, value), _MAX_SOCKET_TIMEOUT_MS))


def _buffer_kbytes(key: str, value: str) -> str:
    """``buffer.memory`` counts bytes, librdkafka's own name kilobytes."""
    return str(max(1, _integer(key, value) // 1024)) if key.endswith("buffer.memory") else value


def _socket_buffer(key: str, value: str) -> str:
    """-1 leaves the size to the system in Java, 0 does in librdkafka."""
    return "0" if _integer(key, value) < 0 else value


def _offset_reset(key: str, value: str) -> str:
    match value.lower():
        case "none":
            return "error"
        case "earliest" | "latest" | "error" | "smallest" | "largest" | "beginning" | "end" as known:
            return known
        case _:
            raise ConfigError(f"Invalid value {value} for configuration {key}: use earliest, latest or none", key=key)


def _assignment_strategy(key: str, value: str) -> str:
    names = [item.strip().rpartition(".")[2] for item in value.split(",") if item.strip()]
    known = [_ASSIGNORS.get(name, name) for name in names]
    unknown = set(known) - set(_ASSIGNORS.values())
    if unknown or not known:
        raise ConfigError(
            f"Invalid value {value} for configuration {key}: use {', '.join(sorted(set(_ASSIGNORS.values())))}", key=key
        )
    # librdkafka refuses a list that mixes eager and cooperative strategies, which is Java's default.
    eager = [name for name in known if name != "cooperative-sticky"]
    return ",".join(dict.fromkeys(eager or known))


def _endpoint_identification(key: str, value: str) -> str:  # noqa: ARG001 - every converter gets the key
    """Java switches the check off with an empty text, librdkafka with ``none``."""
    return value or "none"


def _lower_case(key: str, value: str) -> str:  # noqa: ARG001 - every converter gets the key
    return value.lower()


def _integer(key: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise ConfigError(f"Invalid value {value} for configuration {key}: not a number", key=key) from None


_CONVERTERS: dict[str, Callable[[str, str], str]] = {
    "auto.offset.reset": _offset_reset,
    "compression.codec": _lower_case,
    "isolation.level": _lower_case,
    "max.poll.records": _count,
    "message.send.max.retries": _retries,
    "message.timeout.ms": _message_timeout,
    "partition.assignment.strategy": _assignment_strategy,
    "queue.buffering.max.kbytes": _buffer_kbytes,
    "request.timeout.ms": _request_timeout,
    "request.required.acks": _acks,
    "security.protocol": _lower_case,
    "socket.receive.buffer.bytes": _socket_buffer,
    "socket.send.buffer.bytes": _socket_buffer,
    "ssl.endpoint.identification.algorithm": _endpoint_identification,
}
