"""Kafka through confluent-kafka: client settings, client factories, topics, error translation."""

from connect_runtime.kafka.admin import (
    KafkaAdmin,
    TopicDescription,
    TopicSpec,
    broker_count,
    cluster_id,
    describe_topics,
    ensure_topics,
    topic_configs,
    topic_exists,
)
from connect_runtime.kafka.clients import ClientFactory
from connect_runtime.kafka.connection import ConnectionWatch
from connect_runtime.kafka.errors import is_retriable, kafka_error, translate
from connect_runtime.kafka.settings import (
    ClientSettings,
    admin_settings,
    consumer_settings,
    internal_admin_settings,
    internal_consumer_settings,
    internal_producer_settings,
    producer_settings,
)

__all__ = [
    "ClientFactory",
    "ClientSettings",
    "ConnectionWatch",
    "KafkaAdmin",
    "TopicDescription",
    "TopicSpec",
    "admin_settings",
    "broker_count",
    "cluster_id",
    "consumer_settings",
    "describe_topics",
    "ensure_topics",
    "internal_admin_settings",
    "internal_consumer_settings",
    "internal_producer_settings",
    "is_retriable",
    "kafka_error",
    "producer_settings",
    "topic_configs",
    "topic_exists",
    "translate",
]
