"""A broker as a process: its loop, its signals, its end."""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from connect_runtime.broker.config import BrokerConfig
from connect_runtime.broker.server import BrokerServer
from connect_runtime.broker.storage.lock import FolderLock

__all__ = ["serve", "write_ready_file"]

_SWITCH_INTERVAL_S = 0.001
"""Compaction works in Python on a thread: this is how long it may keep the loop from its requests."""

_log = logging.getLogger(__name__)


def serve(
    config: BrokerConfig,
    *,
    ready: Callable[[str, int], None] | None = None,
    stop: threading.Event | None = None,
    exit_with_parent: bool = False,
) -> int:
    """Run a broker until SIGTERM or SIGINT. Blocks; to be called on the main thread of its process.

    Args:
        config: What it is told.
        ready: Called once with host and port when clients can connect.
        stop: Ends the broker as a signal would, when set; None when only signals do.
        exit_with_parent: End also when standard input reaches its end, which is when the process that holds the
            other end of that pipe is gone, however it went.

    Returns:
        0, the process's exit code after an orderly end.

    Raises:
        BrokerError: It cannot start; the message says why and what to do.
    """
    with FolderLock(config.dir, config.lock_wait_s), asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(_run(config, ready, stop, exit_with_parent=exit_with_parent))
    return 0


async def _run(
    config: BrokerConfig,
    ready: Callable[[str, int], None] | None,
    stop: threading.Event | None,
    *,
    exit_with_parent: bool,
) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(ValueError, RuntimeError):  # not on the main thread: `stop` ends it
            loop.add_signal_handler(number, ended.set)
    server = BrokerServer(config)
    host, port = await server.start()
    if stop is not None:
        _watch(stop.wait, loop, ended)
    if exit_with_parent:
        _watch(_wait_for_end_of_stdin, loop, ended)
    gc.freeze()
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    if ready is not None:
        ready(host, port)
    _log.info("broker ready on %s:%d", host, port, extra={"dir": str(config.dir)})
    await ended.wait()
    await server.stop()


def _watch(wait: Callable[[], object], loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    def watch() -> None:
        wait()
        with contextlib.suppress(RuntimeError):  # the loop may have ended first
            loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=watch, name="broker-stop", daemon=True).start()


def _wait_for_end_of_stdin() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop  # noqa: PLC0415 - optional: not to be had on every platform
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def write_ready_file(path: Path, host: str, port: int) -> None:
    """Tell whoever waits for `path` the address, in one step: a reader never sees half of it."""
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(f"{host}:{port}\n", encoding="utf-8")
    partial.replace(path)
