"""A source task: poll, transform, convert, produce, remember; then commit the offsets of what was acknowledged."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Protocol

from confluent_kafka import KafkaError, KafkaException

from connect_runtime.errors import ConnectError, RetriableError
from connect_runtime.kafka import translate
from connect_runtime.model import ConnectorTaskId, SourceRecord
from connect_runtime.observe import plugin_failure
from connect_runtime.pipeline import Failure, Outgoing, SourcePipeline, Stage, Tolerance, TopicCreation
from connect_runtime.sdk import OffsetReader, RecordMetadata, SourceTask, TransactionContext
from connect_runtime.storage.config_records import TargetState
from connect_runtime.tasks.in_flight import InFlight, InFlightBatch, newest_offsets
from connect_runtime.tasks.lifecycle import StatusListener
from connect_runtime.tasks.sender import ProducerLike, Sender, SentMessage
from connect_runtime.tasks.source_commits import SourceCommits
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

    def __init__(
        self,
        task: RunningTask,
        config: Mapping[str, str],
        offset_reader: OffsetReader,
        transactions: TransactionContext | None,
    ) -> None:
        self._task = task
        self._config = config
        self._offset_reader = offset_reader
        self._transactions = transactions

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

    @property
    def transaction_context(self) -> TransactionContext | None:
        """For ending transactions, ``None`` when the task has no say in that."""
        return self._transactions


class RunningSourceTask(RunningTask):
    """A source task. Everything runs on the task's thread, but for a commit on a timer and `cancel`.

    Args:
        task_id: The task.
        plugin: The connector's task.
        config: Its configuration, variables resolved.
        pipeline: Transforms and converters.
        producer: Kafka producer for the records.
        topics: Creates missing topics.
        commits: When and how source offsets become durable, and with that how often a record may be delivered.
        offset_reader: Gives the plugin its committed offsets; closed with the task.
        listener: Told of the task's status.
        target: Target state to begin in.
        version: Version of the plugin.
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
        commits: SourceCommits,
        offset_reader: ClosableOffsetReader,
        listener: StatusListener[ConnectorTaskId],
        target: TargetState,
        *,
        version: str | None,
        on_end: Callable[[], None],
    ) -> None:
        super().__init__(task_id, version, listener, target)
        self._plugin = plugin
        self._config = config
        self._pipeline = pipeline
        self._topics = topics
        self._commits = commits
        self._offset_reader = offset_reader
        self._on_end = on_end
        each_record = type(plugin).commit_record is not SourceTask.commit_record
        self._each_record = each_record
        self._sender = Sender(producer, self, each_record=each_record)
        self.in_flight = InFlight()
        self._delivery_error: Exception | None = None
        self._initialized = False
        self._is_over = False

    # -- the loop ------------------------------------------------------------------------------------------------------

    def _execute(self) -> None:
        if not self._commits.prepare(self):
            return
        self._initialized = True
        transactions = self._commits.transaction_context
        self._plugin.initialize(TaskContext(self, self._config, self._offset_reader, transactions))
        self._plugin.start(self._config)
        self._report_start()
        self._commits.begin()
        while not self.is_stopping:
            if self.wants_pause:
                self._stay_paused()
                continue
            self.require_delivered()
            records = self._poll()
            self._sender.serve()
            self._commits.dispatch(records or ())

    def _poll(self) -> Sequence[SourceRecord] | None:
        try:
            return self._plugin.poll()
        except RetriableError as error:
            logger.warning("Source task %s could not poll now and tries again: %s", self.task_id, error)
            self.wait(SEND_RETRY_S)
            return None

    def send(self, records: Sequence[SourceRecord]) -> None:
        """Transform, convert and produce; does not wait for acknowledgements. Raises: ConnectError."""
        messages, dropped = self._pipeline.convert(records)
        for record in dropped:
            self._record_done(record, None)
        if not messages:
            return
        sent = records if not dropped else [record for group in messages for record in group.origins]
        topics = frozenset(group.topic for group in messages)
        self._commits.before_produce(topics)
        batch = InFlightBatch(sum(len(group.values) for group in messages), newest_offsets(sent), topics)
        self.in_flight.add(batch)
        for group in messages:
            self._produce(group, batch)

    def _produce(self, group: Outgoing, batch: InFlightBatch) -> None:
        start = 0
        self._create_topic(group.topic)
        while start < len(group.values) and not self.is_cancelled:
            self.require_delivered()
            if self._sender.is_full:
                self._sender.serve(FULL_WAIT_S)
                continue
            try:
                start = self._sender.send(group, start, batch)
            except Exception as error:  # noqa: BLE001  # raised again, in words that name the topic
                cause = _translated(error, group.topic)
                message = f"Unrecoverable exception trying to send to topic {group.topic}: {cause}"
                raise self._commits.explained(plugin_failure(message, cause)) from cause
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
        self._commits.pause()
        self._report_pause()
        while self.wants_pause and not self.is_stopping:
            self._sender.serve()
            self.wait(1.0)
        if not self.is_stopping:
            self._commits.resume()
            self._report_resume()

    # -- deliveries ----------------------------------------------------------------------------------------------------

    def on_delivery_error(self, error: Exception, message: SentMessage, record: SourceRecord | None) -> bool:
        """Judge a failed delivery: tolerated, it counts as acknowledged; otherwise the task fails at its next step."""
        if self.is_cancelled or self._is_over:
            return False
        if _was_dropped_here(error):
            self._record_done(record, None)
            return False
        topic = message.topic()
        cause = _translated(error, topic)
        operations = self._pipeline.operations
        if self._commits.tolerates_losses and operations.policy.tolerance is Tolerance.ALL:
            subject = record or SourceRecord(None, None, topic)
            operations.failed(Failure(Stage.KAFKA_PRODUCE, "confluent_kafka.Producer", cause), subject)
            self._record_done(record, None)
            return True
        if self._delivery_error is None:
            self._delivery_error = cause
        return False

    def on_record_delivered(self, record: SourceRecord, metadata: RecordMetadata) -> None:
        """One record was acknowledged."""
        self._record_done(record, metadata)

    def _record_done(self, record: SourceRecord | None, metadata: RecordMetadata | None) -> None:
        if record is not None and self._each_record:
            self._commits.record_done(record, metadata)

    # -- for the way to commit -----------------------------------------------------------------------------------------

    def serve(self) -> None:
        """Take in acknowledgements that have come."""
        self._sender.serve()

    def flush(self, timeout_s: float) -> bool:
        """Wait for acknowledgements; whether all have come in time."""
        return self._sender.flush(timeout_s)

    def require_delivered(self) -> None:
        """Raise the first error of a message that was lost. Raises: ConnectError."""
        if self._delivery_error is not None:
            error = ConnectError(f"Unrecoverable exception from producer send callback: {self._delivery_error}")
            raise self._commits.explained(error) from self._delivery_error

    def tell_record(self, record: SourceRecord, metadata: RecordMetadata | None) -> None:
        """Tell the plugin that a record is done with; its errors are logged."""
        try:
            self._plugin.commit_record(record, metadata)
        except Exception:
            logger.exception("commit_record of source task %s failed; going on", self.task_id)

    def tell_commit(self) -> None:
        """Tell the plugin that offsets are committed; its errors are logged."""
        try:
            self._plugin.commit()
        except Exception:
            logger.exception("commit of source task %s failed; going on", self.task_id)

    # -- the end -------------------------------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Give the task up: a blocked offset read ends, and what the producer holds is dropped."""
        super().cancel()
        self._offset_reader.close()
        self._sender.purge()

    def _finish(self, *, failed: bool) -> None:
        if not self._initialized:
            return
        try:
            self._commits.finish(failed=failed)
        finally:
            self._plugin.stop()

    def _release(self) -> None:
        with ExitStack() as steps:  # the last one comes first; each is taken whatever became of those before
            steps.callback(self._on_end)
            steps.callback(self._pipeline.close)
            steps.callback(self._offset_reader.close)
            steps.callback(self._sender.close)
            self._commits.close()
            self._is_over = True


def _was_dropped_here(error: object) -> bool:
    """Whether nothing is wrong with a message but that its transaction was aborted before it was sent."""
    code = error.code() if isinstance(error, KafkaError) else None
    return code in {KafkaError._PURGE_QUEUE, KafkaError._PURGE_INFLIGHT}  # noqa: SLF001 - their names


def _translated(error: object, topic: str) -> Exception:
    """A client's error in words that name the topic; other errors as they are."""
    if isinstance(error, KafkaException | KafkaError):
        return translate(error, f"Writing to topic {topic}")
    return error if isinstance(error, Exception) else ConnectError(str(error))
