"""The client of a schema registry, made of a converter's options."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any

import httpx

from connect_runtime.converters.registry.client import SchemaRegistry
from connect_runtime.sdk import ConfigError, Password

__all__ = ["connect"]

_SSL = "schema.registry.ssl"


def connect(options: Mapping[str, Any], transport: httpx.BaseTransport | None = None) -> SchemaRegistry:
    """A client; nothing is sent yet.

    Args:
        options: Parsed options, of the keys in `registry.keys`.
        transport: What carries requests in place of the network.

    Raises:
        ConfigError: Credentials are incomplete, or a certificate cannot be read.
    """
    urls = options["schema.registry.url"]
    tls = any(url.startswith("https:") for url in urls)
    client = httpx.Client(
        auth=_auth(options),
        headers=_headers(options),
        verify=_context(options) if tls else False,
        timeout=httpx.Timeout(
            options["http.read.timeout.ms"] / 1000, connect=options["http.connect.timeout.ms"] / 1000
        ),
        transport=transport,
        follow_redirects=True,
    )
    return SchemaRegistry(client, urls)


def _auth(options: Mapping[str, Any]) -> httpx.Auth | None:
    if options["basic.auth.credentials.source"] == "URL":
        return None  # the client takes them from there
    user, colon, password = _secret(options, "basic.auth.user.info").partition(":")
    if not colon:
        key = "basic.auth.user.info"
        raise ConfigError(
            f"{key} must be a user and a password with a colon between them, e.g. connect:secret", key=key
        )
    return httpx.BasicAuth(user, password)


def _headers(options: Mapping[str, Any]) -> dict[str, str]:
    token = _secret(options, "bearer.auth.token")
    return {"Accept": "application/vnd.schemaregistry.v1+json, application/json"} | (
        {"Authorization": f"Bearer {token}"} if token else {}
    )


def _context(options: Mapping[str, Any]) -> ssl.SSLContext:
    context = httpx.create_ssl_context()
    if (pem := _secret(options, f"{_SSL}.truststore.certificates")) or options[f"{_SSL}.truststore.location"]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        location = options[f"{_SSL}.truststore.location"]
        try:
            context.load_verify_locations(cafile=None if pem else location, cadata=pem or None)
        except (OSError, ValueError) as exc:
            at = "certificates" if pem else f"location={location}"
            raise ConfigError(f"{_SSL}.truststore.{at} holds no certificates in PEM form: {exc}") from exc
    if location := options[f"{_SSL}.keystore.location"]:
        password = _secret(options, f"{_SSL}.key.password")
        try:
            context.load_cert_chain(location, password=password or "")
        except (OSError, ValueError) as exc:
            key = f"{_SSL}.keystore.location"
            raise ConfigError(f"{key}={location} does not hold a certificate and its key in PEM form: {exc}") from exc
    if not options[f"{_SSL}.endpoint.identification.algorithm"]:
        context.check_hostname = False
    return context


def _secret(options: Mapping[str, Any], key: str) -> str:
    secret: Password | None = options[key]
    return "" if secret is None else secret.value
