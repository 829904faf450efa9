"""Java's SASL and TLS properties in librdkafka's terms."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from connect_runtime.errors import ConfigError

__all__ = ["CONVERTED_NAMES", "Setting", "convert_security"]

CONVERTED_NAMES = frozenset(
    {
        "sasl.jaas.config",
        "ssl.keystore.certificate.chain",
        "ssl.keystore.key",
        "ssl.keystore.location",
        "ssl.keystore.type",
        "ssl.truststore.certificates",
        "ssl.truststore.location",
        "ssl.truststore.password",
        "ssl.truststore.type",
    }
)
"""What `convert_security` takes care of."""

_JAAS = re.compile(
    r"^\s*(?P<module>[\w.$]+)\s+(?:required|requisite|sufficient|optional)\b(?P<options>.*?);?\s*$", re.DOTALL
)
_OPTION = re.compile(r"""([\w.]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s;]+))""", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)

_KEYSTORE_TYPES = {"pem": "PEM", "crt": "PEM", "cer": "PEM", "key": "PEM", "p12": "PKCS12", "pfx": "PKCS12"}


class Setting(NamedTuple):
    """A value and the full name under which the user wrote it; the name is empty for a default."""

    value: str
    key: str


def convert_security(settings: Mapping[str, Setting]) -> dict[str, str]:
    """What librdkafka needs for these properties; anything that is not about logins and certificates is left out.

    Raises:
        ConfigError: A login module or a kind of key store is not supported; the message says what is.
    """
    found: dict[str, str] = {}
    for convert in (_login, _trust_store, _key_store):
        found.update(convert(settings))
    return found


def _login(settings: Mapping[str, Setting]) -> dict[str, str]:
    jaas = settings.get("sasl.jaas.config")
    if jaas is None or not jaas.value.strip():
        return {}
    match = _JAAS.match(jaas.value)
    if match is None:
        raise ConfigError(
            f"{jaas.key} cannot be read: it should look like "
            'org.apache.kafka.common.security.plain.PlainLoginModule required username="..." password="...";',
            key=jaas.key,
        )
    options = {
        name: _ESCAPED.sub(r"\1", double or single or bare)
        for name, double, single, bare in _OPTION.findall(match["options"])
    }
    module = match["module"].rpartition(".")[2]
    if module not in _LOGIN_MODULES:
        raise ConfigError(
            f"{jaas.key} names the login module {module}; supported are {', '.join(_LOGIN_MODULES)}", key=jaas.key
        )
    return _LOGIN_MODULES[module](jaas.key, options)


def _password_login(key: str, options: Mapping[str, str]) -> dict[str, str]:
    missing = [name for name in ("username", "password") if name not in options]
    if missing:
        raise ConfigError(f"{key} has no {' and no '.join(missing)}", key=key)
    return {"sasl.username": options["username"], "sasl.password": options["password"]}


def _kerberos_login(key: str, options: Mapping[str, str]) -> dict[str, str]:  # noqa: ARG001 - every module gets the key
    names = {
        "keyTab": "sasl.kerberos.keytab",
        "principal": "sasl.kerberos.principal",
        "serviceName": "sasl.kerberos.service.name",
    }
    return {names[option]: value for option, value in options.items() if option in names}


def _oauth_login(key: str, options: Mapping[str, str]) -> dict[str, str]:  # noqa: ARG001 - every module gets the key
    names = {
        "clientId": "sasl.oauthbearer.client.id",
        "clientSecret": "sasl.oauthbearer.client.secret",
        "scope": "sasl.oauthbearer.scope",
    }
    found = {names[option]: value for option, value in options.items() if option in names}
    return {"sasl.oauthbearer.method": "oidc", **found} if "clientId" in options else found


_LOGIN_MODULES: dict[str, Callable[[str, Mapping[str, str]], dict[str, str]]] = {
    "PlainLoginModule": _password_login,
    "ScramLoginModule": _password_login,
    "OAuthBearerLoginModule": _oauth_login,
    "Krb5LoginModule": _kerberos_login,
}


def _trust_store(settings: Mapping[str, Setting]) -> dict[str, str]:
    if (pem := settings.get("ssl.truststore.certificates")) is not None and pem.value.strip():
        return {"ssl.ca.pem": pem.value}
    location = settings.get("ssl.truststore.location")
    if location is None or not location.value.strip():
        return {}
    kind = _store_type(settings.get("ssl.truststore.type"), location)
    if kind != "PEM":
        raise ConfigError(
            f"{location.key}={location.value} is a {kind} store; certificates are read from PEM files. Convert it with "
            f"'keytool -exportcert -rfc -keystore {location.value} -alias ALIAS -file ca.pem' and set "
            f"{_sibling(location.key, 'ssl.truststore.type')}=PEM",
            key=location.key,
        )
    return {"ssl.ca.location": location.value.strip()}


def _key_store(settings: Mapping[str, Setting]) -> dict[str, str]:
    pem = {
        ours: found.value
        for java, ours in (
            ("ssl.keystore.key", "ssl.key.pem"),
            ("ssl.keystore.certificate.chain", "ssl.certificate.pem"),
        )
        if (found := settings.get(java)) is not None and found.value.strip()
    }
    location = settings.get("ssl.keystore.location")
    if pem or location is None or not location.value.strip():
        return pem
    path = location.value.strip()
    match _store_type(settings.get("ssl.keystore.type"), location):
        case "PEM":
            return {"ssl.certificate.location": path, "ssl.key.location": path}
        case "PKCS12":
            return {"ssl.keystore.location": path}
        case kind:
            raise ConfigError(
                f"{location.key}={path} is a {kind} store; PEM and PKCS12 can be read. Convert it with 'keytool "
                f"-importkeystore -srckeystore {path} -destkeystore client.p12 -deststoretype PKCS12' and set "
                f"{_sibling(location.key, 'ssl.keystore.type')}=PKCS12",
                key=location.key,
            )


def _store_type(declared: Setting | None, location: Setting) -> str:
    """The declared type, else what the file's name says, else Java's default."""
    if declared is not None and declared.value.strip():
        return declared.value.strip().upper()
    extension = location.value.strip().lower().rpartition(".")[2]
    return _KEYSTORE_TYPES.get(extension, "JKS")


def _sibling(key: str, name: str) -> str:
    """Another property with the prefix of `key`."""
    return key[: key.index("ssl.")] + name
