"""The worker's keys about its REST server."""

from __future__ import annotations

import re
from typing import Final

from connect_runtime.config.key import ConfigKey
from connect_runtime.config.types import ConfigType, Importance
from connect_runtime.config.validators import Check, all_of, between, check, if_set, non_empty_list, one_of

__all__ = ["REST_KEYS"]

_GROUP: Final = "REST server"
_URL = re.compile(r"https?://(\[[0-9a-f:.%]*\]|[^/:\s\[\]]*):[0-9]+/?", re.IGNORECASE)


def _listener_urls() -> Check:
    text = "every item must be a URL such as http://localhost:8083, or http://:8083 for all addresses of this machine"
    return check(lambda urls: all(_URL.fullmatch(url) for url in urls), text)


REST_KEYS: Final = (
    ConfigKey(
        "listeners",
        ConfigType.LIST,
        default="http://:8083",
        validator=all_of(non_empty_list(), _listener_urls()),
        importance=Importance.HIGH,
        doc="Where the REST API listens, as URLs separated by commas; without a host on every address of the machine. "
        "Whoever reaches it can read and write what the worker can. Example: `http://127.0.0.1:8083`.",
        group=_GROUP,
    ),
    ConfigKey(
        "rest.advertised.host.name",
        importance=Importance.LOW,
        doc="Host under which other workers reach this one; by default the listener's host, else the machine's "
        "address. Example: `worker-1.example.org`.",
        group=_GROUP,
    ),
    ConfigKey(
        "rest.advertised.port",
        ConfigType.INT,
        validator=if_set(between(1, 65535)),
        importance=Importance.LOW,
        doc="Port under which other workers reach this one; by default the listener's port. Example: `8083`.",
        group=_GROUP,
    ),
    ConfigKey(
        "rest.advertised.listener",
        validator=if_set(one_of("http", "https")),
        importance=Importance.LOW,
        doc="Which kind of listener other workers use: `http` or `https`; by default `http` when there is one.",
        group=_GROUP,
    ),
    ConfigKey(
        "admin.listeners",
        ConfigType.LIST,
        validator=if_set(_listener_urls()),
        importance=Importance.LOW,
        doc="Where the logger endpoints (`/admin/loggers`) listen: not set, they are on the normal listeners; empty, "
        "they are nowhere; else only there. Example: `http://127.0.0.1:9083`.",
        group=_GROUP,
    ),
    ConfigKey(
        "access.control.allow.origin",
        default="",
        importance=Importance.LOW,
        doc="Origins whose pages may call the REST API from a browser, separated by commas, `*` for all; empty for "
        "none. Example: `https://ui.example.org`.",
        group=_GROUP,
    ),
    ConfigKey(
        "access.control.allow.methods",
        default="",
        importance=Importance.LOW,
        doc="Methods that such pages may use; empty for `GET,POST,HEAD`. Example: `GET,POST,PUT,DELETE`.",
        group=_GROUP,
    ),
    ConfigKey(
        "response.http.headers.config",
        default="",
        importance=Importance.LOW,
        doc="Headers of every REST answer, rules `[set|add|setDate|addDate] [header]:[value]` separated by commas. "
        'Example: `set X-Frame-Options: DENY, "set Cache-Control: no-cache, no-store"`.',
        group=_GROUP,
    ),
    ConfigKey(
        "rest.extension.classes",
        ConfigType.LIST,
        default="",
        importance=Importance.LOW,
        doc="REST extensions of Kafka Connect. Accepted and ignored: they are Java classes.",
        group=_GROUP,
    ),
)
