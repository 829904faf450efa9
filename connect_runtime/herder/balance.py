"""How work is spread evenly: what a worker has too much of, who takes what is free, and when to wait with it.

The rules are those of Kafka Connect's incremental cooperative assignment.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from connect_runtime.model import ConnectorTaskId

__all__ = ["Balancing", "deal", "next_balancing", "surplus"]

Id = TypeVar("Id", str, ConnectorTaskId)

BACKOFF_BASE_MS = 40
# 40 to the power of 9 ms are millennia: whatever the longest delay is, it is reached by then.
LONGEST_EXPONENT = 9


@dataclass(frozen=True, slots=True)
class Balancing:
    """How often work was taken from workers lately for the sake of balance.

    Attributes:
        consecutive: Times that balance asked for work again before it had settled.
        has_revoked: Whether the last decision about balance took work away.
        not_before_ms: When balance is looked at again, epoch ms; ``None`` when nothing is put off.
    """

    consecutive: int = 0
    has_revoked: bool = False
    not_before_ms: int | None = None

    @property
    def allows_revocation(self) -> bool:
        """Whether work that is needed elsewhere may be taken now."""
        return self.not_before_ms is None


def next_balancing(
    balancing: Balancing, *, is_needed: bool, is_settled: bool, now_ms: int, max_delay_ms: int
) -> Balancing:
    """Whether to take work away now, or later because it was done just before.

    Args:
        balancing: The state so far.
        is_needed: Whether a worker has more than its part.
        is_settled: Whether all that was taken earlier has arrived.
        now_ms: The time, epoch ms.
        max_delay_ms: Longest that balance is put off: it is for 40, 1600, 64000.. ms.
    """
    if not is_needed:
        return Balancing() if is_settled else replace(balancing, not_before_ms=None)
    if balancing.not_before_ms is not None:
        # Another leader's clock may have been ahead.
        until_ms = min(balancing.not_before_ms, now_ms + _backoff_ms(balancing.consecutive, max_delay_ms))
        if now_ms < until_ms:
            return replace(balancing, not_before_ms=until_ms)
    elif balancing.has_revoked:
        consecutive = balancing.consecutive + 1
        delay_ms = _backoff_ms(consecutive, max_delay_ms)
        if delay_ms > 0:
            return Balancing(consecutive, has_revoked=False, not_before_ms=now_ms + delay_ms)
        return Balancing(consecutive, has_revoked=True)
    return Balancing(balancing.consecutive, has_revoked=True)


def _backoff_ms(consecutive: int, max_delay_ms: int) -> int:
    return min(int(BACKOFF_BASE_MS ** min(consecutive, LONGEST_EXPONENT)), max_delay_ms)


def surplus(owned: Mapping[str, frozenset[Id]], total: int) -> dict[str, frozenset[Id]]:
    """What the workers have above their part, and nothing more: what stays within it never moves.

    Args:
        owned: What each worker has; earlier ones keep the odd item.
        total: Items that there are, also those that nobody has at the moment.
    """
    if not owned:
        return {}
    floor, odd = divmod(total, len(owned))
    above: dict[str, frozenset[Id]] = {}
    for instance, items in owned.items():
        excess = len(items) - floor
        if excess > 0 and odd > 0:
            odd, excess = odd - 1, excess - 1
        if excess > 0:
            above[instance] = frozenset(sorted(items)[-excess:])
    return above


def deal(free: Collection[Id], owned: Mapping[str, frozenset[Id]]) -> dict[str, frozenset[Id]]:
    """Who takes what is free: always the one that has least, of equals the first by name."""
    if not owned:
        return {}
    least = [(len(items), instance) for instance, items in owned.items()]
    heapq.heapify(least)
    given: dict[str, list[Id]] = defaultdict(list)
    for item in sorted(free):
        count, instance = least[0]
        given[instance].append(item)
        heapq.heapreplace(least, (count + 1, instance))
    return {instance: frozenset(items) for instance, items in given.items()}
