"""The HTTP client with which a worker speaks to the other workers of its cluster."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from threading import Lock

import httpx

from connect_runtime.errors import ConfigError

__all__ = ["worker_client"]

_CONNECT_TIMEOUT_S = 5.0
_READ_TIMEOUT_S = 100.0
"""Another worker answers within 90 s, with an error if need be."""


def worker_client(tls: Callable[[], ssl.SSLContext], *, read_timeout_s: float = _READ_TIMEOUT_S) -> httpx.Client:
    """A client that keeps its connections open. Callable from any thread; close it when the worker stops.

    It sends nothing but what it is told: it knows no proxy and no password of the process's environment, keeps no
    cookies, and follows no redirects.

    Args:
        tls: How to speak to workers that advertise an ``https`` URL, see `client_tls`; called when the first one
            does.
        read_timeout_s: How long to wait for an answer.
    """
    return httpx.Client(
        transport=httpx.HTTPTransport(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)),  # saves loading certificates
        mounts={"https://": _HttpsTransport(tls)},
        timeout=httpx.Timeout(read_timeout_s, connect=_CONNECT_TIMEOUT_S),
        headers={"User-Agent": "kafka-connect", "Accept": "application/json"},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        trust_env=False,
    )


class _HttpsTransport(httpx.BaseTransport):
    """Made at first use, as a worker without ``https`` peers need not have usable TLS settings."""

    def __init__(self, tls: Callable[[], ssl.SSLContext]) -> None:
        self._tls = tls
        self._lock = Lock()
        self._transport: httpx.HTTPTransport | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._made(request).handle_request(request)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _made(self, request: httpx.Request) -> httpx.HTTPTransport:
        with self._lock:
            if self._transport is None:
                try:
                    self._transport = httpx.HTTPTransport(verify=self._tls())
                except ConfigError as error:
                    raise httpx.ConnectError(str(error), request=request) from error
            return self._transport
