"""Topic settings: which there are, their defaults, and what a topic's own settings amount to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import ApiError

__all__ = ["TOPIC_KEYS", "ConfigType", "TopicConfig", "TopicKey", "check_topic_config", "topic_config"]

_DAY_MS = 24 * 60 * 60 * 1000
_NO_LIMIT = 2**63 - 1


class ConfigType(IntEnum):
    """Types as DescribeConfigs numbers them."""

    BOOLEAN = 1
    STRING = 2
    INT = 3
    LONG = 5
    DOUBLE = 6
    LIST = 7


@dataclass(frozen=True, slots=True)
class TopicKey:
    """One topic setting.

    Attributes:
        default: Its value when neither topic nor broker sets it, as text.
        type: Its type.
        is_valid: Whether a text is a value for it.
        doc: One line on what it does, or that it does nothing here.
    """

    default: str
    type: ConfigType
    is_valid: Callable[[str], bool]
    doc: str


@dataclass(frozen=True, slots=True)
class TopicConfig:
    """The settings that the log acts on. Durations are milliseconds, as in Kafka; -1 is no limit.

    Attributes:
        is_compacted: Older records of a key are removed.
        is_deleted_by_age: Retention by time and size applies.
        retention_ms: Batches whose newest record is older go.
        retention_bytes: The oldest batches go while the partition holds more.
        max_message_bytes: Larger batches are refused.
        uses_append_time: Records carry the broker's time, not the producer's.
        min_dirty_ratio: Compaction starts when this share of the bytes was not compacted yet.
        min_compaction_lag_ms: Younger records are not compacted.
        delete_retention_ms: How long a compacted tombstone stays readable.
    """

    is_compacted: bool
    is_deleted_by_age: bool
    retention_ms: int
    retention_bytes: int
    max_message_bytes: int
    uses_append_time: bool
    min_dirty_ratio: float
    min_compaction_lag_ms: int
    delete_retention_ms: int


def _integer(low: int, high: int = _NO_LIMIT) -> Callable[[str], bool]:
    def is_valid(text: str) -> bool:
        try:
            return low <= int(text) <= high
        except ValueError:
            return False

    return is_valid


def _one_of(*choices: str) -> Callable[[str], bool]:
    return lambda text: text in choices


def _is_ratio(text: str) -> bool:
    try:
        return 0.0 <= float(text) <= 1.0
    except ValueError:
        return False


def _is_cleanup_policy(text: str) -> bool:
    return bool(text) and all(part in ("delete", "compact") for part in _split(text))


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


_NO_EFFECT = "Accepted for compatibility; has no effect in this broker."
_BOOLEAN = _one_of("true", "false")

TOPIC_KEYS: Mapping[str, TopicKey] = {
    "cleanup.policy": TopicKey("delete", ConfigType.LIST, _is_cleanup_policy, "delete, compact, or both."),
    "retention.ms": TopicKey(str(7 * _DAY_MS), ConfigType.LONG, _integer(-1), "Age at which batches are deleted."),
    "retention.bytes": TopicKey("-1", ConfigType.LONG, _integer(-1), "Size above which the oldest batches go."),
    "max.message.bytes": TopicKey("1048588", ConfigType.INT, _integer(0, 2**31 - 1), "Largest record batch accepted."),
    "message.timestamp.type": TopicKey(
        "CreateTime", ConfigType.STRING, _one_of("CreateTime", "LogAppendTime"), "Whose time records carry."
    ),
    "min.cleanable.dirty.ratio": TopicKey("0.5", ConfigType.DOUBLE, _is_ratio, "When compaction starts."),
    "min.compaction.lag.ms": TopicKey("0", ConfigType.LONG, _integer(0), "Age below which nothing is compacted."),
    "delete.retention.ms": TopicKey(str(_DAY_MS), ConfigType.LONG, _integer(0), "How long tombstones stay readable."),
    "compression.type": TopicKey(
        "producer",
        ConfigType.STRING,
        _one_of("producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"),
        "Batches are stored as the producer compressed them, whatever is set here.",
    ),
    "min.insync.replicas": TopicKey("1", ConfigType.INT, _integer(1), _NO_EFFECT),
    "segment.bytes": TopicKey("1073741824", ConfigType.INT, _integer(14), _NO_EFFECT),
    "segment.ms": TopicKey(str(7 * _DAY_MS), ConfigType.LONG, _integer(1), _NO_EFFECT),
    "segment.index.bytes": TopicKey("10485760", ConfigType.INT, _integer(4), _NO_EFFECT),
    "segment.jitter.ms": TopicKey("0", ConfigType.LONG, _integer(0), _NO_EFFECT),
    "index.interval.bytes": TopicKey("4096", ConfigType.INT, _integer(0), _NO_EFFECT),
    "file.delete.delay.ms": TopicKey("60000", ConfigType.LONG, _integer(0), _NO_EFFECT),
    "flush.messages": TopicKey(str(_NO_LIMIT), ConfigType.LONG, _integer(1), _NO_EFFECT),
    "flush.ms": TopicKey(str(_NO_LIMIT), ConfigType.LONG, _integer(0), _NO_EFFECT),
    "max.compaction.lag.ms": TopicKey(str(_NO_LIMIT), ConfigType.LONG, _integer(1), _NO_EFFECT),
    "message.timestamp.before.max.ms": TopicKey(str(_NO_LIMIT), ConfigType.LONG, _integer(0), _NO_EFFECT),
    "message.timestamp.after.max.ms": TopicKey("3600000", ConfigType.LONG, _integer(0), _NO_EFFECT),
    "preallocate": TopicKey("false", ConfigType.BOOLEAN, _BOOLEAN, _NO_EFFECT),
    "unclean.leader.election.enable": TopicKey("false", ConfigType.BOOLEAN, _BOOLEAN, _NO_EFFECT),
    "local.retention.bytes": TopicKey("-2", ConfigType.LONG, _integer(-2), _NO_EFFECT),
    "local.retention.ms": TopicKey("-2", ConfigType.LONG, _integer(-2), _NO_EFFECT),
    "remote.storage.enable": TopicKey("false", ConfigType.BOOLEAN, _one_of("false"), _NO_EFFECT),
}
"""Every topic setting of Kafka 4 that tools send, so that their topics can be created here unchanged."""


def check_topic_config(settings: Mapping[str, str | None]) -> None:
    """Refuse settings that do not exist or have no such value.

    Raises:
        ApiError: INVALID_CONFIG, naming the setting.
    """
    for name, value in settings.items():
        key = TOPIC_KEYS.get(name)
        if key is None:
            raise ApiError(ErrorCode.invalid_config, f"Unknown topic config name: {name}")
        if value is None or not key.is_valid(value):
            raise ApiError(ErrorCode.invalid_config, f"Invalid value {value} for configuration {name}")


def topic_config(settings: Mapping[str, str], defaults: Mapping[str, str]) -> TopicConfig:
    """What a topic's settings amount to, over the broker's and Kafka's defaults. All are checked before."""

    def value(name: str) -> str:
        return settings.get(name) or defaults.get(name) or TOPIC_KEYS[name].default

    policy = _split(value("cleanup.policy"))
    return TopicConfig(
        is_compacted="compact" in policy,
        is_deleted_by_age="delete" in policy,
        retention_ms=int(value("retention.ms")),
        retention_bytes=int(value("retention.bytes")),
        max_message_bytes=int(value("max.message.bytes")),
        uses_append_time=value("message.timestamp.type") == "LogAppendTime",
        min_dirty_ratio=float(value("min.cleanable.dirty.ratio")),
        min_compaction_lag_ms=int(value("min.compaction.lag.ms")),
        delete_retention_ms=int(value("delete.retention.ms")),
    )
