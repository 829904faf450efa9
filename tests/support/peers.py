"""Workers that can serve requests for each other: real servers over fake herders."""

from __future__ import annotations

import ssl

import httpx
from httpx import Client
from starlette.types import ASGIApp

from api import Forwarder, RestServer, create_app
from connect_runtime.errors import NotHereError
from tests.support.exchangeable_app import ExchangeableApp
from tests.support.fake_herder import FakeHerder

__all__ = ["Peer", "message_of", "no_tls"]


def no_tls() -> ssl.SSLContext:
    raise AssertionError("no worker has an https URL")


class Peer:
    """A worker: its herder, and its URL as it is advertised."""

    def __init__(self, app: ExchangeableApp, server: RestServer) -> None:
        self._app = app
        self.url = f"{server.url}/"
        self.herder = FakeHerder()

    def renew(self, to_workers: Client) -> None:
        self.herder = FakeHerder()
        self._app.app = create_app(self.herder, forwarder=Forwarder(to_workers))

    def serve(self, app: ASGIApp) -> None:
        """Let something else answer in place of the worker."""
        self._app.app = app

    def sends_to(self, other: Peer) -> None:
        """Be a worker that cannot serve what it is asked, and knows who can."""
        self.herder.fail_with = NotHereError(other.url)


def message_of(response: httpx.Response, status: int) -> str:
    """The message of a failure with that status."""
    body = response.json()
    assert (response.status_code, body["error_code"]) == (status, status)
    return str(body["message"])
