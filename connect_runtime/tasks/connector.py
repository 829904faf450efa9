"""A connector instance on its thread: initialised once, then started and stopped as its target state asks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
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
        self._wanted: _Transition | None = None
        self._under_way: _Transition | None = None
        self._stopping = Event()
        self._cancelled = Event()
        self._ended = Event()
        self._raised: Exception | None = None
        self._has_reported_end = False
        self._thread = daemon(f"connector-thread-{name}", self._run)

    def start(self) -> None:
        """Start the thread; the first `transition_to` starts the plugin."""
        self._thread.start()

    def transition_to(self, target: TargetState) -> Future[TargetState]:
        """Ask for a target state; a request that was not taken up yet is superseded. The future tells the outcome."""
        asked = _Transition(target)
        superseded: _Transition | None = None
        with self._wake:
            is_late = self._stopping.is_set()
            if not is_late:
                superseded, self._wanted = self._wanted, asked
                self._wake.notify_all()
        if is_late:
            asked.fail(self._shut_down_error())
        if superseded is not None:
            superseded.fail(
                ConnectError(f"The request was pre-empted by a later one: {self.name} is to be {target.value}")
            )
        return asked.reached

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
        with self._wake:
            if not self._cancelled.is_set() and not self._has_reported_end:
                self._listener.on_shutdown(self.name, self._version)
            self._cancelled.set()
            transitions = (self._wanted, self._under_way)
        for transition in transitions:
            if transition is not None:
                transition.fail(self._shut_down_error())
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
            raise self._shut_down_error()

    def _shut_down_error(self) -> ConnectError:
        return ConnectError(f"Connector {self.name} is already shut down")

    # -- the thread ----------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._initialize()
            while not self._stopping.is_set():
                wanted, raised = self._await_request()
                if raised is not None:
                    self._fail(raised)
                if wanted is not None:
                    self._transition(wanted)
            self._shut_down()
        finally:
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
        except BaseException as error:  # noqa: BLE001  # a plugin call ends here, whatever it raised, sys.exit() too
            self._fail(error)

    def _await_request(self) -> tuple[_Transition | None, Exception | None]:
        with self._wake:
            self._wake.wait_for(lambda: self._wanted or self._raised or self._stopping.is_set())
            self._under_way, self._wanted = self._wanted, None
            raised, self._raised = self._raised, None
            return self._under_way, raised

    def _transition(self, asked: _Transition) -> None:
        try:
            wanted = next_phase(self._phase, asked.target)
        except IllegalTransitionError as error:
            asked.fail(error)
            return
        failure = self._enter(wanted) if wanted is not self._phase else None
        if failure is None:
            asked.succeed()
        else:
            asked.fail(failure)

    def _enter(self, wanted: ConnectorPhase) -> BaseException | None:
        """Start or stop the plugin as the phase asks; the error when it failed."""
        before = self._phase
        try:
            if wanted is ConnectorPhase.STARTED:
                self.plugin.start(self.config)
            elif before is ConnectorPhase.STARTED:
                self.plugin.stop()
        except BaseException as error:
            if wanted is not ConnectorPhase.STOPPED:
                self._fail(error)
                return error
            logger.warning(
                "Connector %s failed to stop and counts as stopped: %s",
                self.name,
                error,
                exc_info=stack_of_a_bug(error),
            )
        self._phase = wanted
        self._report(before)
        return None

    def _report(self, before: ConnectorPhase) -> None:
        name, version = self.name, self._version
        match self._phase:
            case ConnectorPhase.STARTED if before is ConnectorPhase.INIT:
                self._tell(lambda: self._listener.on_startup(name, version))
            case ConnectorPhase.STARTED:
                self._tell(lambda: self._listener.on_resume(name, version))
            case ConnectorPhase.PAUSED:
                self._tell(lambda: self._listener.on_pause(name, version))
            case ConnectorPhase.STOPPED:
                self._tell(lambda: self._listener.on_stop(name, version))
            case _:
                pass

    def _fail(self, error: BaseException) -> None:
        if self._phase is ConnectorPhase.FAILED:
            return
        self._phase = ConnectorPhase.FAILED
        self._tell(lambda: self._report_failure(error))

    def _report_failure(self, error: BaseException) -> None:
        logger.error(
            "Connector %s failed and stays so until it is restarted: %s",
            self.name,
            error,
            exc_info=stack_of_a_bug(error),
        )
        self._listener.on_failure(self.name, error, self._version)

    def _tell(self, report: Callable[[], None]) -> None:
        """Report a status, unless the connector was given up: what was reported then is the last word."""
        with self._wake:
            if not self._cancelled.is_set():
                report()

    def _shut_down(self) -> None:
        with self._wake:
            wanted, self._wanted = self._wanted, None
        if wanted is not None:
            wanted.fail(self._shut_down_error())
        error = self._stopped() if self._phase is ConnectorPhase.STARTED else None
        self._phase = ConnectorPhase.STOPPED
        self._close_reader()
        self._tell(lambda: self._report_end(error))

    def _report_end(self, error: BaseException | None) -> None:
        self._has_reported_end = True
        if error is None:
            self._listener.on_shutdown(self.name, self._version)
        else:
            self._listener.on_failure(self.name, error, self._version)

    def _stopped(self) -> BaseException | None:
        """Stop the plugin; the error when it failed."""
        try:
            self.plugin.stop()
        except BaseException as error:
            if not self._cancelled.is_set():
                logger.error("Connector %s failed to stop: %s", self.name, error, exc_info=stack_of_a_bug(error))
            return error
        return None

    def _close_reader(self) -> None:
        if self._offset_reader is not None:
            self._offset_reader.close()


class _Transition:
    """A request for a target state. Settled once, by the connector's thread or by whoever gives the connector up."""

    def __init__(self, target: TargetState) -> None:
        self.target = target
        self.reached: Future[TargetState] = Future()

    def succeed(self) -> None:
        with suppress(InvalidStateError):
            self.reached.set_result(self.target)

    def fail(self, error: BaseException) -> None:
        with suppress(InvalidStateError):
            self.reached.set_exception(error)
