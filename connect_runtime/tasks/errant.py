"""Records that a sink's ``put`` could not write: logged, sent to the dead letter queue, awaited before commits."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from concurrent.futures import Future
from threading import Lock

from connect_runtime.errors import ConnectError
from connect_runtime.model import ConnectorTaskId, SinkRecord, TopicPartition
from connect_runtime.pipeline import (
    ConsumedMessage,
    DeadLetterQueue,
    ErrorPolicy,
    Failure,
    LogReporter,
    Stage,
    Tolerance,
)
from connect_runtime.sdk import Converter, HeaderConverter

__all__ = ["ErrantRecords"]

KEPT_FETCHES = 16
SINK_TASK = "connect_runtime.sdk.SinkTask"


class ErrantRecords:
    """The errant record reporter of one task. `report` may be called from any thread, the rest from the task's.

    Args:
        task_id: The task.
        policy: The connector's policy.
        log: Reporter to the log, ``None`` when it is switched off.
        queue: Dead letter queue, ``None`` when there is none.
        key: Converter for keys of records that the task made itself.
        value: Converter for their values.
        header: Converter for their headers.
    """

    def __init__(
        self,
        task_id: ConnectorTaskId,
        policy: ErrorPolicy,
        log: LogReporter | None,
        queue: DeadLetterQueue | None,
        key: Converter,
        value: Converter,
        header: HeaderConverter,
    ) -> None:
        self._task_id = task_id
        self._policy = policy
        self._log = log
        self._queue = queue
        self._key = key
        self._value = value
        self._header = header
        self._lock = Lock()
        self._batches: deque[Sequence[ConsumedMessage]] = deque(maxlen=KEPT_FETCHES)
        self._open: dict[TopicPartition, list[Future[None]]] = {}
        self._intolerable: ConnectError | None = None

    @property
    def is_enabled(self) -> bool:
        """Whether plugins get a reporter."""
        return self._log is not None or self._queue is not None

    @property
    def tolerates(self) -> bool:
        """Whether a record at fault is skipped."""
        return self._policy.tolerance is Tolerance.ALL

    def consumed(self, messages: Sequence[ConsumedMessage]) -> None:
        """Keep these messages for a while, so that what is reported of them is what was consumed."""
        if self._queue is not None:
            self._batches.append(messages)

    def report(self, record: SinkRecord, error: Exception) -> Future[None]:
        """Report one record.

        Raises:
            ConnectError: ``errors.tolerance`` is ``none``.
        """
        done = self._reported(record, error)
        if not self.tolerates:
            self._intolerable = ConnectError(
                f"Error tolerance exceeded: sink task {self._task_id} reported the record at offset "
                f"{record.kafka_offset} of {record.original_topic_partition}: {error}"
            )
            raise self._intolerable from error
        return done

    def report_poison(self, record: SinkRecord, error: Exception) -> None:
        """Report a record that ``put`` refused; only where records at fault are tolerated."""
        self._reported(record, error)

    def raise_swallowed(self) -> None:
        """Fail if the plugin caught the error that told it to give up.

        Raises:
            ConnectError: It did.
        """
        if self._intolerable is not None:
            raise self._intolerable

    def await_reports(self, partitions: Collection[TopicPartition]) -> None:
        """Wait until what was reported of these partitions is durable. Blocks.

        Raises:
            ConnectError: A report could not be written.
        """
        with self._lock:
            futures = [future for tp in partitions for future in self._open.pop(tp, ())]
        for future in futures:
            try:
                future.result()
            except Exception as error:
                raise ConnectError(
                    f"Sink task {self._task_id} could not write a record to its dead letter queue: {error}"
                ) from error

    def forget(self, partitions: Collection[TopicPartition]) -> None:
        """These partitions are gone: nobody waits for their reports."""
        with self._lock:
            for tp in partitions:
                self._open.pop(tp, None)

    def close(self) -> None:
        """Let go of what was kept."""
        self._batches.clear()

    def _reported(self, record: SinkRecord, error: Exception) -> Future[None]:
        failure = Failure(Stage.TASK_PUT, SINK_TASK, error)
        message = self._message_of(record)
        if self._log is not None:
            self._log.report(message, failure)
        if self._queue is None:
            done: Future[None] = Future()
            done.set_result(None)
            return done
        future = self._queue.send(message, failure)
        with self._lock:
            self._open.setdefault(record.original_topic_partition, []).append(future)
        return future

    def _message_of(self, record: SinkRecord) -> ConsumedMessage:
        for messages in list(self._batches):
            for message in messages:
                if (
                    message.offset() == record.kafka_offset
                    and message.partition() == record.original_partition
                    and message.topic() == record.original_topic
                ):
                    return message
        return _Rebuilt(record, self._key, self._value, self._header)


class _Rebuilt:
    """A record as a message, its bytes made with the task's converters."""

    def __init__(self, record: SinkRecord, key: Converter, value: Converter, header: HeaderConverter) -> None:
        self._record = record
        self._key = key.from_connect(record.topic, record.key_schema, record.key)
        self._value = value.from_connect(record.topic, record.value_schema, record.value)
        self._headers = [
            (h.key, header.from_connect_header(record.topic, h.key, h.schema, h.value)) for h in record.headers
        ]

    def topic(self) -> str:
        return self._record.original_topic

    def partition(self) -> int:
        return self._record.original_partition

    def offset(self) -> int:
        return self._record.kafka_offset

    def key(self) -> bytes | None:
        return self._key

    def value(self) -> bytes | None:
        return self._value

    def headers(self) -> Sequence[tuple[str, bytes | None]] | None:
        return self._headers

    def timestamp(self) -> tuple[int, int]:
        return self._record.timestamp_type, self._record.timestamp if self._record.timestamp is not None else -1
