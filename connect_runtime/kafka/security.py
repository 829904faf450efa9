"""Java's SASL and TLS properties in librdkafka's terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from connect_runtime.errors import ConfigError
from connect_runtime.kafka.jaas import parse_jaas

__all__ = ["CONVERTED_NAMES", "Setting", "convert_security"]

CONVERTED_NAMES = frozenset(
    {
        "sasl.jaas.config",
        "sasl.login.callback.handler.class",
        "sasl.oauthbearer.jwt.retriever.class",
        "ssl.keystore.certificate.chain",
        "ssl.keystore.key",
        "ssl.keystore.location",
        "ssl.keystore.type",
        "ssl.truststore.certificates",
        "ssl.truststore.location",
        "ssl.truststore.type",
    }
)
"""What `convert_security` takes care of."""

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
    for convert in (_login, _token_source, _trust_store, _key_store):
        found.update(convert(settings))
    return found


def _given(settings: Mapping[str, Setting], name: str) -> Setting | None:
    """What the user set, ``None`` for nothing or an empty text."""
    setting = settings.get(name)
    return setting if setting is not None and setting.value.strip() else None


def _login(settings: Mapping[str, Setting]) -> dict[str, str]:
    jaas = _given(settings, "sasl.jaas.config")
    if jaas is None:
        return {}
    name, options = parse_jaas(jaas.key, jaas.value)
    module = _LOGIN_MODULES.get(name)
    if module is None:
        raise ConfigError(
            f"{jaas.key} names the login module {name}; supported are {', '.join(_LOGIN_MODULES)}", key=jaas.key
        )
    _check_mechanism(jaas, name, module.mechanisms, settings.get("sasl.mechanisms"))
    return module.convert(jaas.key, options)


def _check_mechanism(jaas: Setting, module: str, mechanisms: tuple[str, ...], chosen: Setting | None) -> None:
    """See that module and mechanism belong together: a client would use the one and forget the other."""
    if chosen is not None and chosen.value.strip() in mechanisms:
        return
    key = _sibling(jaas.key, "sasl.mechanism") if chosen is None else chosen.key
    said = "is not set, which means GSSAPI" if chosen is None else f"is {chosen.value}"
    raise ConfigError(
        f"{key} {said}, but {jaas.key} names the {module}: set {key}={' or '.join(mechanisms)}", key=jaas.key
    )


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
    if extensions := [f"{name}={options[_EXTENSION + name]}" for name in _extensions(options)]:
        found["sasl.oauthbearer.extensions"] = ",".join(extensions)
    if "clientId" in options:
        found["sasl.oauthbearer.method"] = "oidc"
    elif (subject := options.get("unsecuredLoginStringClaim_sub")) is not None:
        # Java's way to try things out: a token that nobody signed.
        found |= {"enable.sasl.oauthbearer.unsecure.jwt": "true", "sasl.oauthbearer.config": f"principal={subject}"}
    return found


def _extensions(options: Mapping[str, str]) -> list[str]:
    return [name.removeprefix(_EXTENSION) for name in options if name.startswith(_EXTENSION)]


class _Module(NamedTuple):
    mechanisms: tuple[str, ...]
    convert: Callable[[str, Mapping[str, str]], dict[str, str]]


_EXTENSION = "extension_"
_LOGIN_MODULES = {
    "PlainLoginModule": _Module(("PLAIN",), _password_login),
    "ScramLoginModule": _Module(("SCRAM-SHA-256", "SCRAM-SHA-512"), _password_login),
    "OAuthBearerLoginModule": _Module(("OAUTHBEARER",), _oauth_login),
    "Krb5LoginModule": _Module(("GSSAPI",), _kerberos_login),
}
_TOKEN_HANDLER = "OAuthBearerLoginCallbackHandler"  # noqa: S105 - no secret
_GRANT_TYPES = {
    "DefaultJwtRetriever": "client_credentials",
    "ClientCredentialsJwtRetriever": "client_credentials",
    "JwtBearerJwtRetriever": "urn:ietf:params:oauth:grant-type:jwt-bearer",
}


def _token_source(settings: Mapping[str, Setting]) -> dict[str, str]:
    found: dict[str, str] = {}
    if (handler := _given(settings, "sasl.login.callback.handler.class")) is not None:
        if _class_name(handler) != _TOKEN_HANDLER:
            raise ConfigError(
                f"{handler.key} names {handler.value.strip()}, but Java classes do not run here. Tokens come from "
                f"an OAuth server: set {_sibling(handler.key, 'sasl.oauthbearer.token.endpoint.url')}, and clientId, "
                f"clientSecret and scope in {_sibling(handler.key, 'sasl.jaas.config')}",
                key=handler.key,
            )
        found["sasl.oauthbearer.method"] = "oidc"
    if (retriever := _given(settings, "sasl.oauthbearer.jwt.retriever.class")) is not None:
        if _class_name(retriever) not in _GRANT_TYPES:
            raise ConfigError(
                f"{retriever.key} names {retriever.value.strip()}, but Java classes do not run here; "
                f"{', '.join(_GRANT_TYPES)} have a counterpart",
                key=retriever.key,
            )
        found |= {
            "sasl.oauthbearer.method": "oidc",
            "sasl.oauthbearer.grant.type": _GRANT_TYPES[_class_name(retriever)],
        }
    if _given(settings, "sasl.oauthbearer.client.credentials.client.id") is not None:
        found["sasl.oauthbearer.method"] = "oidc"
    return found


def _class_name(setting: Setting) -> str:
    return setting.value.strip().rpartition(".")[2]


def _trust_store(settings: Mapping[str, Setting]) -> dict[str, str]:
    if (pem := _given(settings, "ssl.truststore.certificates")) is not None:
        return {"ssl.ca.pem": pem.value}
    location = _given(settings, "ssl.truststore.location")
    if location is None:
        return {}
    kind = _store_type(settings.get("ssl.truststore.type"), location)
    if kind != "PEM":
        raise ConfigError(
            f"{location.key}={location.value} is a {kind} store; certificates are read from PEM files. Convert it with "
            f"'keytool -exportcert -rfc -keystore {location.value} -alias ALIAS -file ca.pem' and set "
            f"{location.key}=ca.pem and {_sibling(location.key, 'ssl.truststore.type')}=PEM",
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
        if (found := _given(settings, java)) is not None
    }
    location = _given(settings, "ssl.keystore.location")
    if pem or location is None:
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
                f"{location.key}=client.p12 and {_sibling(location.key, 'ssl.keystore.type')}=PKCS12",
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
    at = min(at for at in (key.find("ssl."), key.find("sasl.")) if at >= 0)
    return key[:at] + name
