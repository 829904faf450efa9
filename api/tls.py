"""TLS for ``https`` listeners, from Connect's ``ssl.*`` keys with PEM material."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path

from connect_runtime.errors import ConfigError

__all__ = ["server_tls"]

_CLIENT_AUTH = {"none": ssl.CERT_NONE, "requested": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}


def server_tls(config: Mapping[str, str], *, prefix: str = "listeners.https.") -> ssl.SSLContext:
    """The TLS context of a server.

    Args:
        config: Worker configuration. If any key has the prefix only such keys count, else the plain ``ssl.*`` ones.
        prefix: ``listeners.https.`` or ``admin.listeners.https.``.

    Raises:
        ConfigError: No key or certificate, another store type than PEM, or material that cannot be read.
    """
    own = {key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)}
    settings = _Settings(own or dict(config), prefix if own else "")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    _load_identity(context, settings)
    _load_trust(context, settings)
    return context


class _Settings:
    """Values by plain key, and the full key for messages."""

    def __init__(self, values: Mapping[str, str], prefix: str) -> None:
        self._values = values
        self._prefix = prefix

    def get(self, key: str) -> str:
        return self._values.get(key, "").strip()

    def invalid(self, key: str, reason: str) -> ConfigError:
        full = f"{self._prefix}{key}"
        return ConfigError(f"Invalid TLS setting {full}: {reason}", key=full)


def _load_identity(context: ssl.SSLContext, settings: _Settings) -> None:
    chain, key = settings.get("ssl.keystore.certificate.chain"), settings.get("ssl.keystore.key")
    location = settings.get("ssl.keystore.location")
    _require_pem(settings, "ssl.keystore.type")
    password = settings.get("ssl.key.password") or ""  # never None: OpenSSL would ask for it on the terminal
    if chain and key:
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:  # ssl reads keys from files only
            file.write(f"{key}\n{chain}\n")
            file.flush()
            _load_chain(context, file.name, password, settings, "ssl.keystore.key")
    elif location:
        _load_chain(context, location, password, settings, "ssl.keystore.location")
    else:
        reason = "an https listener needs a PEM file with its private key and its certificate chain"
        raise settings.invalid("ssl.keystore.location", reason)


def _load_chain(context: ssl.SSLContext, path: str, password: str, settings: _Settings, key: str) -> None:
    try:
        context.load_cert_chain(path, password=password)
    except OSError as exc:  # ssl.SSLError is one
        reason = exc.strerror or str(exc)
        raise settings.invalid(
            key, f"cannot read private key and certificates ({reason}); check file and password"
        ) from exc


def _load_trust(context: ssl.SSLContext, settings: _Settings) -> None:
    auth = settings.get("ssl.client.auth").lower() or "none"
    if auth not in _CLIENT_AUTH:
        raise settings.invalid("ssl.client.auth", f"'{auth}' is none of {', '.join(_CLIENT_AUTH)}")
    context.verify_mode = _CLIENT_AUTH[auth]
    if auth == "none":
        return
    _require_pem(settings, "ssl.truststore.type")
    location, certificates = settings.get("ssl.truststore.location"), settings.get("ssl.truststore.certificates")
    if not location and not certificates:
        raise settings.invalid("ssl.truststore.location", f"ssl.client.auth={auth} needs the certificates to trust")
    try:
        context.load_verify_locations(cadata=certificates or Path(location).read_text("ascii"))
    except (OSError, UnicodeDecodeError) as exc:
        raise settings.invalid(
            "ssl.truststore.location", f"cannot read certificates ({exc}); they must be PEM"
        ) from exc


def _require_pem(settings: _Settings, key: str) -> None:
    store_type = settings.get(key)
    if store_type.upper() != "PEM":
        reason = f"store type '{store_type or 'JKS'}' is not supported; convert the store to PEM and set PEM here"
        raise settings.invalid(key, reason)
