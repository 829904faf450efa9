"""Connect's REST API: `create_app` builds it over a herder, `RestServer` serves it."""

from api.app import create_app
from api.endpoints import Surface
from api.listeners import Listener, advertised_url, parse_listeners
from api.server import RestServer
from api.tls import server_tls

__all__ = ["Listener", "RestServer", "Surface", "advertised_url", "create_app", "parse_listeners", "server_tls"]
