"""Which offsets a sink task may commit: pure bookkeeping over what was delivered and what the plugin says."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping

from connect_runtime.model import ConnectorTaskId, TopicPartition

__all__ = ["SinkOffsets", "committable"]

logger = logging.getLogger(__name__)
OffsetMap = Mapping[TopicPartition, int]


def committable(
    current: OffsetMap, last_committed: OffsetMap, returned: OffsetMap
) -> tuple[dict[TopicPartition, int], list[str]]:
    """Offsets to commit for these partitions, and what was wrong with the returned ones.

    Args:
        current: Next offset to consume of the partitions that are to be committed.
        last_committed: What is committed already; partitions that the plugin leaves out keep it.
        returned: The plugin's answer to ``pre_commit``.
    """
    offsets = {tp: last_committed[tp] for tp in current if tp in last_committed}
    problems = []
    for tp, offset in returned.items():
        if tp not in current:
            problems.append(f"offset {offset} of {tp}, a partition that was not asked for")
        elif offset > current[tp]:
            problems.append(f"offset {offset} of {tp}, beyond the last record put ({current[tp]})")
        else:
            offsets[tp] = offset
    changed = {tp: offset for tp, offset in offsets.items() if last_committed.get(tp) != offset}
    return changed, problems


class SinkOffsets:
    """What a sink task delivered and committed. Used by the task's thread."""

    def __init__(self, task_id: ConnectorTaskId) -> None:
        self._task_id = task_id
        self._current: dict[TopicPartition, int] = {}
        self._last_committed: dict[TopicPartition, int] = {}

    def begin_at(self, offsets: OffsetMap) -> None:
        """Where consumption of partitions begins; known ones keep what they have."""
        for tp, offset in offsets.items():
            self._last_committed.setdefault(tp, offset)

    def delivered(self, next_offsets: OffsetMap) -> None:
        """A batch was put; these are the next offsets to consume."""
        self._current.update(next_offsets)

    def committed(self, offsets: OffsetMap) -> None:
        """The broker has these."""
        self._last_committed.update(offsets)

    def rewound(self, offsets: OffsetMap) -> None:
        """Consumption was set to these offsets."""
        self._current.update(offsets)
        self._last_committed.update(offsets)

    def current(self, partitions: Collection[TopicPartition] | None = None) -> dict[TopicPartition, int]:
        """Next offsets to consume, of these partitions or all."""
        if partitions is None:
            return dict(self._current)
        return {tp: self._current[tp] for tp in partitions if tp in self._current}

    def back_to_committed(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """Forget what was delivered since the last commit; where to consume from again."""
        back = {tp: self._last_committed[tp] for tp in partitions if tp in self._last_committed}
        self._current.update(back)
        return back

    def to_commit(self, current: OffsetMap, returned: OffsetMap) -> dict[TopicPartition, int]:
        """Offsets to commit after ``pre_commit``; what cannot be committed is logged."""
        changed, problems = committable(current, self._last_committed, returned)
        for problem in problems:
            logger.warning("Sink task %s ignores what pre_commit returned: %s", self._task_id, problem)
        return changed

    def forget(self, partitions: Collection[TopicPartition]) -> None:
        """These partitions are gone."""
        for tp in partitions:
            self._current.pop(tp, None)
            self._last_committed.pop(tp, None)
