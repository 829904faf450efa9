"""TLS for ``https`` listeners, own ones and those of other workers, from Connect's ``ssl.*`` keys with PEM material."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path

from connect_runtime.errors import ConfigError

__all__ = ["client_tls", "server_tls"]

_CLIENT_AUTH = {"none": ssl.CERT_NONE, "requested": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}


def server_tls(config: Mapping[str, str], *, prefix: str = "listeners.https.") -> ssl.SSLContext:
    """The TLS context of a server.

    Args:
        config: Worker configuration. If any key has the prefix only such keys count, else the plain ``ssl.*`` ones.
        prefix: ``listeners.https.`` or ``admin.listeners.https.``.

    Raises:
        ConfigError: No key or certificate, another store type than PEM, or material that cannot be read.
    """
    settings = _Settings(config, prefix)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    if not _load_identity(context, settings):
        reason = "an https listener needs a PEM file with its private key and its certificate chain"
        raise settings.invalid("ssl.keystore.location", reason)
    _load_trust(context, settings)
    return context


def client_tls(config: Mapping[str, str], *, prefix: str = "listeners.https.") -> ssl.SSLContext:
    """The TLS context of a worker that calls others: it trusts what its own listeners do, and shows their certificate.

    Without certificates to trust it trusts those that the machine does; without a key it shows no certificate. An empty
    ``ssl.endpoint.identification.algorithm`` accepts a certificate for another host.

    Args:
        config: Worker configuration, read as in `server_tls`.
        prefix: ``listeners.https.``.

    Raises:
        ConfigError: Another store type than PEM, or material that cannot be read.
    """
    settings = _Settings(config, prefix)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = settings.get("ssl.endpoint.identification.algorithm", default="https") != ""
    if not _load_certificates(context, settings):
        context.load_default_certs()
    _load_identity(context, settings)
    return context


class _Settings:
    """Values by plain key, and the full key for messages.

    If any key of the worker has the prefix only such keys count, else those without.
    """

    def __init__(self, config: Mapping[str, str], prefix: str) -> None:
        own = {key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)}
        self._values = own or dict(config)
        self._prefix = prefix if own else ""

    def get(self, key: str, *, default: str = "") -> str:
        return self._values.get(key, default).strip()

    def invalid(self, key: str, reason: str) -> ConfigError:
        full = f"{self._prefix}{key}"
        return ConfigError(f"Invalid TLS setting {full}: {reason}", key=full)


def _load_identity(context: ssl.SSLContext, settings: _Settings) -> bool:
    """Load private key and certificates; whether any are set."""
    chain, key = settings.get("ssl.keystore.certificate.chain"), settings.get("ssl.keystore.key")
    location = settings.get("ssl.keystore.location")
    if not location and not (chain and key):
        return False
    _require_pem(settings, "ssl.keystore.type")
    password = settings.get("ssl.key.password") or ""  # never None: OpenSSL would ask for it on the terminal
    if chain and key:
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:  # ssl reads keys from files only
            file.write(f"{key}\n{chain}\n")
            file.flush()
            _load_chain(context, file.name, password, settings, "ssl.keystore.key")
    else:
        _load_chain(context, location, password, settings, "ssl.keystore.location")
    return True


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
    if auth != "none" and not _load_certificates(context, settings):
        raise settings.invalid("ssl.truststore.location", f"ssl.client.auth={auth} needs the certificates to trust")


def _load_certificates(context: ssl.SSLContext, settings: _Settings) -> bool:
    """Load the certificates to trust; whether any are set."""
    location, certificates = settings.get("ssl.truststore.location"), settings.get("ssl.truststore.certificates")
    if not location and not certificates:
        return False
    _require_pem(settings, "ssl.truststore.type")
    try:
        context.load_verify_locations(cadata=certificates or Path(location).read_text("ascii"))
    except (OSError, UnicodeDecodeError) as exc:
        raise settings.invalid(
            "ssl.truststore.location", f"cannot read certificates ({exc}); they must be PEM"
        ) from exc
    return True


def _require_pem(settings: _Settings, key: str) -> None:
    store_type = settings.get(key)
    if store_type.upper() != "PEM":
        reason = f"store type '{store_type or 'JKS'}' is not supported; convert the store to PEM and set PEM here"
        raise settings.invalid(key, reason)
