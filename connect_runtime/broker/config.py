"""What a broker process is told at its start."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

__all__ = ["BrokerConfig"]

_MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class BrokerConfig:
    """Settings of one broker process. Durations are seconds, sizes bytes.

    Attributes:
        dir: Folder of the log; made when missing. One broker at a time may hold it.
        host: Address to listen on; anything but loopback needs `allow_remote`.
        port: Port to listen on, 0 for any free one.
        advertised_host: Host that clients are told to connect to, None for `host`.
        advertised_port: Port that clients are told to connect to, None for the port listened on.
        allow_remote: Whether `host` may be reachable from other machines (there is no authentication).
        auto_create_topics: Whether a metadata request for an unknown topic creates it.
        num_partitions: Partitions of a topic created without a number.
        node_id: The broker's id in metadata.
        topic_defaults: Topic settings (`retention.ms`, ...) for topics that do not set them, over Kafka's own defaults.
        flush_to_disk: Whether every commit waits for the disk (fsync). Without it a killed process loses nothing
            that was acknowledged; a power failure may lose the last moments.
        lock_wait_s: How long to wait for a dying broker to let go of the folder.
        max_request_bytes: Larger requests close the connection.
        max_fetch_bytes: A fetch answer carries at most about this much.
        tail_cache_bytes: Newest batches kept in memory for consumers that are close to the end.
        group_min_session_timeout_s: Smallest session timeout a group member may ask for.
        group_max_session_timeout_s: Largest session timeout a group member may ask for.
        group_initial_rebalance_delay_s: How long an empty group waits for more members before its first generation.
        cleaner_interval_s: Pause between two rounds of compaction.
        retention_interval_s: Pause between two rounds of retention.
        retention_delay_s: Time from the start to the first round of retention.
        producer_id_expiration_s: Sequence numbers of a producer idle for longer are forgotten.
        transaction_max_timeout_s: Longest time that a producer may ask its transactions to be open for.
        transaction_sweep_interval_s: Pause between two looks for transactions that are open for too long.
        transactional_id_expiration_s: Transactional ids idle for longer are forgotten.
    """

    dir: Path
    host: str = "127.0.0.1"
    port: int = 9092
    advertised_host: str | None = None
    advertised_port: int | None = None
    allow_remote: bool = False
    auto_create_topics: bool = True
    num_partitions: int = 1
    node_id: int = 1
    topic_defaults: tuple[tuple[str, str], ...] = field(default=())
    flush_to_disk: bool = False
    lock_wait_s: float = 5.0
    max_request_bytes: int = 100 * _MIB
    max_fetch_bytes: int = 16 * _MIB
    tail_cache_bytes: int = 8 * _MIB
    group_min_session_timeout_s: float = 6.0
    group_max_session_timeout_s: float = 1800.0
    group_initial_rebalance_delay_s: float = 0.0
    cleaner_interval_s: float = 15.0
    retention_interval_s: float = 300.0
    retention_delay_s: float = 30.0
    producer_id_expiration_s: float = 86400.0
    transaction_max_timeout_s: float = 900.0
    transaction_sweep_interval_s: float = 1.0
    transactional_id_expiration_s: float = 604800.0

    def is_loopback(self) -> bool:
        """Whether only this machine can reach `host`."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False
