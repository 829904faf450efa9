"""A connector instance on its thread: initialised once, then started and stopped as its target state asks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from threading import Condition, Event

from connect_runtime.errors import ConnectError
from connect_runtime.observe import stack_of_a_bug
from connect_runtime.sdk import Connector, OffsetReader, SinkConnector, SourceConnector
from connect_runtime.storage.config_records import TargetState
from connect_runtime.tasks.lifecycle import ConnectorPhase, IllegalTransitionError, StatusListener, next_phase
from connect_runtime.tasks.source_task import ClosableOffsetReader
from connect_runtime.tasks.thread import daemon

__all__ = ["RunningConnector"]

logger = logging.getLogger(__name__)


class RunningConnector:
    """One connector instance.

    Its plugin runs on a thread of its own, but for ``task_configs``, which the herder calls.

    Args:
        name: The connector's name.
        plugin: The connector.
        version: Its version.
        config: Its configuration, variables resolved.
        offset_reader: Gives a source connector its committed offsets; ``None`` for a sink.
        listener: Told of its status.
        on_reconfigure: Called, from any thread, when the connector asks for new task configurations.
    """

    def __init__(
        self,
        name: str,
        plugin: Connector,
        version: str | None,
        config: Mapping[str, str],
        offset_reader: ClosableOffsetReader | None,
        listener: StatusListener[str],
        on_reconfigure: Callable[[str], None],
    ) -> None:
        self.name = name
        self.config = config
        self.plugin = plugin
        self._version = version
        self._offset_reader = offset_reader
        self._listener = listener
        self._on_reconfigure = on_reconfigure
        self._phase = ConnectorPhase.INIT
        self._wake = Condition()
        self._wanted: tuple[TargetState, Future[TargetState]] | None = None
        self._stopping = Event()
        self._cancelled = Event()
        self._ended = Event()
        self._raised: Exception | None = None
        self._thread = daemon(f"connector-thread-{name}", self._run)

    def start(self) -> None:
        """Start the thread; the first `transition_to` starts the plugin."""
        self._thread.start()

    def transition_to(self, target: TargetState) -> Future[TargetState]:
        """Ask for a target state; a request that was not taken up yet is superseded. The future tells the outcome."""
        future: Future[TargetState] = Future()
        with self._wake:
            if self._wanted is not None:
                self._wanted[1].set_exception(
                    ConnectError(f"The request was pre-empted by a later one: {self.name} is to be {target.value}")
                )
            self._wanted = (target, future)
            self._wake.notify_all()
        return future

    def stop(self) -> None:
        """Ask the instance to end; returns at once."""
        with self._wake:
            self._stopping.set()
            self._wake.notify_all()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; whether it came in time."""
        return self._ended.wait(timeout_s)

    def cancel(self) -> None:
        """Give the instance up: UNASSIGNED is reported now, and nothing it does is reported any more."""
        if not self._cancelled.is_set():
            self._listener.on_shutdown(self.name, self._version)
        self._cancelled.set()
        self._close_reader()
        self.stop()

    @property
    def phase(self) -> ConnectorPhase:
        """Where it is in its life."""
        return self._phase

    @property
    def is_running(self) -> bool:
        """Whether its plugin is started."""
        return self._phase is ConnectorPhase.STARTED

    # -- the context that the plugin sees ------------------------------------------------------------------------------

    def request_task_reconfiguration(self) -> None:
        """Ask for new ``task_configs``; returns at once."""
        self._require_live()
        self._on_reconfigure(self.name)

    def raise_error(self, error: Exception) -> None:
        """Mark the connector FAILED; its tasks go on."""
        self._require_live()
        with self._wake:
            self._raised = self._raised or error
            self._wake.notify_all()

    @property
    def offset_reader(self) -> OffsetReader:
        """Committed source offsets of this connector.

        Raises:
            ConnectError: It is a sink.
        """
        if self._offset_reader is None:
            raise ConnectError(f"Connector {self.name} is a sink: it has no source offsets")
        return self._offset_reader

    def _require_live(self) -> None:
        if self._stopping.is_set():
            raise ConnectError(f"Connector {self.name} is already shut down")

    # -- the thread ----------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        self._initialize()
        while not self._stopping.is_set():
            wanted, raised = self._await_request()
            if raised is not None:
                self._fail(raised)
            if wanted is not None:
                self._transition(*wanted)
        self._shut_down()
        self._ended.set()

    def _initialize(self) -> None:
        try:
            match self.plugin:
                case SourceConnector() as source:
                    source.initialize(self)
                case SinkConnector() as sink:
                    sink.initialize(self)
                case _:
                    self._fail(ConnectError(f"{type(self.plugin).__name__} is neither a source nor a sink connector"))
        except Exception as error:  # noqa: BLE001  # a plugin call ends here
            self._fail(error)

    def _await_request(self) -> tuple[tuple[TargetState, Future[TargetState]] | None, Exception | None]:
        with self._wake:
            self._wake.wait_for(lambda: self._wanted or self._raised or self._stopping.is_set())
            wanted, self._wanted = self._wanted, None
            raised, self._raised = self._raised, None
            return wanted, raised

    def _transition(self, target: TargetState, future: Future[TargetState]) -> None:
        try:
            wanted = next_phase(self._phase, target)
        except IllegalTransitionError as error:
            future.set_exception(error)
            return
        if wanted is not self._phase:
            failure = self._enter(wanted)
            if failure is not None:
                future.set_exception(failure)
                return
        future.set_result(target)

    def _enter(self, wanted: ConnectorPhase) -> Exception | None:
        """Start or stop the plugin as the phase asks; the error when it failed."""
        before = self._phase
        try:
            if wanted is ConnectorPhase.STARTED:
                self.plugin.start(self.config)
            elif before is ConnectorPhase.STARTED:
                self.plugin.stop()
        except Exception as error:
            if wanted is not ConnectorPhase.STOPPED:
                self._fail(error)
                return error
            logger.exception("Connector %s failed to stop; it counts as stopped", self.name)
        self._phase = wanted
        self._report(before)
        return None

    def _report(self, before: ConnectorPhase) -> None:
        if self._cancelled.is_set():
            return
        version = self._version
        match self._phase:
            case ConnectorPhase.STARTED if before is ConnectorPhase.INIT:
                self._listener.on_startup(self.name, version)
            case ConnectorPhase.STARTED:
                self._listener.on_resume(self.name, version)
            case ConnectorPhase.PAUSED:
                self._listener.on_pause(self.name, version)
            case ConnectorPhase.STOPPED:
                self._listener.on_stop(self.name, version)
            case _:
                pass

    def _fail(self, error: Exception) -> None:
        if self._phase is ConnectorPhase.FAILED:
            return
        self._phase = ConnectorPhase.FAILED
        logger.error(
            "Connector %s failed and stays so until it is restarted: %s",
            self.name,
            error,
            exc_info=stack_of_a_bug(error),
        )
        if not self._cancelled.is_set():
            self._listener.on_failure(self.name, error, self._version)

    def _shut_down(self) -> None:
        with self._wake:
            wanted, self._wanted = self._wanted, None
        if wanted is not None:
            wanted[1].set_exception(ConnectError(f"Connector {self.name} is already shut down"))
        was, self._phase = self._phase, ConnectorPhase.STOPPED
        error: Exception | None = None
        try:
            if was is ConnectorPhase.STARTED:
                self.plugin.stop()
        except Exception as raised:
            error = raised
            logger.exception("Connector %s failed to stop", self.name)
        self._close_reader()
        if self._cancelled.is_set():
            return
        if error is None:
            self._listener.on_shutdown(self.name, self._version)
        else:
            self._listener.on_failure(self.name, error, self._version)

    def _close_reader(self) -> None:
        if self._offset_reader is not None:
            self._offset_reader.close()
