"""A sink task: consume, convert, transform, put, commit.

Two threads: this task's own consumes and converts; the plugin's thread runs every call of the plugin. So while
``put`` of one batch waits for its target, the next is fetched and converted. At most one batch is being put; it is
settled before offsets are committed, before partitions leave and before the task pauses or stops. A ``put`` that
takes long does not cost the task its partitions, because the consumer goes on polling.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from connect_runtime.clock import Clock
from connect_runtime.errors import ConnectError
from connect_runtime.model import ConnectorTaskId, TopicPartition
from connect_runtime.observe import stack_of_a_bug
from connect_runtime.pipeline import SinkBatch, SinkPipeline
from connect_runtime.sdk import SinkTask
from connect_runtime.storage.config_records import TargetState
from connect_runtime.tasks.delivery import Delivery, DeliveryPhase
from connect_runtime.tasks.errant import ErrantRecords
from connect_runtime.tasks.lifecycle import StatusListener
from connect_runtime.tasks.sink_consumer import SinkConsumer
from connect_runtime.tasks.sink_context import RunningSinkContext
from connect_runtime.tasks.sink_offsets import SinkOffsets
from connect_runtime.tasks.task import RunningTask
from connect_runtime.tasks.thread import SerialExecutor

__all__ = ["RunningSinkTask"]

logger = logging.getLogger(__name__)
PUT_RECORDS = 10_000
FETCH_WAIT_S = 0.25
BUSY_FETCH_WAIT_S = 0.005
SETTLE_WAIT_S = 0.1
BACK_OFF_STEP_S = 0.05
KEEP_ALIVE_AFTER_S = 5.0
FIRST_RETRY_S = 0.5
LONGEST_RETRY_S = 60.0
NOTHING = SinkBatch([], {})
Partitions = frozenset[TopicPartition]
Result = TypeVar("Result")


class RunningSinkTask(RunningTask):
    """A sink task that delivers at least once.

    Args:
        task_id: The task.
        plugin: The connector's task.
        config: Its configuration, variables resolved.
        pipeline: Converters and transforms.
        consumer: Consumer of the connector's topics.
        errant: Reports records at fault.
        listener: Told of the task's status.
        target: Target state to begin in.
        clock: For commits and pauses.
        version: Version of the plugin.
        commit_interval_s: Pause between two commits.
        commit_timeout_s: After that long a commit counts as failed.
        on_topics: Told of topics that were read from.
        on_end: Called last, on the task's thread.
        prepare: Called first, on the task's thread; creates the dead letter topic.
        put_records: A batch that has as many records grows no more.
    """

    def __init__(
        self,
        task_id: ConnectorTaskId,
        plugin: SinkTask,
        config: Mapping[str, str],
        pipeline: SinkPipeline,
        consumer: SinkConsumer,
        errant: ErrantRecords,
        listener: StatusListener[ConnectorTaskId],
        target: TargetState,
        clock: Clock,
        *,
        version: str | None,
        commit_interval_s: float,
        commit_timeout_s: float,
        on_topics: Callable[[frozenset[str]], None],
        on_end: Callable[[], None],
        prepare: Callable[[], None],
        put_records: int = PUT_RECORDS,
    ) -> None:
        super().__init__(task_id, version, listener, target)
        self._plugin = plugin
        self._config = config
        self._pipeline = pipeline
        self._consumer = consumer
        self._errant = errant
        self._clock = clock
        self._commit_interval_s = commit_interval_s
        self._commit_timeout_s = commit_timeout_s
        self._on_topics = on_topics
        self._on_end = on_end
        self._prepare = prepare
        self._context = RunningSinkContext(config, errant if errant.is_enabled else None)
        self._plugin_thread = SerialExecutor(f"sink-put-{task_id}")
        self._offsets = SinkOffsets(task_id)
        self._delivery = Delivery(
            task_id,
            plugin.put,
            errant.report_poison if errant.tolerates else None,
            self._plugin_thread,
            self._retry_pause_s,
            clock,
        )
        self._waiting: SinkBatch | None = None
        self._owned: Partitions = frozenset()
        self._next_commit = 0.0
        self._commit_began: float | None = None
        self._is_paused = False
        self._started = False
        self._leaving = False
        self._came_up_empty = False
        self._put_records = put_records

    # -- the loop ------------------------------------------------------------------------------------------------------

    def _execute(self) -> None:
        self._prepare()
        self._plugin_thread.start()
        self._started = True
        self._consumer.subscribe(self._on_assigned, self._on_revoked, self._on_lost, self._on_committed)
        self._in_plugin(lambda: self._plugin.initialize(self._context))
        self._in_plugin(lambda: self._plugin.start(self._config))
        self._next_commit = self._clock.monotonic() + self._commit_interval_s
        self._report_start()
        while not self.is_stopping:
            self._settle_delivery()
            self._follow_target()
            self._commit_if_due()
            self._apply_requests()
            self._take_in()
            self._begin_delivery()

    def _take_in(self) -> None:
        """Fetch, if there is room. What waits grows while a ``put`` is under way: slow targets get large batches."""
        if not self._has_room:
            return
        fetched = self._fetch()
        self._came_up_empty = fetched is None
        if fetched is not None:
            self._waiting = fetched if self._waiting is None else self._waiting.followed_by(fetched)

    @property
    def _has_room(self) -> bool:
        if self._waiting is None:
            return True
        return self._delivery.phase is DeliveryPhase.WRITING and len(self._waiting.records) < self._put_records

    def _fetch(self) -> SinkBatch | None:
        """Consume and convert; nothing when nothing came, an empty batch when all of it was filtered."""
        if self._delivery.phase is not DeliveryPhase.IDLE:
            messages = self._consumer.fetch(BUSY_FETCH_WAIT_S)
            if not messages:
                return None
        else:
            messages = self._consumer.fetch(self._fetch_wait_s())
            if not messages:
                # Tasks that write by time, not by size, live on these.
                return NOTHING
        self._offsets.begin_at(self._consumer.take_first_offsets())
        batch = self._pipeline.convert(messages, self._only_partition)
        self._errant.consumed(messages)
        self._on_topics(frozenset(tp.topic for tp in batch.next_offsets))
        return batch

    @property
    def _only_partition(self) -> TopicPartition | None:
        """The partition this task owns if it is but one."""
        return next(iter(self._owned)) if len(self._owned) == 1 else None

    def _settle_delivery(self) -> None:
        """See what became of the batch being put; waits for it only when there is nothing better to do."""
        has_nothing_to_do = self._waiting is not None and (self._came_up_empty or not self._has_room)
        self._settle(SETTLE_WAIT_S if has_nothing_to_do else 0.0)
        if self._delivery.phase is DeliveryPhase.BACKING_OFF:
            self.wait(BACK_OFF_STEP_S)
        if self._waiting is not None and self._delivery.phase is not DeliveryPhase.IDLE:
            self._keep_membership()

    def _begin_delivery(self) -> None:
        """Put the batch that waits, if none is being put."""
        if self._delivery.phase is DeliveryPhase.IDLE:
            self._consumer.release()
            if self._waiting is not None:
                batch, self._waiting = self._waiting, None
                self._delivery.begin(batch)

    def _settle(self, timeout_s: float) -> None:
        delivered = self._delivery.settle(timeout_s)
        if delivered is not None:
            self._errant.raise_swallowed()
            self._offsets.delivered(delivered.next_offsets)
        if self._delivery.phase is DeliveryPhase.BACKING_OFF:
            self._consumer.hold()

    def _keep_membership(self) -> None:
        """Go on polling, without getting records, while a batch is being put or waits for its next attempt."""
        if self._consumer.is_held or self._consumer.since_poll_s > KEEP_ALIVE_AFTER_S:
            self._consumer.hold()
            self._consumer.poll_held()

    def _follow_target(self) -> None:
        if self.wants_pause is self._is_paused:
            return
        self._consumer.set_connector_paused(paused=self.wants_pause)
        if not self.wants_pause:
            self._is_paused = False
            self._report_resume()
        elif self._has_delivered_all or self._delivery.phase is DeliveryPhase.BACKING_OFF:
            self._is_paused = True
            self._commit(self._owned)
            self._report_pause()

    @property
    def _has_delivered_all(self) -> bool:
        """Whether nothing of what was fetched is still to be put."""
        waits = self._waiting is not None and self._waiting.next_offsets
        return not waits and self._delivery.phase is DeliveryPhase.IDLE

    def _apply_requests(self) -> None:
        rewinds = {tp: offset for tp, offset in self._context.take_rewinds().items() if tp in self._owned}
        if rewinds:
            self._rewind(rewinds)
        for paused, partitions in self._context.take_pause_changes():
            self._consumer.set_task_paused(partitions, paused=paused)

    def _rewind(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Consume again from these offsets; what was fetched beyond them and not put is dropped."""
        partitions = frozenset(offsets)
        self._drop(partitions)
        self._consumer.seek(offsets)
        self._offsets.rewound(offsets)

    def _drop(self, partitions: Partitions) -> None:
        if self._waiting is not None:
            self._waiting = self._waiting.without(partitions)
        self._delivery.drop(lambda batch: batch.without(partitions))

    def _drain(self) -> None:
        """Wait until no ``put`` is under way; a batch that backs off stays as it is."""
        while self._delivery.phase is DeliveryPhase.WRITING and not self.is_cancelled:
            self._settle(SETTLE_WAIT_S)

    def _fetch_wait_s(self) -> float:
        return max(0.0, min(FETCH_WAIT_S, self._next_commit - self._clock.monotonic()))

    def _retry_pause_s(self, failures: int) -> float:
        asked_s = self._context.take_retry_after()
        return asked_s if asked_s is not None else min(FIRST_RETRY_S * 2.0 ** (failures - 1), LONGEST_RETRY_S)

    def _in_plugin(self, call: Callable[[], Result]) -> Result:
        """Run a call on the plugin's thread and wait for it, unless the task is given up."""
        return self._await(self._plugin_thread.submit(call))

    # -- commits -------------------------------------------------------------------------------------------------------

    def _commit_if_due(self) -> None:
        now = self._clock.monotonic()
        if self._commit_began is not None and now - self._commit_began > self._commit_timeout_s:
            logger.warning("Commit of sink task %s took longer than %s s", self.task_id, self._commit_timeout_s)
            self._commit_began = None
        if self._commit_began is not None or self._delivery.phase is DeliveryPhase.WRITING:
            return
        if self._context.take_commit_request() or now >= self._next_commit:
            self._commit(self._owned)
            self._next_commit = now + self._commit_interval_s

    def _commit(self, partitions: Collection[TopicPartition], *, closing: bool = False) -> None:
        """Commit what was delivered of these partitions; with ``closing`` also let the plugin close them, and wait."""
        current = self._offsets.current(partitions)
        if not current or self.is_cancelled:
            return
        self._errant.await_reports(current)
        try:
            returned = self._in_plugin(lambda: self._plugin.pre_commit(dict(current)))
        except Exception as error:  # a plugin call ends here
            logger.warning(
                "pre_commit of sink task %s failed; %s: %s",
                self.task_id,
                "these offsets stay uncommitted" if closing else "consuming again from the last committed offsets",
                error,
                exc_info=stack_of_a_bug(error),
            )
            if not closing:
                self._rewind(self._offsets.back_to_committed(partitions))
            returned = {}
        if closing:
            self._in_plugin(lambda: self._plugin.close(sorted(partitions)))
        offsets = self._offsets.to_commit(current, returned)
        if not offsets:
            return
        if closing:
            self._consumer.commit_and_wait(offsets, self._commit_timeout_s)
            self._offsets.committed(offsets)
        else:
            self._commit_began = self._clock.monotonic()
            self._consumer.commit(offsets)

    def _on_committed(self, offsets: Mapping[TopicPartition, int], error: str | None) -> None:
        self._commit_began = None
        if error is None:
            self._offsets.committed({tp: offset for tp, offset in offsets.items() if tp in self._owned})
        else:
            logger.warning(
                "Sink task %s could not commit offsets; tried again at the next commit: %s", self.task_id, error
            )

    # -- rebalances (called while the consumer polls) ------------------------------------------------------------------

    def _on_assigned(self, partitions: Partitions) -> Mapping[TopicPartition, int]:
        """New partitions; gives offsets to begin at where the plugin asks for other than the committed ones."""
        if self._leaving:
            return {}
        self._owned |= partitions
        self._context.assigned(self._owned)
        if partitions:
            self._in_plugin(lambda: self._plugin.open(sorted(partitions)))
        rewinds = {tp: offset for tp, offset in self._context.take_rewinds().items() if tp in partitions}
        self._offsets.rewound(rewinds)
        return rewinds

    def _on_revoked(self, partitions: Partitions) -> None:
        if self._leaving:
            return
        self._drain()
        had_offsets = bool(self._offsets.current(partitions))
        self._commit(partitions, closing=True)
        self._leave(partitions, close=not had_offsets)

    def _on_lost(self, partitions: Partitions) -> None:
        if self._leaving:
            return
        self._drain()
        self._errant.forget(partitions)
        self._leave(partitions, close=True)

    def _leave(self, partitions: Partitions, *, close: bool) -> None:
        if close and partitions:
            self._in_plugin(lambda: self._plugin.close(sorted(partitions)))
        self._owned -= partitions
        self._context.assigned(self._owned)
        self._drop(partitions)
        self._offsets.forget(partitions)

    # -- the end -------------------------------------------------------------------------------------------------------

    def _finish(self, *, failed: bool) -> None:
        del failed  # what was put before the failure is committed all the same
        if not self._started:
            return
        try:
            self._settle_last()
            if not self.is_cancelled:
                had_offsets = bool(self._offsets.current(self._owned))
                self._commit(self._owned, closing=True)
                if self._owned and not had_offsets:
                    self._in_plugin(lambda: self._plugin.close(sorted(self._owned)))
        finally:
            self._in_plugin(self._plugin.stop)

    def _settle_last(self) -> None:
        try:
            self._drain()
        except ConnectError as error:
            logger.warning("The last batch of sink task %s was not delivered and comes again: %s", self.task_id, error)

    def _release(self) -> None:
        self._leaving = True
        self._consumer.close()
        if self._started:
            self._plugin_thread.stop()
        self._errant.close()
        self._pipeline.close()
        self._on_end()
