"""Processor time per record of what works on batches."""

from __future__ import annotations

import time
import timeit
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["nanoseconds"]


def nanoseconds(run: Callable[[], Sequence[Any]], runs: int) -> float:
    """The best of many runs, divided by the number of results; processor time, which other processes disturb less."""
    records = len(run())
    return min(timeit.repeat(run, timer=time.process_time, number=1, repeat=runs)) / records * 1e9
