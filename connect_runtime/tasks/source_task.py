"""A source task: poll, transform, convert, produce, remember; then commit the offsets of what was acknowledged."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from confluent_kafka import KafkaError, KafkaException

from connect_runtime.errors import ConnectError, RetriableError
from connect_runtime.kafka import translate
from connect_runtime.model import ConnectorTaskId, SourceRecord
from connect_runtime.observe import plugin_failure
from connect_runtime.pipeline import Failure, Outgoing, SourcePipeline, Stage, Tolerance, TopicCreation
from connect_runtime.sdk import OffsetReader, RecordMetadata, SourceTask
from connect_runtime.storage.config_records import TargetState
from connect_runtime.tasks.commit import OffsetCommit
from connect_runtime.tasks.in_flight import InFlight, InFlightBatch, newest_offsets
from connect_runtime.tasks.lifecycle import StatusListener
from connect_runtime.tasks.sender import ProducerLike, Sender, SentMessage
from connect_runtime.tasks.task import RunningTask

__all__ = ["ClosableOffsetReader", "RunningSourceTask", "TaskContext"]

logger = logging.getLogger(__name__)
SEND_RETRY_S = 0.1
FULL_WAIT_S = 0.1


class ClosableOffsetReader(OffsetReader, Protocol):
    """An offset reader whose blocked reads end when it is closed."""

    def close(self) -> None:
        """End reads, now and later, with an error."""
        ...


class TaskContext:
    """The runtime as a source task's plugin sees it."""

    def __init__(self, task: RunningTask, config: Mapping[str, str], offset_reader: OffsetReader) -> None:
        self._task = task
        self._config = config
        self._offset_reader = offset_reader

    @property
    def configs(self) -> Mapping[str, str]:
        """The task's configuration with provider variables resolved."""
        return self._config

    @property
    def offset_reader(self) -> OffsetReader:
        """Committed source offsets of this connector."""
        return self._offset_reader

    @property
    def is_stopping(self) -> bool:
        """Whether the task was asked to stop."""
        return self._task.is_stopping

    def wait(self, timeout_s: float) -> bool:
        """Wait inside ``poll``; ends early, with ``True``, when the task is asked to stop or pause."""
        return self._task.is_stopping or self._task.wants_pause or self._task.wait(timeout_s)


class RunningSourceTask(RunningTask):
    """A source task that delivers at least once. Everything but `commit_offsets` runs on the task's thread.

    Args:
        task_id: The task.
        plugin: The connector's task.
        config: Its configuration, variables resolved.
        pipeline: Transforms and converters.
        producer: Kafka producer for the records.
        topics: Creates missing topics.
        offsets: Where source offsets are committed.
        offset_reader: Gives the plugin its committed offsets; closed with the task.
        listener: Told of the task's status.
        target: Target state to begin in.
        version: Version of the plugin.
        flush_timeout_s: Limit for outstanding acknowledgements when the task ends.
        on_end: Called last, on the task's thread; e.g. closes the admin client.
    """

    def __init__(
        self,
        task_id: ConnectorTaskId,
        plugin: SourceTask,
        config: Mapping[str, str],
        pipeline: SourcePipeline,
        producer: ProducerLike,
        topics: TopicCreation,
        offsets: OffsetCommit,
        offset_reader: ClosableOffsetReader,
        listener: StatusListener[ConnectorTaskId],
        target: TargetState,
        *,
        version: str | None,
        flush_timeout_s: float,
        on_end: Callable[[], None],
    ) -> None:
        super().__init__(task_id, version, listener, target)
        self._plugin = plugin
        self._config = config
        self._pipeline = pipeline
        self._topics = topics
        self._offsets = offsets
        self._offset_reader = offset_reader
        self._flush_timeout_s = flush_timeout_s
        self._on_end = on_end
        each_record = type(plugin).commit_record is not SourceTask.commit_record
        self._each_record = each_record
        self._sender = Sender(producer, self, each_record=each_record)
        self._in_flight = InFlight()
        self._delivery_error: Exception | None = None
        self._initialized = False
        self._is_over = False

    # -- the loop ------------------------------------------------------------------------------------------------------

    def _execute(self) -> None:
        self._initialized = True
        self._plugin.initialize(TaskContext(self, self._config, self._offset_reader))
        self._plugin.start(self._config)
        self._report_start()
        self._offsets.begin(self.commit_offsets)
        while not self.is_stopping:
            if self.wants_pause:
                self._stay_paused()
                continue
            self._raise_delivery_error()
            records = self._poll()
            self._sender.serve()
            if records:
                self._send(records)

    def _poll(self) -> Sequence[SourceRecord] | None:
        try:
            return self._plugin.poll()
        except RetriableError as error:
            logger.warning("Source task %s could not poll now and tries again: %s", self.task_id, error)
            self.wait(SEND_RETRY_S)
            return None

    def _send(self, records: Sequence[SourceRecord]) -> None:
        messages, dropped = self._pipeline.convert(records)
        for record in dropped:
            self._commit_record(record, None)
        if not messages:
            return
        sent = records if not dropped else [record for group in messages for record in group.origins]
        batch = InFlightBatch(
            sum(len(group.values) for group in messages),
            newest_offsets(sent),
            frozenset(group.topic for group in messages),
        )
        self._in_flight.add(batch)
        for group in messages:
            self._produce(group, batch)

    def _produce(self, group: Outgoing, batch: InFlightBatch) -> None:
        start = 0
        self._create_topic(group.topic)
        while start < len(group.values) and not self.is_cancelled:
            self._raise_delivery_error()
            if self._sender.is_full:
                self._sender.serve(FULL_WAIT_S)
                continue
            try:
                start = self._sender.send(group, start, batch)
            except Exception as error:  # noqa: BLE001  # raised again, in words that name the topic
                cause = _translated(error, group.topic)
                message = f"Unrecoverable exception trying to send to topic {group.topic}: {cause}"
                raise plugin_failure(message, cause) from cause
            self._sender.serve()

    def _create_topic(self, topic: str) -> None:
        while not self.is_stopping:
            try:
                return self._topics.ensure(topic)
            except RetriableError as error:
                logger.warning("Source task %s cannot create topic %s yet: %s", self.task_id, topic, error)
                self.wait(SEND_RETRY_S)
        return None

    def _stay_paused(self) -> None:
        self._report_pause()
        while self.wants_pause and not self.is_stopping:
            self._sender.serve()
            self.wait(1.0)
        if not self.is_stopping:
            self._report_resume()

    # -- deliveries ----------------------------------------------------------------------------------------------------

    def on_delivery_error(self, error: Exception, message: SentMessage, record: SourceRecord | None) -> bool:
        """Judge a failed delivery: tolerated, it counts as acknowledged; otherwise the task fails at its next step."""
        if self.is_cancelled or self._is_over:
            return False
        topic = message.topic()
        cause = _translated(error, topic)
        operations = self._pipeline.operations
        if operations.policy.tolerance is Tolerance.ALL:
            subject = record or SourceRecord(None, None, topic)
            operations.failed(Failure(Stage.KAFKA_PRODUCE, "confluent_kafka.Producer", cause), subject)
            if record is not None:
                self._commit_record(record, None)
            return True
        if self._delivery_error is None:
            self._delivery_error = cause
        return False

    def on_record_delivered(self, record: SourceRecord, metadata: RecordMetadata) -> None:
        """Tell the plugin of one acknowledged record."""
        self._commit_record(record, metadata)

    def _commit_record(self, record: SourceRecord, metadata: RecordMetadata | None) -> None:
        if not self._each_record:
            return
        try:
            self._plugin.commit_record(record, metadata)
        except Exception:
            logger.exception("commit_record of source task %s failed; going on", self.task_id)

    def _raise_delivery_error(self) -> None:
        if self._delivery_error is not None:
            raise ConnectError(
                f"Unrecoverable exception from producer send callback: {self._delivery_error}"
            ) from self._delivery_error

    # -- offsets and the end -------------------------------------------------------------------------------------------

    def commit_offsets(self) -> None:
        """Commit what is safe to commit; called from the committer's thread, and at the end from the task's."""
        if self.is_cancelled:
            return
        self._sender.serve()
        offsets, topics = self._in_flight.take_committable()
        if self._offsets.commit(offsets, topics):
            try:
                self._plugin.commit()
            except Exception:
                logger.exception("commit of source task %s failed; going on", self.task_id)

    def cancel(self) -> None:
        """Give the task up: a blocked offset read ends, and what the producer holds is dropped."""
        super().cancel()
        self._offset_reader.close()
        self._sender.purge()

    def _finish(self, *, failed: bool) -> None:
        self._offsets.end()
        if not self._initialized:
            return
        try:
            if not self.is_cancelled:
                delivered = self._sender.flush(self._flush_timeout_s)
                if not delivered and not failed:
                    logger.warning(
                        "Source task %s ends with messages that the broker did not acknowledge", self.task_id
                    )
                self.commit_offsets()
        finally:
            self._plugin.stop()

    def _release(self) -> None:
        self._is_over = True
        self._sender.close()
        self._offset_reader.close()
        self._pipeline.close()
        self._on_end()


def _translated(error: object, topic: str) -> Exception:
    """A client's error in words that name the topic; other errors as they are."""
    if isinstance(error, KafkaException | KafkaError):
        return translate(error, f"Writing to topic {topic}")
    return error if isinstance(error, Exception) else ConnectError(str(error))
