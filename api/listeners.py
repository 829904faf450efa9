"""Where the REST API listens: ``listeners=http://:8083,https://host:8443``."""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Sequence

import msgspec

from connect_runtime.errors import ConfigError, StartupError

__all__ = ["Listener", "advertised_url", "bind", "parse_listeners"]

_LISTENER = re.compile(
    r"(https?)://(\[[0-9a-fA-F:.]+(?:%\w+)?\]|[^\[\]/:?#\s]*):([0-9]{1,5})/?", re.ASCII | re.IGNORECASE
)
_MAX_PORT = 65535
_ELSEWHERE = ("192.0.2.1", 9)
"""An address that is reserved for documentation: reached by the default route, and nobody's."""
_AddressInfo = tuple[
    socket.AddressFamily, socket.SocketKind, int, str, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
]


class Listener(msgspec.Struct, frozen=True):
    """One address to listen on.

    Attributes:
        scheme: ``http`` or ``https``.
        host: Name or address without brackets; empty for all interfaces.
        port: 0 for any free one.
    """

    scheme: str
    host: str
    port: int

    @property
    def url(self) -> str:
        """URL under which this machine itself reaches the listener."""
        return f"{self.scheme}://{_in_url('localhost' if self.is_wildcard else self.host)}:{self.port}"

    @property
    def is_wildcard(self) -> bool:
        """Whether it listens on all interfaces."""
        return self.host in {"", "0.0.0.0", "::"}  # noqa: S104  # names the address, binds nothing


def parse_listeners(text: str) -> tuple[Listener, ...]:
    """The listeners of a comma-separated list.

    Raises:
        ConfigError: None at all, or one that is not ``scheme://host:port``.
    """
    listeners = tuple(_listener(item.strip()) for item in text.split(",") if item.strip())
    if not listeners:
        raise ConfigError("No REST listener given: set listeners, for example to http://:8083", key="listeners")
    return listeners


def _listener(text: str) -> Listener:
    parts = _LISTENER.fullmatch(text)
    if parts is None or int(parts[3]) > _MAX_PORT:
        reason = "write it as http://host:port or https://host:port; without a host it listens on all interfaces"
        raise ConfigError(f"Invalid REST listener '{text}' in listeners: {reason}", key="listeners")
    return Listener(parts[1].lower(), parts[2].strip("[]"), int(parts[3]))


def advertised_url(listeners: Sequence[Listener], *, scheme: str = "", host: str = "", port: int = 0) -> str:
    """URL by which other workers and people reach this one; ends with a slash. Its ``host:port`` is the worker id.

    Args:
        listeners: Bound listeners.
        scheme: Value of ``rest.advertised.listener``; when empty, ``http`` if any listener has it.
        host: Value of ``rest.advertised.host.name``; when empty the listener's own, or this machine's address.
        port: Value of ``rest.advertised.port``; 0 for the listener's.

    Raises:
        ConfigError: No listener has that scheme.
    """
    wanted = scheme.lower() or ("http" if any(item.scheme == "http" for item in listeners) else "https")
    listener = next((item for item in listeners if item.scheme == wanted), None)
    if listener is None:
        key = "rest.advertised.listener"
        raise ConfigError(f"{key} is {scheme}, but listeners has no {wanted}:// address: add one", key=key)
    own_host = _machine_address() if listener.is_wildcard else listener.host
    return f"{wanted}://{_in_url(host or own_host)}:{port or listener.port}/"


def _machine_address() -> str:
    """Address from which this machine reaches others; asks the routing table, sends nothing, looks nothing up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def bind(listener: Listener) -> socket.socket:
    """A socket that already accepts connections; they wait until somebody serves it.

    Raises:
        StartupError: The port is taken, or the address cannot be used.
    """
    try:
        listening = _listening_socket(listener)
    except OSError as exc:
        where = f"{_in_url(listener.host or '*')}:{listener.port}"
        raise StartupError(f"REST API cannot listen on {where}: {_advice(exc, listener)}") from exc
    # Accepted connections inherit it. Without it each response waits 40 ms for the client's delayed acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _listening_socket(listener: Listener) -> socket.socket:
    if listener.is_wildcard and socket.has_dualstack_ipv6():
        return socket.create_server(("", listener.port), family=socket.AF_INET6, dualstack_ipv6=True)
    found = socket.getaddrinfo(listener.host or None, listener.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = min(found, key=_preference)
    return socket.create_server(address, family=family)


def _preference(found: _AddressInfo) -> bool:
    """As Java does, takes the IPv4 address of a name that has both."""
    return found[0] is not socket.AF_INET


def _advice(error: OSError, listener: Listener) -> str:
    if isinstance(error, socket.gaierror):
        return f"host '{listener.host}' is unknown ({error.strerror}); set listeners to an address of this machine"
    match error.errno:
        case errno.EADDRINUSE:
            return "the port is in use; stop the process that has it, or set listeners to another port"
        case errno.EADDRNOTAVAIL:
            return (
                f"this machine has no address {listener.host}; set listeners to one of its own, or leave the host out"
            )
        case errno.EACCES:
            return "not permitted; ports below 1024 need privileges, set listeners to a higher one"
        case _:
            return f"{error.strerror}; check listeners"


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
