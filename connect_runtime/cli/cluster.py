"""What makes a worker a member of a cluster, put together from its configuration."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from connect_runtime.cli.stores import Stores
from connect_runtime.clock import Clock
from connect_runtime.config import WorkerConfig
from connect_runtime.herder.cluster import ClusterMembership, ClusterTimes
from connect_runtime.herder.group import GroupSeat, GroupWatch, client_id
from connect_runtime.herder.membership import Membership, SoloMembership
from connect_runtime.kafka import ClientFactory, ClientSettings, internal_admin_settings, member_settings

__all__ = ["ClusterParts"]


class ClusterParts:
    """The parts of one worker's membership, made before it is known where the worker answers.

    Args:
        config: The worker's configuration.
        clients: Makes Kafka clients.
        url: Tells where this worker answers; called when it joins.
        clock: For time-outs.
    """

    def __init__(self, config: WorkerConfig, clients: ClientFactory, url: Callable[[], str], clock: Clock) -> None:
        self._config = config
        self._clients = clients
        self._url = url
        self._clock = clock
        self._instance = secrets.token_hex(6)
        self._seat = GroupSeat(clients, self._seat_settings, config.config_storage_topic, clock)

    @property
    def metadata(self) -> Callable[[], object]:
        """Gives the group metadata of this worker while it leads, else ``None``."""
        return self._seat.metadata

    def membership(self, stores: Stores, wake: Callable[[], None]) -> Membership:
        """The worker's membership.

        Args:
            stores: Its stores.
            wake: Called when the members of the group have changed.
        """
        if stores.leader is None:
            return SoloMembership()
        settings = internal_admin_settings(self._config.originals, f"{self._config.group_id}-members")
        return ClusterMembership(
            self._seat,
            GroupWatch(self._clients, settings, self._config.group_id, self._clock, wake),
            stores.leader,
            stores.configs,
            self._instance,
            stores.statuses.newest_generation,
            self._clock,
            ClusterTimes(self._config.session_timeout_s, self._config.scheduled_rebalance_max_delay_s),
        )

    def _seat_settings(self) -> ClientSettings:
        return member_settings(
            self._config.originals,
            client_id(self._url(), self._instance),
            session_timeout_s=self._config.session_timeout_s,
            heartbeat_interval_s=self._config.heartbeat_interval_s,
            poll_interval_s=self._config.rebalance_timeout_s,
        )
