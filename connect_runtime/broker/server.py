"""One running broker: everything put together, from the open database to the listening socket."""

import asyncio
import contextlib
import errno
import logging
import secrets
import socket
import sqlite3
import time

from connect_runtime.broker.config import BrokerConfig
from connect_runtime.broker.dispatch import Dispatch
from connect_runtime.broker.errors import BrokerError, FolderUnusableError, ListenNotAllowedError, PortInUseError
from connect_runtime.broker.groups.coordinator import GroupCoordinator
from connect_runtime.broker.groups.offsets import CommitClock, load_offsets
from connect_runtime.broker.housekeeping import Housekeeping
from connect_runtime.broker.log.catalog import load_catalog
from connect_runtime.broker.log.producer_ids import ProducerIds
from connect_runtime.broker.log.reader import LogReader
from connect_runtime.broker.log.tail import TailCache
from connect_runtime.broker.node import Node
from connect_runtime.broker.storage.database import DATABASE_NAME, cluster_id, open_writer
from connect_runtime.broker.storage.writer import Writer
from connect_runtime.broker.transactions.coordinator import TransactionCoordinator
from connect_runtime.broker.transactions.registry import load_transactions
from connect_runtime.broker.transactions.steps import StepTargets
from connect_runtime.broker.wire.connection import Connection

__all__ = ["BrokerServer"]

_log = logging.getLogger(__name__)
_BACKLOG = 256


class BrokerServer:
    """A broker in this process, on the running loop. The caller holds the folder's lock.

    Args:
        config: What it was told.
    """

    def __init__(self, config: BrokerConfig) -> None:
        self._config = config
        self._connections: set[Connection] = set()
        self._fault: str | None = None

    async def start(self) -> tuple[str, int]:
        """Open the log and listen; returns the address listened on.

        Raises:
            BrokerError: It cannot; the message says why and what to do.
        """
        listener = _listen(self._config)
        host, port = listener.getsockname()[:2]
        try:
            self._node = self._open(port)
        except BrokerError:
            listener.close()
            raise
        dispatch = Dispatch(self._node)
        self._housekeeping = asyncio.get_running_loop().create_task(Housekeeping(self._node).run())
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Connection(
                dispatch.serve, self._config.max_request_bytes, self._connections.add, self._note_closed
            ),
            sock=listener,
            backlog=_BACKLOG,
        )
        return str(host), int(port)

    async def stop(self) -> None:
        """Close the socket and the connections, commit what is queued, close the log."""
        self._server.close()
        for connection in list(self._connections):
            connection.close()
        self._housekeeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._housekeeping
        # The writer last: closing the last connection to the database also empties its write-ahead log.
        self._node.reader.close()
        await self._node.writer.close()

    def _open(self, port: int) -> Node:
        config = self._config
        connection = open_writer(config.dir, flush_to_disk=config.flush_to_disk)
        try:
            (first_id,) = connection.execute("SELECT value FROM meta WHERE key = 'next_producer_id'").fetchone()
            targets = StepTargets(
                registry=load_transactions(connection),
                catalog=load_catalog(connection, dict(config.topic_defaults)),
                committed=load_offsets(connection),
                tail=TailCache(config.tail_cache_bytes),
            )
            return Node(
                config=config,
                host=config.advertised_host or config.host,
                port=config.advertised_port or port,
                cluster_id=cluster_id(connection),
                catalog=targets.catalog,
                committed=targets.committed,
                coordinator=GroupCoordinator(_new_member_id, time.monotonic, config.group_initial_rebalance_delay_s),
                transactions=TransactionCoordinator(targets, _now_ms),
                producer_ids=ProducerIds(int(first_id)),
                writer=Writer(connection, config.dir / DATABASE_NAME, self._note_fault),
                reader=LogReader(config.dir),
                tail=targets.tail,
                clock_ms=_now_ms,
                commit_clock=CommitClock(_now_ms),
            )
        except sqlite3.Error as exc:
            raise FolderUnusableError(str(config.dir), f"{DATABASE_NAME} cannot be read: {exc}") from exc

    def _note_closed(self, connection: Connection, fault: str | None) -> None:
        self._connections.discard(connection)
        if fault:
            _log.warning("connection closed: %s", fault, extra={"peer": connection.peer})

    def _note_fault(self, error: sqlite3.Error | None) -> None:
        fault = None if error is None else str(error)
        if fault == self._fault:
            return
        self._fault = fault
        if fault is None:
            _log.warning("the log can be written again")
        else:
            _log.error(
                "the log in %s cannot be written: %s. Producers are refused until it can; free space on that disk.",
                self._config.dir,
                fault,
            )


def _listen(config: BrokerConfig) -> socket.socket:
    if not config.is_loopback() and not config.allow_remote:
        raise ListenNotAllowedError(config.host)
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.host, config.port))
        listener.listen(_BACKLOG)
    except OSError as exc:
        listener.close()
        if exc.errno == errno.EADDRINUSE:
            raise PortInUseError(config.host, config.port) from exc
        raise BrokerError(f"cannot listen on {config.host}:{config.port}: {exc.strerror or exc}") from exc
    listener.setblocking(False)  # noqa: FBT003 - the standard library's signature
    return listener


def _new_member_id(name: str) -> str:
    return f"{name}-{secrets.token_hex(16)}"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
