"""What source and sink tasks share: thread, target state, stopping within a budget, reporting a status."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future
from threading import Condition, Event
from typing import TypeVar

from connect_runtime.errors import ConnectError
from connect_runtime.model import ConnectorTaskId
from connect_runtime.observe import stack_of_a_bug
from connect_runtime.storage.config_records import TargetState
from connect_runtime.tasks.lifecycle import StatusListener
from connect_runtime.tasks.thread import daemon

__all__ = ["RunningTask"]

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


class RunningTask(ABC):
    """One task on its thread. Stop is `stop`, `join` with a deadline, then `cancel`: each may be called again.

    Args:
        task_id: The task.
        version: Version of its plugin.
        listener: Told of its status; not any more once the task is cancelled.
        target: Target state to begin in.
    """

    def __init__(
        self,
        task_id: ConnectorTaskId,
        version: str | None,
        listener: StatusListener[ConnectorTaskId],
        target: TargetState,
    ) -> None:
        self.task_id = task_id
        self._version = version
        self._listener = listener
        self._target = target
        self._wake = Condition()
        self._stopping = Event()
        self._cancelled = Event()
        self._ended = Event()
        self._has_reported_end = False
        self._thread = daemon(f"task-thread-{task_id}", self._run)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def set_target(self, target: TargetState) -> None:
        """Pause or resume; takes effect soon, returns at once."""
        with self._wake:
            self._target = target
            self._wake.notify_all()

    def stop(self) -> None:
        """Ask the task to end; returns at once."""
        self._stopping.set()
        with self._wake:
            self._wake.notify_all()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; whether it came in time."""
        return self._ended.wait(timeout_s)

    def cancel(self) -> None:
        """Give the task up: UNASSIGNED is reported now, and it reports and commits nothing any more."""
        with self._wake:
            if not self.is_cancelled and not self._has_reported_end:
                self._listener.on_shutdown(self.task_id, self._version)
            self._cancelled.set()
        self.stop()

    @property
    def has_ended(self) -> bool:
        """Whether its thread is done."""
        return self._ended.is_set()

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to end."""
        return self._stopping.is_set()

    @property
    def is_cancelled(self) -> bool:
        """Whether it was given up."""
        return self._cancelled.is_set()

    @property
    def wants_pause(self) -> bool:
        """Whether its target state is not STARTED."""
        return self._target is not TargetState.STARTED

    def wait(self, timeout_s: float) -> bool:
        """Wait; ends early, with ``True``, when the task is asked to stop or to change between paused and started."""
        with self._wake:
            target = self._target
            return self._wake.wait_for(lambda: self.is_stopping or self._target is not target, timeout_s)

    def _await(self, future: Future[Result]) -> Result:
        """The result of a call on another thread, for as long as the task is not given up.

        Raises:
            ConnectError: The task was given up meanwhile; the call may still go on.
            BaseException: The call's own error.
        """
        future.add_done_callback(self._notify)
        with self._wake:
            self._wake.wait_for(lambda: future.done() or self.is_cancelled)
        if not future.done():
            raise ConnectError(f"Task {self.task_id} was given up while it waited for its plugin")
        return future.result()

    def _notify(self, _: object) -> None:
        with self._wake:
            self._wake.notify_all()

    @abstractmethod
    def _execute(self) -> None:
        """Start the plugin and loop until asked to stop."""

    @abstractmethod
    def _finish(self, *, failed: bool) -> None:
        """Commit what is safe and stop the plugin; errors are logged here, not raised."""

    @abstractmethod
    def _release(self) -> None:
        """Close clients, converters and transforms."""

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            if self._await_first_start():
                self._execute()
        except BaseException as raised:  # noqa: BLE001  # a task ends here: whatever its plugin raised, sys.exit() too
            error = raised
        failed = error is not None
        self._try(lambda: self._finish(failed=failed))
        self._try(self._release)
        self._report_end(error)
        self._ended.set()

    def _try(self, step: Callable[[], None]) -> None:
        try:
            step()
        except BaseException as error:
            if not self.is_cancelled:
                logger.error("Could not end task %s cleanly: %s", self.task_id, error, exc_info=stack_of_a_bug(error))

    def _await_first_start(self) -> bool:
        """Wait while paused before the plugin was ever started; whether it is to be started."""
        if self.wants_pause and not self.is_stopping:
            self._report_pause()
            while self.wants_pause and not self.is_stopping:
                self.wait(60.0)
        return not self.is_stopping

    def _report_start(self) -> None:
        self._tell(lambda: self._listener.on_startup(self.task_id, self._version))

    def _report_pause(self) -> None:
        self._tell(lambda: self._listener.on_pause(self.task_id, self._version))

    def _report_resume(self) -> None:
        self._tell(lambda: self._listener.on_resume(self.task_id, self._version))

    def _report_end(self, error: BaseException | None) -> None:
        self._tell(lambda: self._report_last(error))

    def _report_last(self, error: BaseException | None) -> None:
        self._has_reported_end = True
        if error is not None and not self.is_stopping:
            logger.error(
                "Task %s failed and stays so until it is restarted: %s",
                self.task_id,
                error,
                exc_info=stack_of_a_bug(error),
            )
            self._listener.on_failure(self.task_id, error, self._version)
            return
        if error is not None:
            logger.warning(
                "Task %s failed after it was asked to stop: %s", self.task_id, error, exc_info=stack_of_a_bug(error)
            )
        self._listener.on_shutdown(self.task_id, self._version)

    def _tell(self, report: Callable[[], None]) -> None:
        """Report a status, unless the task was given up: what was reported then is the last word."""
        with self._wake:
            if not self.is_cancelled:
                report()
