"""The APIs this broker offers, in which versions, and who handles them.

Left out on purpose: the group protocols that came after the classic one, the second version of the transaction protocol
(KIP-890; clients use the first one where the feature `transaction.version` is not offered), security, quotas, and what
brokers say to one another.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connect_runtime.broker.handlers.cluster import (
    describe_cluster,
    describe_log_dirs,
    find_coordinator,
)
from connect_runtime.broker.handlers.committed import offset_commit, offset_delete, offset_fetch
from connect_runtime.broker.handlers.configs import alter_configs, describe_configs, incremental_alter_configs
from connect_runtime.broker.handlers.described_transactions import (
    describe_producers,
    describe_transactions,
    list_transactions,
)
from connect_runtime.broker.handlers.fetch import fetch
from connect_runtime.broker.handlers.groups import (
    delete_groups,
    describe_groups,
    heartbeat,
    join_group,
    leave_group,
    list_groups,
    sync_group,
)
from connect_runtime.broker.handlers.offsets import list_offsets, offset_for_leader_epoch
from connect_runtime.broker.handlers.produce import produce
from connect_runtime.broker.handlers.topics import (
    create_partitions,
    create_topics,
    delete_records,
    delete_topics,
    metadata,
)
from connect_runtime.broker.handlers.transactions import (
    add_offsets_to_txn,
    add_partitions_to_txn,
    end_txn,
    init_producer_id,
    txn_offset_commit,
)
from connect_runtime.broker.node import Client, Node
from connect_runtime.broker.wire.codec import Answer

__all__ = ["APIS", "API_VERSIONS", "PRODUCE", "Api", "Handler", "offered_versions"]

Handler = Callable[[Node, Any, Client], Awaitable[Answer | None]]
PRODUCE = 0
API_VERSIONS = 18


@dataclass(frozen=True, slots=True)
class Api:
    """One API.

    Attributes:
        lowest: Lowest version understood.
        highest: Highest version understood.
        handle: Its handler; a result of None means that the client wants no answer.
    """

    lowest: int
    highest: int
    handle: Handler

    def understands(self, version: int) -> bool:
        """Whether a request of that version can be handled."""
        return self.lowest <= version <= self.highest


async def api_versions(_node: Node, _request: Any, _client: Client) -> Answer:
    """What this broker understands."""
    return {"api_keys": offered_versions()}


APIS: Mapping[int, Api] = {
    PRODUCE: Api(3, 13, produce),
    1: Api(4, 17, fetch),
    2: Api(1, 10, list_offsets),
    3: Api(0, 13, metadata),
    8: Api(2, 9, offset_commit),
    9: Api(1, 9, offset_fetch),
    10: Api(0, 6, find_coordinator),
    11: Api(0, 9, join_group),
    12: Api(0, 4, heartbeat),
    13: Api(0, 5, leave_group),
    14: Api(0, 5, sync_group),
    15: Api(0, 6, describe_groups),
    16: Api(0, 5, list_groups),
    API_VERSIONS: Api(0, 4, api_versions),
    19: Api(2, 7, create_topics),
    20: Api(1, 6, delete_topics),
    21: Api(0, 2, delete_records),
    22: Api(0, 5, init_producer_id),
    23: Api(2, 4, offset_for_leader_epoch),
    24: Api(0, 3, add_partitions_to_txn),
    25: Api(0, 4, add_offsets_to_txn),
    26: Api(0, 4, end_txn),
    28: Api(0, 4, txn_offset_commit),
    32: Api(1, 4, describe_configs),
    33: Api(0, 2, alter_configs),
    35: Api(1, 4, describe_log_dirs),
    37: Api(0, 3, create_partitions),
    42: Api(0, 2, delete_groups),
    44: Api(0, 1, incremental_alter_configs),
    47: Api(0, 0, offset_delete),
    60: Api(0, 2, describe_cluster),
    61: Api(0, 0, describe_producers),
    65: Api(0, 0, describe_transactions),
    66: Api(0, 2, list_transactions),
}
"""By API key. The ranges are those of Kafka 4, short of the versions that need what is left out."""


def offered_versions() -> list[Answer]:
    """The ranges as ApiVersions tells them.

    Produce is offered from 0, as Apache Kafka 4 does (KAFKA-18659): older librdkafka compresses only for brokers that
    say so. It never sends version 0.
    """
    return [
        {"api_key": key, "min_version": 0 if key == PRODUCE else api.lowest, "max_version": api.highest}
        for key, api in APIS.items()
    ]
