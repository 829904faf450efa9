"""What falls to the leader beside sharing out work: session keys, and statuses of what exists no longer."""

from __future__ import annotations

import logging

from connect_runtime.clock import Clock
from connect_runtime.errors import ConnectError
from connect_runtime.herder.forgetting import forget_gone
from connect_runtime.herder.membership import Membership
from connect_runtime.herder.session_keys import SessionKeySettings, new_session_key, next_session_key_due
from connect_runtime.storage.configs import ConfigStore
from connect_runtime.storage.status import StatusStore

__all__ = ["LeaderDuties"]

logger = logging.getLogger(__name__)
TIDY_S = 2.0
RETRY_S = 5.0


class LeaderDuties:
    """Belongs to the herder's thread.

    Args:
        membership: Tells whether this worker leads.
        configs: The cluster's configuration.
        statuses: Statuses.
        session_keys: What keys to make; ``None`` where nothing is signed.
        clock: For the age of keys.
    """

    def __init__(
        self,
        membership: Membership,
        configs: ConfigStore,
        statuses: StatusStore,
        session_keys: SessionKeySettings | None,
        clock: Clock,
    ) -> None:
        self._membership = membership
        self._configs = configs
        self._statuses = statuses
        self._session_keys = session_keys
        self._clock = clock
        self._tidied: tuple[int, int] | None = None
        self._next_tidying = 0.0
        self._next_key = 0.0
        self._is_new_leader = True

    def tick(self) -> None:
        """Do what is due, when leading. May block while a key is written."""
        if not self._membership.is_leader:
            return
        now = self._clock.monotonic()
        if now >= self._next_tidying:
            self._next_tidying = now + TIDY_S
            self._tidy()
        if self._session_keys is not None and now >= self._next_key:
            self._next_key = now + RETRY_S
            self._renew_key(self._session_keys)

    def _tidy(self) -> None:
        """Statuses come late from workers that stop what was deleted: look again whenever some came."""
        configs = self._configs.snapshot()
        seen = configs.offset, self._statuses.revision
        if seen != self._tidied:
            self._tidied = seen
            forget_gone(self._statuses, configs)

    def _renew_key(self, settings: SessionKeySettings) -> None:
        current, now_ms = self._configs.snapshot().session_key, self._clock.epoch_ms()
        if not next_session_key_due(current, now_ms, settings, is_new_leader=self._is_new_leader):
            return
        try:
            self._configs.put_session_key(new_session_key(settings, now_ms))
        except ConnectError as error:
            logger.warning("The new session key was not written; tried again in %g s: %s", RETRY_S, error)
        else:
            self._is_new_leader = False
