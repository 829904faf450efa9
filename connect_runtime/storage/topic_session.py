"""The thread that reads the internal topics, and what it works with."""

from __future__ import annotations

import logging
from threading import Event, Thread

from confluent_kafka import Consumer

from connect_runtime.clock import Clock
from connect_runtime.errors import StorageError
from connect_runtime.kafka import ConnectionWatch
from connect_runtime.storage.topic_ends import TopicEnds
from connect_runtime.storage.topic_reader import TopicReader
from connect_runtime.storage.topic_writer import TopicWriter

__all__ = ["TopicSession"]

_log = logging.getLogger(__name__)

_POLL_S = 0.1
_PROBE_S = 0.5
_JOIN_S = 10.0
# Time for statuses of a worker that shuts down; cut short when there is nobody to take them.
_FLUSHES, _FLUSH_S = 10, 0.5


class TopicSession:
    """Open clients and the reader thread, from `start` to `close`.

    Args:
        consumer: The consumer that reads; from `start` on it belongs to the session's thread.
        reader: What the consumer fills.
        ends: Where the topics end.
        writer: Writes to the topics; the thread serves its acknowledgements.
        watch: Whether brokers answer.
        clock: Source of the time between probes.
    """

    def __init__(
        self,
        consumer: Consumer,
        reader: TopicReader,
        ends: TopicEnds,
        writer: TopicWriter,
        watch: ConnectionWatch,
        clock: Clock,
    ) -> None:
        self.reader = reader
        self.ends = ends
        self.writer = writer
        self.failure: str | None = None
        self._consumer = consumer
        self._watch = watch
        self._clock = clock
        self._next_probe = 0.0
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="internal-topics", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def close(self) -> None:
        """Deliver nothing more, give queued writes a few seconds, close the clients. May be called twice. Blocks."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._thread.join(_JOIN_S)
        self.reader.fail(StorageError("the worker stops"))
        for _ in range(_FLUSHES):
            if self.writer.flush(_FLUSH_S) or self._watch.is_suspected:
                break
        self.writer.close()
        self.ends.close()

    def _run(self) -> None:
        try:
            self.reader.assign_all(self._consumer)
            while not self._stopping.is_set():
                self.reader.step(self._consumer, _POLL_S)
                self.writer.serve()
                self._probe_when_lost()
        except Exception as exc:  # noqa: BLE001 - nobody waits for this thread: whoever reads next has to hear of its end
            self.failure = f"The reader of the internal topics ended: {exc}"
            _log.exception("The reader of the internal topics ended: nothing is read any more; restart the worker")
            self.reader.fail(exc)
        finally:
            self._consumer.close()

    def _probe_when_lost(self) -> None:
        """Nothing but an answer tells that a broker is back, and an idle reader gets none."""
        if not self._watch.is_suspected or self._clock.monotonic() < self._next_probe:
            return
        self._next_probe = self._clock.monotonic() + _PROBE_S
        self.ends.probe()
