"""Failures of single records in the log (``errors.log.enable``)."""

from __future__ import annotations

import logging

from connect_runtime.model import ConnectorTaskId, SourceRecord
from connect_runtime.observe import stack_of_a_bug
from connect_runtime.pipeline.consume import ConsumedMessage
from connect_runtime.pipeline.tolerance import Failure

__all__ = ["LogReporter"]

logger = logging.getLogger(__name__)
TIMESTAMP_TYPES = {1: "CreateTime", 2: "LogAppendTime"}


class LogReporter:
    """Logs each failed operation once, and why; with a stack trace where it was not meant to fail so.

    Args:
        task_id: Task whose records these are.
        include_messages: Whether to say which record it was.
    """

    def __init__(self, task_id: ConnectorTaskId, *, include_messages: bool) -> None:
        self._task_id = task_id
        self._include_messages = include_messages

    def report(self, subject: SourceRecord | ConsumedMessage, failure: Failure) -> None:
        """Log one failure of one record."""
        logger.error(
            "Error encountered in task %s. Executing stage '%s' with class '%s'%s: %s",
            self._task_id,
            failure.stage.value,
            failure.executing_class,
            f", where {_described(subject)}" if self._include_messages else "",
            failure.error,
            exc_info=stack_of_a_bug(failure.error),
        )


def _described(subject: SourceRecord | ConsumedMessage) -> str:
    if isinstance(subject, SourceRecord):
        return f"source record is = {subject}"
    kind, at = subject.timestamp()
    stamp = f", timestamp={at}, timestampType={TIMESTAMP_TYPES[kind]}" if kind in TIMESTAMP_TYPES else ""
    return (
        f"consumed record is {{topic='{subject.topic()}', partition={subject.partition()}, "
        f"offset={subject.offset()}{stamp}}}"
    )
