"""Users, passwords, TLS and rights on Apache Kafka's listener for clients."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from tests.support.apache_kafka import Listener

__all__ = ["SaslSsl"]

# Key and certificate are for tests alone, for localhost and 127.0.0.1, until 2126.
_TLS = Path(__file__).resolve().parents[1] / "rest" / "tls"
_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
_AUTHORIZER = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"


class SaslSsl:
    """``SASL_SSL`` with mechanism ``PLAIN``.

    Args:
        users: Passwords by user name.
        super_users: Who of them may do everything, at least one; the others get what ACLs allow them. ``None``: there
            is no authorizer and everybody may do everything.
    """

    def __init__(self, users: Mapping[str, str], super_users: Collection[str] | None = None) -> None:
        self._users = dict(users)
        self._super_users = super_users

    def listener(self) -> Listener:
        """What the broker is made with."""
        somebody = next(iter(self._users if self._super_users is None else self._super_users))
        return Listener("SASL_SSL", self._settings(), self.client(somebody))

    def client(self, user: str, password: str | None = None) -> dict[str, str]:
        """Client settings of a user.

        Args:
            user: User name.
            password: ``None`` for the right one.
        """
        return {
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "PLAIN",
            "sasl.username": user,
            "sasl.password": self._users[user] if password is None else password,
            "ssl.ca.location": str(_TLS / "cert.pem"),
        }

    def _settings(self) -> dict[str, str]:
        users = " ".join(f'user_{name}="{password}"' for name, password in self._users.items())
        return {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.certificate.chain": _one_line("cert.pem"),
            "ssl.keystore.key": _one_line("key.pem"),
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.clients.plain.sasl.jaas.config": f"{_PLAIN} required {users};",
            **self._rights(),
        }

    def _rights(self) -> dict[str, str]:
        if self._super_users is None:
            return {}
        # Brokers and controllers come without a name.
        names = [f"User:{name}" for name in ("ANONYMOUS", *self._super_users)]
        return {"authorizer.class.name": _AUTHORIZER, "super.users": ";".join(names)}


def _one_line(name: str) -> str:
    """A PEM file as a value of a properties file."""
    return (_TLS / name).read_text(encoding="ascii").strip().replace("\n", "\\n")
