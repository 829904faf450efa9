"""Broker settings as text, under the names that Kafka has for them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from connect_runtime.broker.config import BrokerConfig
from connect_runtime.broker.errors import BrokerError
from connect_runtime.broker.log.topic_config import TOPIC_KEYS

__all__ = ["SETTINGS", "with_settings"]

_TOPIC_PREFIX = "log."
_RENAMED_TOPIC_KEYS = {
    "message.max.bytes": "max.message.bytes",
    "log.cleaner.delete.retention.ms": "delete.retention.ms",
    "log.cleaner.min.cleanable.ratio": "min.cleanable.dirty.ratio",
}


def _seconds(text: str) -> float:
    return int(text) / 1000


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


SETTINGS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "advertised.host": ("advertised_host", str),
    "advertised.port": ("advertised_port", int),
    "auto.create.topics.enable": ("auto_create_topics", _truth),
    "broker.id": ("node_id", int),
    "broker.flush.to.disk": ("flush_to_disk", _truth),
    "broker.lock.wait.ms": ("lock_wait_s", _seconds),
    "broker.tail.cache.bytes": ("tail_cache_bytes", int),
    "fetch.max.bytes": ("max_fetch_bytes", int),
    "group.initial.rebalance.delay.ms": ("group_initial_rebalance_delay_s", _seconds),
    "group.max.session.timeout.ms": ("group_max_session_timeout_s", _seconds),
    "group.min.session.timeout.ms": ("group_min_session_timeout_s", _seconds),
    "log.cleaner.backoff.ms": ("cleaner_interval_s", _seconds),
    "log.initial.task.delay.ms": ("retention_delay_s", _seconds),
    "log.retention.check.interval.ms": ("retention_interval_s", _seconds),
    "num.partitions": ("num_partitions", int),
    "producer.id.expiration.ms": ("producer_id_expiration_s", _seconds),
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": ("transaction_sweep_interval_s", _seconds),
    "transaction.max.timeout.ms": ("transaction_max_timeout_s", _seconds),
    "transactional.id.expiration.ms": ("transactional_id_expiration_s", _seconds),
    "socket.request.max.bytes": ("max_request_bytes", int),
}
"""Names, the fields of `BrokerConfig` they set, and how their text is read."""


def with_settings(config: BrokerConfig, pairs: Sequence[str]) -> BrokerConfig:
    """The config with settings given as `key=value`; topic keys (`log.retention.ms`, ...) become defaults of topics.

    Raises:
        BrokerError: A setting does not exist, or its value is none.
    """
    changes: dict[str, Any] = {}
    defaults = dict(config.topic_defaults)
    for pair in pairs:
        key, is_pair, value = pair.partition("=")
        topic_key = _RENAMED_TOPIC_KEYS.get(key, key.removeprefix(_TOPIC_PREFIX))
        if not is_pair:
            raise BrokerError(f"--set {pair}: give KEY=VALUE, for example --set num.partitions=3.")
        if key in SETTINGS:
            field_name, read = SETTINGS[key]
            try:
                changes[field_name] = read(value)
            except ValueError as exc:
                raise BrokerError(f"--set {key}={value}: this is no value for it.") from exc
        elif topic_key in TOPIC_KEYS:
            if not TOPIC_KEYS[topic_key].is_valid(value):
                raise BrokerError(f"--set {key}={value}: this is no value for it.")
            defaults[topic_key] = value
        else:
            known = ", ".join(sorted(SETTINGS))
            raise BrokerError(f"--set {key}: there is no such setting. There are {known}, and topic settings as log.*.")
    return replace(config, topic_defaults=tuple(sorted(defaults.items())), **changes)
