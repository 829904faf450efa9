"""Values of config providers in what runs here: put in when something starts, asked for again when they expire.

A provider may give its values a time to live. Once it is over, the provider is asked again, and what was started with
values that are others by now is restarted, under the same configuration. Kafka Connect restarts whatever the answer;
and no more than the connector, so that its tasks keep the old values if their stored configurations stay the same.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from connect_runtime.config import ConfigResolver, Resolved, paths_in
from connect_runtime.herder.requests import RequestQueue
from connect_runtime.herder.restart import RestartPlan
from connect_runtime.model import ConnectorTaskId
from connect_runtime.observe import stack_of_a_bug
from connect_runtime.tasks.thread import daemon

__all__ = ["SecretsReload"]

logger = logging.getLogger(__name__)
SHORTEST_S: Final = 0.5
RELOAD_ACTION: Final = "config.action.reload"
RawConfig = Mapping[str, str | None]
Instance = str | ConnectorTaskId


@dataclass(frozen=True, slots=True)
class _Started:
    """What an instance was started with: its configurations as stored, and with the values of then."""

    raw: Sequence[RawConfig]
    resolved: Sequence[Mapping[str, str | None]] = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class _Appointment:
    """To ask again for the values of one path that a connector uses."""

    connector: str
    path: str
    ttl_s: float

    def __str__(self) -> str:
        return f"looking whether values of connector {self.connector} have changed"


class SecretsReload:
    """Puts in values and restarts what has old ones. Belongs to the herder's thread, but for `hide`.

    Args:
        resolver: Asks the providers. It may block: so it is asked anew on a thread of its own.
        requests: Work for the herder's thread.
        restart: Restarts those of a connector's instances that run here.
        runs: Whether a connector or task runs here.
    """

    def __init__(
        self,
        resolver: ConfigResolver,
        requests: RequestQueue,
        restart: Callable[[str, RestartPlan], None],
        runs: Callable[[Instance], bool],
    ) -> None:
        self._resolver = resolver
        self._requests = requests
        self._restart = restart
        self._runs = runs
        self._started: dict[str, dict[Instance, _Started]] = defaultdict(dict)
        self._pending: dict[tuple[str, str], _Appointment] = {}

    @property
    def has_appointments(self) -> bool:
        """Whether any provider is to be asked again."""
        return bool(self._pending)

    def hide(self, text: str) -> str:
        """``text`` without the values that providers gave. From any thread."""
        return self._resolver.hide(text)

    def connector_config(self, name: str, raw: RawConfig) -> dict[str, str]:
        """The configuration that a connector is to be started with; keys without a value are left out.

        Raises:
            ConfigError: A provider cannot read what it should.
        """
        return self._begin(name, name, (raw,))[0]

    def task_configs(
        self, task_id: ConnectorTaskId, connector: RawConfig, task: RawConfig
    ) -> tuple[dict[str, str], dict[str, str]]:
        """The connector's and the task's own configuration that a task is to be started with. Raises: ConfigError."""
        of_connector, of_task = self._begin(task_id, task_id.connector, (connector, task))
        return of_connector, of_task

    def _begin(self, instance: Instance, connector: str, raw: Sequence[RawConfig]) -> list[dict[str, str]]:
        found = [self._resolver.resolve(config) for config in raw]
        self._started[connector].pop(instance, None)
        if _reloads(found[0].config):
            for path, ttl_s in _shortest_ttls(found).items():
                self._started[connector][instance] = _Started(raw, [one.config for one in found])
                pending = self._pending.get((connector, path))
                # What fails and is started anew again and again must not put off the others' turn.
                if pending is None or ttl_s < pending.ttl_s:
                    self._appoint(_Appointment(connector, path, ttl_s))
        return [{key: text for key, text in one.config.items() if text is not None} for one in found]

    # -- once values have expired --------------------------------------------------------------------------------------

    def _appoint(self, appointment: _Appointment) -> None:
        """Ask again after that time; this takes the place of an appointment for the same connector and path."""
        self._pending[appointment.connector, appointment.path] = appointment
        delay_s = max(SHORTEST_S, appointment.ttl_s)
        self._requests.submit(str(appointment), lambda: self._ask(appointment), delay_s=delay_s)

    def _ask(self, due: _Appointment) -> None:
        if not self._is_pending(due):
            return
        started = self._started[due.connector] = {
            instance: one for instance, one in self._started[due.connector].items() if self._runs(instance)
        }
        texts = {text: text for text, _ in _values_at(due.path, started.values())}
        if not texts:
            self._forget(due)
            return

        def ask() -> None:
            try:
                found = self._resolver.resolve(texts)
            except Exception as error:  # a provider's call ends here
                logger.warning(
                    "Whether values of connector %s have changed cannot be told, it goes on with the old ones: %s",
                    due.connector,
                    error,
                    exc_info=stack_of_a_bug(error),
                )
                found = None
            self._requests.submit(str(due), lambda: self._on_found(due, found, started))

        daemon(f"config-provider-{due.connector}", ask).start()

    def _on_found(self, due: _Appointment, found: Resolved | None, asked_for: Mapping[Instance, _Started]) -> None:
        if not self._is_pending(due):
            return
        # Who was started after the question may know more than the answer does.
        own = self._started[due.connector]
        same = {instance: one for instance, one in asked_for.items() if own.get(instance) is one}
        changed = set() if found is None else _changed(due, same, found.config)
        ttl_s = due.ttl_s if found is None else found.ttls_s.get(due.path)
        if ttl_s is None:
            self._forget(due)
        else:
            self._appoint(_Appointment(due.connector, due.path, ttl_s))
        if changed:
            tasks = frozenset(instance for instance in changed if isinstance(instance, ConnectorTaskId))
            logger.info("Values that connector %s was started with have changed: restarting it", due.connector)
            self._restart(due.connector, RestartPlan(due.connector in changed, tasks))

    def _is_pending(self, appointment: _Appointment) -> bool:
        return self._pending.get((appointment.connector, appointment.path)) is appointment

    def _forget(self, due: _Appointment) -> None:
        del self._pending[due.connector, due.path]
        if not any(connector == due.connector for connector, _ in self._pending):
            self._started.pop(due.connector, None)


def _reloads(config: RawConfig) -> bool:
    return (config.get(RELOAD_ACTION) or "restart").strip() != "none"


def _shortest_ttls(found: Iterable[Resolved]) -> dict[str, float]:
    shortest: dict[str, float] = {}
    for one in found:
        for path, ttl_s in one.ttls_s.items():
            shortest[path] = min(ttl_s, shortest.get(path, ttl_s))
    return shortest


def _changed(due: _Appointment, started: Mapping[Instance, _Started], now: Mapping[str, str | None]) -> set[Instance]:
    """What has other values than there are now; nothing while some value is gone."""
    gone = {text for text, before in _values_at(due.path, started.values()) if _is_gone(due.path, before, now[text])}
    if gone:
        logger.warning(
            "Connector %s goes on with the old values: a config provider has none any more for %s",
            due.connector,
            ", ".join(sorted(gone)),
        )
        return set()
    return {
        instance
        for instance, one in started.items()
        if any(now[text] != before for text, before in _values_at(due.path, [one]))
    }


def _values_at(path: str, started: Iterable[_Started]) -> list[tuple[str, str | None]]:
    """Texts with a variable of that path, and what was in place of each when something was started."""
    return [
        (text, resolved[key])
        for one in started
        for raw, resolved in zip(one.raw, one.resolved, strict=True)
        for key, text in raw.items()
        if text is not None and path in paths_in(text)
    ]


def _is_gone(path: str, before: str | None, now: str | None) -> bool:
    """Whether there was a value and is none: a file that is being replaced should not stop what runs."""
    return path in paths_in(now) and path not in paths_in(before)
