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
from connect_runtime.kafka.errors import error_behind, is_retriable, kafka_error, translate
from connect_runtime.kafka.guard import returned_within
from connect_runtime.kafka.layers import ClientSettings
from connect_runtime.kafka.making import check_accepted
from connect_runtime.kafka.properties import canonical_name
from connect_runtime.kafka.settings import (
    admin_settings,
    consumer_settings,
    internal_admin_settings,
    internal_consumer_settings,
    internal_producer_settings,
    member_settings,
    producer_settings,
)
from connect_runtime.kafka.transaction_settings import (
    leader_producer_settings,
    offsets_asker_settings,
    offsets_consumer_settings,
    offsets_producer_settings,
    transaction_timeout_s,
    transactional_producer_settings,
)
from connect_runtime.kafka.worker_check import check_worker_settings

__all__ = [
    "ClientFactory",
    "ClientSettings",
    "ConnectionWatch",
    "KafkaAdmin",
    "TopicDescription",
    "TopicSpec",
    "admin_settings",
    "broker_count",
    "canonical_name",
    "check_accepted",
    "check_worker_settings",
    "cluster_id",
    "consumer_settings",
    "describe_topics",
    "ensure_topics",
    "error_behind",
    "internal_admin_settings",
    "internal_consumer_settings",
    "internal_producer_settings",
    "is_retriable",
    "kafka_error",
    "leader_producer_settings",
    "member_settings",
    "offsets_asker_settings",
    "offsets_consumer_settings",
    "offsets_producer_settings",
    "producer_settings",
    "returned_within",
    "topic_configs",
    "topic_exists",
    "transaction_timeout_s",
    "transactional_producer_settings",
    "translate",
]
