"""Arguments of a connection to PostgreSQL from a `DatabaseAddress`."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from connectors.sql.address import URL_KEY, DatabaseAddress

__all__ = ["connection_arguments"]

logger = logging.getLogger(__name__)
# A network that swallows packets is noticed in a minute; the operating system alone would take hours.
_DEFAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "application_name": "connect-runtime",
        "connect_timeout": "10",
        "keepalives_idle": "30",
        "keepalives_interval": "10",
        "keepalives_count": "3",
        "tcp_user_timeout": "60000",
    }
)
_LIBPQ_NAMES: Final = {
    "ApplicationName": "application_name",
    "channelBinding": "channel_binding",
    "connectTimeout": "connect_timeout",
    "gssEncMode": "gssencmode",
    "kerberosServerName": "krbsrvname",
    "loginTimeout": "connect_timeout",
    "options": "options",
    "sslcert": "sslcert",
    "sslkey": "sslkey",
    "sslmode": "sslmode",
    "sslpassword": "sslpassword",
    "sslrootcert": "sslrootcert",
}
_TARGETS: Final = {
    "any": "any",
    "primary": "primary",
    "master": "primary",
    "secondary": "standby",
    "slave": "standby",
    "preferSecondary": "prefer-standby",
    "preferSlave": "prefer-standby",
}


def connection_arguments(address: DatabaseAddress) -> dict[str, Any]:
    """Keyword arguments for ``psycopg.connect``."""
    arguments: dict[str, Any] = dict(_DEFAULTS)
    arguments.update(_of_jdbc(address.options) if address.is_jdbc else address.options)
    if address.hosts:
        arguments["host"] = ",".join(host for host, _ in address.hosts)
        arguments["port"] = ",".join(str(port or 5432) for _, port in address.hosts)
    if address.database:
        arguments["dbname"] = address.database
    if address.user is not None:
        arguments["user"] = address.user
    if address.password is not None:
        arguments["password"] = address.password.value
    # Nothing is prepared: a statement carries a thousand rows, and poolers in front of the server may not keep it.
    return arguments | {"client_encoding": "UTF8", "prepare_threshold": None}


def _of_jdbc(options: Mapping[str, str]) -> dict[str, str]:
    arguments = {_LIBPQ_NAMES[name]: value for name, value in options.items() if name in _LIBPQ_NAMES}
    for name, value in options.items():
        if name in _LIBPQ_NAMES:
            continue
        if name == "ssl":
            if value.lower() != "false":
                arguments.setdefault("sslmode", "verify-full")
        elif name == "currentSchema":
            path = value.replace("\\", "\\\\").replace(" ", "\\ ")
            arguments["options"] = f"{arguments.get('options', '')} -c search_path={path}".strip()
        elif name == "targetServerType" and value in _TARGETS:
            arguments["target_session_attrs"] = _TARGETS[value]
        else:
            # Most of them tune the Java driver itself.
            logger.warning("Option %s of %s has no meaning here and is left out", name, URL_KEY)
    return arguments
