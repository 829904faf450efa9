"""Retention: which offset a log should start at by age and size."""

from collections.abc import Iterable
from typing import NamedTuple

from connect_runtime.broker.log.topic_config import TopicConfig

__all__ = ["BatchExtent", "start_after_retention"]


class BatchExtent(NamedTuple):
    """Where a batch lies, how large it is and how old its newest record is (ms)."""

    base_offset: int
    last_offset: int
    size: int
    max_timestamp: int


def start_after_retention(
    batches: Iterable[BatchExtent], total_bytes: int, log_start: int, config: TopicConfig, now_ms: int
) -> int:
    """The first offset to keep, of a log whose batches are given oldest first.

    Batches go whole and from the old end only: one that is young enough keeps all behind it. By size, batches go while
    the rest still holds `retention.bytes`. A batch whose records carry no time does not age.
    """
    start = log_start
    for batch in batches:
        is_too_old = 0 <= batch.max_timestamp < now_ms - config.retention_ms and config.retention_ms >= 0
        is_too_much = 0 <= config.retention_bytes <= total_bytes - batch.size
        if not is_too_old and not is_too_much:
            break
        start = batch.last_offset + 1
        total_bytes -= batch.size
    return start
