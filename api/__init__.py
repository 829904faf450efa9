"""Connect's REST API: `create_app` builds it over a herder, `RestServer` serves it."""

from api.app import create_app
from api.endpoints import Surface
from api.forwarding import Forwarder
from api.listeners import Listener, advertised_url, parse_listeners
from api.server import RestServer
from api.tls import client_tls, server_tls
from api.worker_client import worker_client

__all__ = [
    "Forwarder",
    "Listener",
    "RestServer",
    "Surface",
    "advertised_url",
    "client_tls",
    "create_app",
    "parse_listeners",
    "server_tls",
    "worker_client",
]
