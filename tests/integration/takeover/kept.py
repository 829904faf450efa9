"""What brokers keep of a cluster of workers."""

from __future__ import annotations

from collections.abc import Mapping

from confluent_kafka import Consumer, KafkaError, TopicPartition

from connect_runtime.converters.internal_json import loads_internal

__all__ = ["TIMEOUT_S", "Kept", "read_topic"]

TIMEOUT_S = 60.0


class Kept:
    """The internal topics, each read anew whenever it is asked for.

    Args:
        properties: Those of the cluster's workers.
    """

    def __init__(self, properties: Mapping[str, str]) -> None:
        self._properties = properties

    def config_keys(self) -> list[str]:
        """Keys of all records of the config topic, in order."""
        return [key for key, _ in self._records("config")]

    def positions(self) -> dict[str, int]:
        """How far file sources have read, by source partition."""
        newest = dict(self._records("offset"))
        return {key: loads_internal(value)["position"] for key, value in newest.items() if value is not None}

    def used_topics(self) -> set[str]:
        """Keys that say which connector has used which topic."""
        newest = dict(self._records("status"))
        return {key for key, value in newest.items() if key.startswith("status-topic-") and value is not None}

    def _records(self, kind: str) -> list[tuple[str, bytes | None]]:
        return read_topic(self._properties["bootstrap.servers"], self._properties[f"{kind}.storage.topic"])


def read_topic(bootstrap_servers: str, topic: str) -> list[tuple[str, bytes | None]]:
    """Keys and values of all committed records of a topic, per partition in order."""
    consumer = Consumer({"bootstrap.servers": bootstrap_servers, "group.id": "unused", "enable.partition.eof": True})
    partitions = consumer.list_topics(topic, timeout=TIMEOUT_S).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
    records: list[tuple[str, bytes | None]] = []
    ended: set[int | None] = set()
    while len(ended) < len(partitions):
        for message in consumer.consume(500, timeout=0.1):
            error = message.error()
            if error is not None:
                assert error.code() == KafkaError._PARTITION_EOF, error
                ended.add(message.partition())
            else:
                records.append((_text(message.key()), message.value()))
    consumer.close()
    return records


def _text(key: bytes | str | None) -> str:
    return key.decode() if isinstance(key, bytes) else key or ""
