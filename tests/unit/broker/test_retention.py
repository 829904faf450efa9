from dataclasses import replace

import pytest

from connect_runtime.broker.log.retention import BatchExtent, start_after_retention
from connect_runtime.broker.log.topic_config import topic_config

_FOREVER = replace(topic_config({}, {}), retention_ms=-1, retention_bytes=-1)


def _log(*timestamps: int) -> list[BatchExtent]:
    return [BatchExtent(10 * index, 10 * index + 9, 100, timestamp) for index, timestamp in enumerate(timestamps)]


def _start(log: list[BatchExtent], now_ms: int = 0, retention_ms: int = -1, retention_bytes: int = -1) -> int:
    total = sum(batch.size for batch in log)
    config = replace(_FOREVER, retention_ms=retention_ms, retention_bytes=retention_bytes)
    return start_after_retention(log, total, 0, config, now_ms)


def test_without_limits_everything_stays() -> None:
    assert _start(_log(1, 2, 3), now_ms=10**12) == 0


def test_batches_whose_newest_record_is_too_old_go() -> None:
    assert _start(_log(1000, 2000, 3000), now_ms=3500, retention_ms=1000) == 20


def test_a_young_batch_keeps_what_is_behind_it() -> None:
    assert _start(_log(1000, 9000, 1000), now_ms=9500, retention_ms=1000) == 10


def test_all_may_go() -> None:
    assert _start(_log(1, 2), now_ms=10**6, retention_ms=1000) == 20


@pytest.mark.parametrize(("limit", "start"), [(300, 0), (299, 0), (200, 10), (150, 10), (100, 20), (0, 30)])
def test_by_size_the_rest_still_holds_the_limit(limit: int, start: int) -> None:
    assert _start(_log(1, 2, 3), retention_bytes=limit) == start


def test_records_without_a_time_do_not_age() -> None:
    assert _start(_log(-1, 1), now_ms=10**9, retention_ms=1) == 0
