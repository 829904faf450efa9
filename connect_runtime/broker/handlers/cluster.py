"""DescribeCluster, FindCoordinator, InitProducerId: questions about the broker itself."""

from typing import Any

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import StorageError
from connect_runtime.broker.node import Client, Node
from connect_runtime.broker.wire.codec import Answer

__all__ = ["describe_cluster", "find_coordinator", "init_producer_id", "this_broker"]

_GROUP = 0
_BROKERS = 1
_NO_TRANSACTIONS = "the embedded broker has no transactions; produce without a transactional id, or use Apache Kafka"


def this_broker(node: Node) -> Answer:
    """The one broker, as metadata names it."""
    return {"node_id": node.config.node_id, "host": node.host, "port": node.port, "rack": None}


async def describe_cluster(node: Node, request: Any, _client: Client) -> Answer:
    """Who is there."""
    if getattr(request, "endpoint_type", _BROKERS) != _BROKERS:
        return {"error_code": ErrorCode.unsupported_endpoint_type, "error_message": "there are brokers only"}
    broker = {"broker_id": node.config.node_id, "host": node.host, "port": node.port}
    return {"cluster_id": node.cluster_id, "controller_id": node.config.node_id, "brokers": [broker]}


async def find_coordinator(node: Node, request: Any, _client: Client) -> Answer:
    """This broker, for every group."""
    keys = getattr(request, "coordinator_keys", None)
    found = {"node_id": node.config.node_id, "host": node.host, "port": node.port, "error_message": None}
    if getattr(request, "key_type", _GROUP) != _GROUP:
        found = {
            "error_code": ErrorCode.transactional_id_authorization_failed,
            "error_message": _NO_TRANSACTIONS,
            "node_id": -1,
            "host": "",
            "port": -1,
        }
    if keys is None:
        return found
    return {"coordinators": [{"key": key, **found} for key in keys]}


async def init_producer_id(node: Node, request: Any, _client: Client) -> Answer:
    """A new producer id for an idempotent producer, or the next epoch of the one it has."""
    if request.transactional_id is not None:
        return {
            "error_code": ErrorCode.transactional_id_authorization_failed,
            "producer_id": -1,
            "producer_epoch": -1,
        }
    try:
        producer_id = await node.producer_ids.take(node.writer)
    except StorageError:
        return {"error_code": ErrorCode.coordinator_not_available, "producer_id": -1, "producer_epoch": -1}
    return {"producer_id": producer_id, "producer_epoch": 0}
