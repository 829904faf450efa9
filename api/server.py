"""Serves the REST API on its own thread, beside a worker that owns the process and its signals."""

from __future__ import annotations

import asyncio
import logging
import math
import ssl
from collections.abc import Sequence
from contextlib import ExitStack
from socket import socket
from threading import Thread
from typing import Self

import msgspec
import uvicorn
from starlette.types import ASGIApp

from api.listeners import Listener, bind
from connect_runtime.errors import ConfigError

__all__ = ["RestServer"]

logger = logging.getLogger(__name__)

_KEEP_ALIVE_S = 30
_STOP_MARGIN_S = 2.0
"""What the server takes to close its connections, on top of what its requests take."""


class RestServer:
    """One application on one or more listeners. Not reusable once stopped.

    Call `start`, `stop` and the properties from one thread. The application runs on a thread of this object's own.

    Args:
        app: What answers the requests.
        listeners: Where to listen.
        tls: Needed for ``https`` listeners, see `server_tls`.

    Raises:
        ConfigError: An ``https`` listener, and no ``tls``.
    """

    def __init__(self, app: ASGIApp, listeners: Sequence[Listener], *, tls: ssl.SSLContext | None = None) -> None:
        if tls is None and any(listener.scheme == "https" for listener in listeners):
            raise ConfigError("An https listener needs TLS settings: set listeners.https.ssl.*", key="listeners")
        self._app = app
        self._listeners = tuple(listeners)
        self._tls = tls
        self._serving: list[_Serving] = []

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Where it listens; after `start` with the ports that were bound for port 0."""
        return self._listeners

    @property
    def port(self) -> int:
        """Port of the first listener."""
        return self._listeners[0].port

    @property
    def url(self) -> str:
        """URL of the first listener for callers on this machine, without a slash at its end."""
        return self._listeners[0].url

    def start(self) -> None:
        """Bind all listeners, then serve. When this returns, connections are accepted.

        Raises:
            StartupError: A listener cannot be bound; then none is left open.
        """
        with ExitStack() as undo:
            sockets = [undo.enter_context(bind(listener)) for listener in self._listeners]
            undo.pop_all()
        self._listeners = tuple(map(_bound, self._listeners, sockets))
        for scheme in sorted({listener.scheme for listener in self._listeners}):
            own = [sock for listener, sock in zip(self._listeners, sockets, strict=True) if listener.scheme == scheme]
            self._serving.append(_serve(self._app, own, self._tls if scheme == "https" else None))
        logger.info("REST API listens on %s", ", ".join(listener.url for listener in self._listeners))

    def stop(self, timeout_s: float = 60.0) -> None:
        """Take no more requests, wait for those under way, and close. Does nothing when it does not serve.

        Args:
            timeout_s: How long to wait for requests under way; what takes longer is cut off.
        """
        for serving in self._serving:
            serving.server.config.timeout_graceful_shutdown = math.ceil(timeout_s)
            serving.server.should_exit = True
        for serving in self._serving:
            serving.thread.join(timeout_s + _STOP_MARGIN_S)
            if serving.thread.is_alive():
                logger.warning("REST API did not stop within %.0f s: its thread is left behind", timeout_s)
        self._serving.clear()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()


class _Serving(msgspec.Struct, frozen=True):
    server: uvicorn.Server
    thread: Thread


def _bound(listener: Listener, sock: socket) -> Listener:
    return msgspec.structs.replace(listener, port=sock.getsockname()[1])


def _serve(app: ASGIApp, sockets: list[socket], tls: ssl.SSLContext | None) -> _Serving:
    server = uvicorn.Server(_uvicorn_config(app, tls))
    thread = Thread(target=_run, args=(server, sockets), name="rest-server", daemon=True)
    thread.start()
    return _Serving(server, thread)


def _uvicorn_config(app: ASGIApp, tls: ssl.SSLContext | None) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="error",  # below that it warns of every client that offers to upgrade, as Java's does
        access_log=False,  # the application writes its own
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
    )
    config.load()
    config.ssl = tls
    return config


def _run(server: uvicorn.Server, sockets: list[socket]) -> None:
    try:
        asyncio.run(server.serve(sockets))
    except Exception:
        logger.exception("REST API stopped unexpectedly: restart the worker")
