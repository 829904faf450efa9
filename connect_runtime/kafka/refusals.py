"""Tells refused logins and certificates from outages, and says who was refused and what to do."""
# ruff: noqa: SLF001 - confluent-kafka names the errors that arise in the client with an underscore

from __future__ import annotations

from confluent_kafka import KafkaError

from connect_runtime.errors import ConnectError
from connect_runtime.kafka.layers import ClientSettings

__all__ = ["refusal_of"]

_LOGIN = frozenset(
    {KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED, KafkaError.UNSUPPORTED_SASL_MECHANISM}
)
# librdkafka uses the same codes when a connection ends in the middle of a login or a handshake.
_OUTAGE = ("Disconnected", "Local:", "timed out", "Timed out", "Connection reset", "Broken pipe")
_TOKEN = "Failed to acquire SASL OAUTHBEARER token"  # noqa: S105 - no secret
_ANSWER_OF_TOKEN_SERVER = '"error"'  # noqa: S105 - no secret
# What brokers do not like of the client they may say after the handshake, which librdkafka then takes for over.
_TLS = frozenset({KafkaError._SSL, KafkaError._TRANSPORT})
_TLS_REFUSALS = ("certificate verify failed", "ssl alert number")
_PASSWORD_KEYS = ("sasl.jaas.config", "sasl.password", "sasl.username")


def refusal_of(settings: ClientSettings, error: KafkaError) -> ConnectError | None:
    """The error to raise when brokers refuse a client, or it them, for who they are; ``None`` for any other trouble.

    Only what trying again does not mend counts: a token server that is away, or a broker that stops in the middle of a
    handshake, does not.
    """
    said = error.str()
    if any(text in said for text in _OUTAGE):
        return None
    if error.code() in _LOGIN and (_TOKEN not in said or _ANSWER_OF_TOKEN_SERVER in said):
        advice = _login_advice(settings, said)
    elif error.code() in _TLS and any(text in said.lower() for text in _TLS_REFUSALS):
        advice = _tls_advice(settings, said.lower())
    else:
        return None
    return ConnectError(
        f"The Kafka {settings.role.noun} {settings.conf['client.id']} cannot log in at {settings.bootstrap_servers} "
        f"with {_way_in(settings)}: {advice} ({said})"
    )


def _way_in(settings: ClientSettings) -> str:
    """Protocol, mechanism and user."""
    conf = settings.conf
    protocol = conf.get("security.protocol", "plaintext").upper()
    if not protocol.startswith("SASL"):
        return protocol
    user = conf.get("sasl.username") or conf.get("sasl.oauthbearer.client.id")
    return f"{protocol}, mechanism {conf.get('sasl.mechanisms', 'GSSAPI')}" + (f", user {user}" if user else "")


def _login_advice(settings: ClientSettings, said: str) -> str:
    if _TOKEN in said:
        where = settings.conf.get("sasl.oauthbearer.token.endpoint.url", "the token endpoint")
        return f"{where} gives it no token; check client id, secret and scope in {_key(settings, _PASSWORD_KEYS)}"
    if "mechanism" in said.lower():
        return (
            f"the brokers do not offer that mechanism; check {_key(settings, ('sasl.mechanisms',), 'sasl.mechanism')}"
        )
    return f"the brokers refuse user or password; check them in {_key(settings, _PASSWORD_KEYS)}"


def _tls_advice(settings: ClientSettings, said: str) -> str:
    if "hostname mismatch" in said or "ip address mismatch" in said:
        servers = settings.origins.get("bootstrap.servers", "bootstrap.servers")
        return (
            f"the brokers' certificate is for another host name; give names in {servers} that it holds, and see that "
            "the brokers' advertised.listeners do"
        )
    if "certificate verify failed" in said:
        trust = _key(settings, ("ssl.truststore.location", "ssl.truststore.certificates", "ssl.ca.location"))
        return f"the brokers' certificate is not signed by a trusted authority; put that authority's into {trust}"
    keys = _key(settings, ("ssl.keystore.location", "ssl.keystore.key", "ssl.certificate.location"))
    return f"the brokers want a certificate of the client and get none, or not the right one; check {keys}"


def _key(settings: ClientSettings, names: tuple[str, ...], shown: str | None = None) -> str:
    """The key that the user wrote for one of these properties, or would write for the first."""
    written = (settings.origins[name] for name in names if name in settings.origins)
    return next(written, _written_like(settings, shown or names[0]))


def _written_like(settings: ClientSettings, name: str) -> str:
    """A name with the prefix that the user gave the other security properties of this client."""
    for known, key in settings.origins.items():
        if known.startswith(("security.", "sasl.", "ssl.")) and key.endswith(known):
            return key.removesuffix(known) + name
    return name
