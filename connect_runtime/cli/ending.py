"""The end of processes: of this one, in which plugins may have left threads behind, and of others."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from connect_runtime.errors import ConnectError, ExitCode, StartupError

__all__ = ["ends_in_any_case", "how_it_ended"]

logger = logging.getLogger(__name__)
LAST_WORDS_S = 2.0


@contextmanager
def ends_in_any_case() -> Iterator[None]:
    """The last block of a worker's process, after which the process ends whatever plugins left running.

    Python waits for threads that are no daemons, and pulls the ground from under the others while they may be inside a
    Kafka client. So when any thread is left, the process ends without that: at the end of the block, or, after an
    error, soon after it, so that the error can still be told.
    """
    try:
        yield
    except ConnectError as error:
        if _left_behind():
            code = error.exit_code if isinstance(error, StartupError) else ExitCode.USAGE
            timer = threading.Timer(LAST_WORDS_S, _end_now, [code])
            timer.daemon = True
            timer.start()
        raise
    left = _left_behind()
    if left:
        logger.debug("Threads that still run are left behind: %s", ", ".join(left))
        _end_now(ExitCode.OK)


def how_it_ended(code: int) -> str:
    """The end of another process in words: its exit code, or the signal that killed it."""
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


def _left_behind() -> list[str]:
    here = threading.current_thread()
    return sorted(thread.name for thread in threading.enumerate() if thread is not here)


def _end_now(code: int) -> None:
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # whoever read it may be gone
            stream.flush()
    os._exit(code)
