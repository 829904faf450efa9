"""The Kafka consumer of one sink task: batches of messages, pauses for three reasons, rebalances told to the task.

Partitions are paused while the connector is paused, while the task holds a batch back, and when the plugin asks; they
are consumed when none of the three applies.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import cast

from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka import TopicPartition as KafkaTopicPartition

from connect_runtime.clock import Clock
from connect_runtime.errors import ConnectError, RetriableError
from connect_runtime.kafka import returned_within
from connect_runtime.model import ConnectorTaskId, TopicPartition
from connect_runtime.pipeline import ConsumedMessage

__all__ = ["SinkConsumer", "Subscription"]

logger = logging.getLogger(__name__)
# Two thousand records and what they are made of fit a core's cache; of ten thousand each costs half as much again.
FETCH_MESSAGES = 2_000
FILL_WAIT_S = 0.005
# The client alone would wait for every commit that a broker which hangs does not answer.
CLOSE_S = 5.0
Partitions = frozenset[TopicPartition]
OnAssigned = Callable[[Partitions], Mapping[TopicPartition, int]]
OnGone = Callable[[Partitions], None]
OnCommitted = Callable[[Mapping[TopicPartition, int], str | None], None]
NOTHING_WRONG = frozenset({KafkaError._PARTITION_EOF, KafkaError._TIMED_OUT})  # noqa: SLF001  # the client's public constants
NO_TOPIC = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC})  # noqa: SLF001
FATAL = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError._AUTHENTICATION,  # noqa: SLF001
        KafkaError.INCONSISTENT_GROUP_PROTOCOL,
    }
)


class Subscription:
    """What a sink connector consumes: topics by name, or by one regular expression for the whole name."""

    def __init__(self, topics: Sequence[str], pattern: str | None) -> None:
        self.topics = [f"^(?:{pattern})$"] if pattern else list(topics)

    @classmethod
    def of(cls, config: Mapping[str, str]) -> Subscription:
        """The subscription in a sink connector's configuration."""
        names = [name.strip() for name in config.get("topics", "").split(",")]
        return cls([name for name in names if name], config.get("topics.regex", "").strip() or None)


class SinkConsumer:
    """Wraps a consumer; belongs to the task's thread, which also runs all callbacks.

    Args:
        task_id: The task, for messages.
        make: Makes the consumer, given the callback for finished commits.
        subscription: What to consume.
        cooperative: Whether rebalances are incremental.
        clock: Tells how long ago the last poll was.
        fetch_messages: Most messages of one fetch.
    """

    def __init__(
        self,
        task_id: ConnectorTaskId,
        make: Callable[[Callable[[KafkaError | None, list[KafkaTopicPartition]], None]], Consumer],
        subscription: Subscription,
        clock: Clock,
        *,
        cooperative: bool,
        fetch_messages: int = FETCH_MESSAGES,
    ) -> None:
        self._task_id = task_id
        self._make = make
        self._subscription = subscription
        self._clock = clock
        self._cooperative = cooperative
        self._fetch_messages = fetch_messages
        self._consumer: Consumer | None = None
        self._owned: set[TopicPartition] = set()
        self._task_paused: set[TopicPartition] = set()
        self._connector_paused = False
        self._held = False
        self._paused_now: set[TopicPartition] = set()
        self._first_seen: set[TopicPartition] = set()
        self._first_offsets: dict[TopicPartition, int] = {}
        self._last_poll = 0.0
        self._rebalances = 0
        self._is_rebalancing = False
        self._turn = Lock()
        self._callback_error: Exception | None = None
        self._on_committed: OnCommitted | None = None
        self._on_assigned: OnAssigned | None = None

    def subscribe(
        self, on_assigned: OnAssigned, on_revoked: OnGone, on_lost: OnGone, on_committed: OnCommitted
    ) -> None:
        """Make the consumer and join the group; the callbacks run while it polls.

        Raises:
            ConnectError: The client refuses its settings.
        """
        self._on_committed = on_committed
        self._on_assigned = on_assigned
        try:
            self._consumer = self._make(self._committed)
            self._consumer.subscribe(
                self._subscription.topics,
                on_assign=self._guarded(self._assign),
                on_revoke=self._guarded(lambda partitions: self._give_up(partitions, on_revoked)),
                on_lost=self._guarded(lambda partitions: self._give_up(partitions, on_lost)),
            )
        except (KafkaException, ValueError, TypeError) as error:
            raise ConnectError(f"The consumer of task {self._task_id} cannot be made: {error}") from error
        self._last_poll = self._clock.monotonic()

    # -- consuming -----------------------------------------------------------------------------------------------------

    def fetch(self, timeout_s: float) -> Sequence[ConsumedMessage]:
        """Messages that are there, waiting up to ``timeout_s`` for the first one. Blocks that long at most.

        Raises:
            ConnectError: Consuming cannot go on; also errors of the callbacks that ran meanwhile.
        """
        consumer, rebalances = self._live(), self._rebalances
        first = consumer.poll(timeout_s)
        self._last_poll = self._clock.monotonic()
        self._raise_callback_error()
        if first is None:
            return ()
        rest = consumer.consume(self._fetch_messages - 1, FILL_WAIT_S)
        self._raise_callback_error()
        fetched = (first, *rest)
        # The client's types allow for messages that were never sent: consumed ones have all their parts.
        messages = cast("list[ConsumedMessage]", [message for message in fetched if message.error() is None])
        if len(messages) < len(fetched):
            for message in fetched:
                self._judge(message.error())
        if self._rebalances != rebalances:
            # Some of the messages may be of partitions that the rebalance took away.
            messages = [message for message in messages if _partition_of(message) in self._owned]
        if len(self._first_seen) < len(self._owned):
            self._note_first(messages)
        return messages

    def poll_held(self) -> None:
        """Serve the group while everything is paused."""
        polled = self._live().poll(0)
        self._last_poll = self._clock.monotonic()
        self._raise_callback_error()
        if polled is not None and polled.error() is None:
            # It was on its way when the pause took effect: get it again.
            message = cast("ConsumedMessage", polled)
            self.seek({_partition_of(message): message.offset()})

    @property
    def since_poll_s(self) -> float:
        """Seconds since the consumer polled last."""
        return self._clock.monotonic() - self._last_poll

    def take_first_offsets(self) -> dict[TopicPartition, int]:
        """The first offset consumed of each newly assigned partition, given out once."""
        taken, self._first_offsets = self._first_offsets, {}
        return taken

    # -- pauses --------------------------------------------------------------------------------------------------------

    @property
    def is_held(self) -> bool:
        """Whether everything is paused because a batch waits."""
        return self._held

    def hold(self) -> None:
        """Pause everything because a batch waits."""
        if not self._held:
            self._held = True
            self._apply_pauses()

    def release(self) -> None:
        """No batch waits any more."""
        if self._held:
            self._held = False
            self._apply_pauses()

    def set_connector_paused(self, *, paused: bool) -> None:
        """The connector's target state changed."""
        self._connector_paused = paused
        self._apply_pauses()

    def set_task_paused(self, partitions: Sequence[TopicPartition], *, paused: bool) -> None:
        """The plugin asks for a pause or a resume of partitions."""
        if paused:
            self._task_paused.update(partitions)
        else:
            self._task_paused.difference_update(partitions)
        self._apply_pauses()

    def _apply_pauses(self) -> None:
        wanted = set(self._owned) if self._held or self._connector_paused else self._task_paused & self._owned
        to_pause, to_resume = wanted - self._paused_now, (self._paused_now - wanted) & self._owned
        if to_pause:
            self._live().pause(_kafka(to_pause))
        if to_resume:
            self._live().resume(_kafka(to_resume))
        self._paused_now = wanted

    # -- offsets -------------------------------------------------------------------------------------------------------

    def seek(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Consume these partitions from these offsets next."""
        for tp, offset in offsets.items():
            self._live().seek(KafkaTopicPartition(tp.topic, tp.partition, offset))

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Commit without waiting; the outcome comes through the callback."""
        try:
            self._live().commit(offsets=_kafka_offsets(offsets), asynchronous=True)
        except KafkaException as error:
            self._committed(error.args[0], [])

    def commit_and_wait(self, offsets: Mapping[TopicPartition, int], timeout_s: float) -> None:
        """Commit and wait for the broker, up to ``timeout_s``; a failure is logged: the records come again.

        During a rebalance up to the client's ``socket.timeout.ms``: a commit from another thread would then wait for
        the rebalance to be handled, and that for the commit.
        """
        consumer = self._live()

        def commit() -> None:
            consumer.commit(offsets=_kafka_offsets(offsets), asynchronous=False)

        try:
            if self._is_rebalancing:
                commit()
            else:
                self._returned_within(timeout_s, f"Committing offsets of {self._task_id}", commit)
        except (KafkaException, RetriableError) as error:
            logger.warning("Task %s could not commit offsets while leaving: %s", self._task_id, error)

    def _committed(self, error: KafkaError | None, partitions: list[KafkaTopicPartition]) -> None:
        if self._on_committed is None:
            return
        failed = error or next((p.error for p in partitions if p.error is not None), None)
        done = {TopicPartition(p.topic, p.partition): p.offset for p in partitions if p.offset >= 0}
        self._on_committed(done, None if failed is None else failed.str())

    # -- rebalances ----------------------------------------------------------------------------------------------------

    def _assign(self, partitions: list[KafkaTopicPartition]) -> None:
        new = frozenset(TopicPartition(p.topic, p.partition) for p in partitions)
        consumer = self._live()
        self._rebalances += 1
        self._owned |= new
        begin = self._on_assigned(new) if self._on_assigned is not None else {}
        for partition in partitions:
            at = begin.get(TopicPartition(partition.topic, partition.partition))
            if at is not None:
                partition.offset = at
        if self._cooperative:
            consumer.incremental_assign(partitions)
        else:
            consumer.assign(partitions)
        self._paused_now -= new
        self._apply_pauses()

    def _give_up(self, partitions: list[KafkaTopicPartition], tell: OnGone) -> None:
        gone = frozenset(TopicPartition(p.topic, p.partition) for p in partitions) & frozenset(self._owned)
        self._rebalances += 1
        try:
            tell(gone)
        finally:
            self._owned -= gone
            self._paused_now -= gone
            self._task_paused -= gone
            self._first_seen -= gone

    def _guarded(
        self, handle: Callable[[list[KafkaTopicPartition]], None]
    ) -> Callable[[Consumer, list[KafkaTopicPartition]], None]:
        def callback(_: Consumer, partitions: list[KafkaTopicPartition]) -> None:
            self._is_rebalancing = True
            try:
                handle(partitions)
            except Exception as error:  # noqa: BLE001  # an exception would come out of poll() as SystemError; kept and raised there
                self._callback_error = self._callback_error or error
            finally:
                self._is_rebalancing = False

        return callback

    def _raise_callback_error(self) -> None:
        error, self._callback_error = self._callback_error, None
        if error is not None:
            raise error

    # -- the rest ------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Leave the group. Blocks until the broker knows, or a few seconds; then the client is left behind."""
        consumer, self._consumer = self._consumer, None
        if consumer is None:
            return
        try:
            self._returned_within(CLOSE_S, f"Closing the consumer of {self._task_id}", consumer.close)
        except RetriableError as error:
            logger.warning("Sink task %s has left its group, which may miss it only later: %s", self._task_id, error)

    def _returned_within(self, timeout_s: float, doing: str, call: Callable[[], object]) -> None:
        """As `returned_within`; the calls wait for each other, also for one left behind."""

        def in_turn() -> None:
            with self._turn:
                call()

        returned_within(timeout_s, doing, in_turn)

    def _live(self) -> Consumer:
        if self._consumer is None:
            raise ConnectError(f"The consumer of task {self._task_id} is closed")
        return self._consumer

    def _note_first(self, messages: Sequence[ConsumedMessage]) -> None:
        for message in messages:
            tp = _partition_of(message)
            if tp not in self._first_seen:
                self._first_seen.add(tp)
                self._first_offsets[tp] = message.offset()

    def _judge(self, error: KafkaError | None) -> None:
        if error is None or error.code() in NOTHING_WRONG:
            return
        if error.fatal() or error.code() in FATAL:
            raise ConnectError(f"Task {self._task_id} cannot consume: {error.str()}")
        if error.code() in NO_TOPIC:
            logger.warning("Sink task %s waits for a topic to appear: %s", self._task_id, error.str())
        else:
            logger.warning("Consumer of sink task %s: %s", self._task_id, error.str())


def _partition_of(message: ConsumedMessage) -> TopicPartition:
    return TopicPartition(message.topic(), message.partition())


def _kafka(partitions: set[TopicPartition]) -> list[KafkaTopicPartition]:
    return [KafkaTopicPartition(tp.topic, tp.partition) for tp in partitions]


def _kafka_offsets(offsets: Mapping[TopicPartition, int]) -> list[KafkaTopicPartition]:
    return [KafkaTopicPartition(tp.topic, tp.partition, offset) for tp, offset in offsets.items()]
