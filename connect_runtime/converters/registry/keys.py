"""Configuration keys of every converter with a schema registry, named as Confluent's converters name them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from connect_runtime.converters.registry.subjects import STRATEGIES
from connect_runtime.sdk import ConfigKey, ConfigType, Importance, validators

__all__ = ["cache_key", "flag", "registry_keys"]

_REGISTRY: Final = "Schema registry"
_SECURITY: Final = "Access to the registry"
_SUBJECTS: Final = "Subjects and registration"
_DATA: Final = "Data"


def flag(name: str, doc: str, *, default: bool = False) -> ConfigKey:
    """A key that switches something of the format on or off."""
    return ConfigKey(name, ConfigType.BOOLEAN, default=default, importance=Importance.LOW, group=_DATA, doc=doc)


def cache_key() -> ConfigKey:
    """How many schemas a converter keeps."""
    return ConfigKey(
        "schemas.cache.config",
        ConfigType.INT,
        default=1000,
        validator=validators.at_least(1),
        importance=Importance.LOW,
        group=_DATA,
        doc="How many schemas of each kind the converter keeps ready, e.g. 1000.",
    )


def registry_keys() -> Sequence[ConfigKey]:
    """The keys."""
    return [*_address(), *_security(), *_registration()]


def _address() -> Sequence[ConfigKey]:
    return [
        _key(
            "schema.registry.url",
            _REGISTRY,
            "Where the schema registry listens, e.g. http://registry:8081; several, separated by commas, are tried in "
            "turn. A user and password may stand in it.",
            type_=ConfigType.LIST,
            required=True,
            validator=validators.all_of(validators.non_empty_list(), _are_urls()),
            importance=Importance.HIGH,
        ),
        _key(
            "http.connect.timeout.ms",
            _REGISTRY,
            "How long connecting to the registry may take, in milliseconds, e.g. 5000.",
            type_=ConfigType.INT,
            default=60_000,
            validator=validators.at_least(1),
        ),
        _key(
            "http.read.timeout.ms",
            _REGISTRY,
            "How long the registry may take to answer, in milliseconds, e.g. 5000.",
            type_=ConfigType.INT,
            default=60_000,
            validator=validators.at_least(1),
        ),
    ]


def _security() -> Sequence[ConfigKey]:
    prefix = "schema.registry.ssl"
    return [
        _key(
            "basic.auth.credentials.source",
            _SECURITY,
            "Where user and password come from: URL (from schema.registry.url, if they stand there) or USER_INFO (from "
            "basic.auth.user.info).",
            default="URL",
            validator=validators.one_of("URL", "USER_INFO"),
        ),
        _key(
            "basic.auth.user.info",
            _SECURITY,
            "User and password, with a colon between them, e.g. connect:secret.",
            type_=ConfigType.PASSWORD,
        ),
        _key(
            "bearer.auth.credentials.source",
            _SECURITY,
            "Where the bearer token comes from: STATIC_TOKEN (from bearer.auth.token).",
            default="STATIC_TOKEN",
            validator=validators.one_of("STATIC_TOKEN"),
        ),
        _key("bearer.auth.token", _SECURITY, "Token that is sent with every request.", type_=ConfigType.PASSWORD),
        _key(
            f"{prefix}.truststore.location",
            _SECURITY,
            "PEM file with the certificates of authorities that may vouch for the registry, e.g. /run/secrets/ca.pem. "
            "Without it, those that Python's certifi package brings may.",
        ),
        _key(f"{prefix}.truststore.type", _SECURITY, "PEM.", default="PEM", validator=validators.one_of("PEM")),
        _key(
            f"{prefix}.truststore.certificates",
            _SECURITY,
            "The certificates themselves in PEM form, in place of a file.",
            type_=ConfigType.PASSWORD,
        ),
        _key(
            f"{prefix}.keystore.location",
            _SECURITY,
            "PEM file with the certificate and the key by which this worker shows who it is, e.g. /run/secrets/me.pem.",
        ),
        _key(f"{prefix}.keystore.type", _SECURITY, "PEM.", default="PEM", validator=validators.one_of("PEM")),
        _key(f"{prefix}.key.password", _SECURITY, "Password of that key.", type_=ConfigType.PASSWORD),
        _key(
            f"{prefix}.endpoint.identification.algorithm",
            _SECURITY,
            "https: the registry's certificate must be made out to its host; empty: it need not.",
            default="https",
            validator=validators.one_of_ignoring_case("https", ""),
        ),
    ]


def _registration() -> Sequence[ConfigKey]:
    return [
        _key(
            "auto.register.schemas",
            _SUBJECTS,
            "Whether schemas of written records are registered; without, they must be versions of their subject.",
            type_=ConfigType.BOOLEAN,
            default=True,
            importance=Importance.MEDIUM,
        ),
        _key(
            "use.latest.version",
            _SUBJECTS,
            "Whether records are written with the latest version of the subject, whatever their own schema is. Needs "
            "auto.register.schemas=false to matter.",
            type_=ConfigType.BOOLEAN,
            default=False,
        ),
        _key(
            "latest.compatibility.strict",
            _SUBJECTS,
            "Whether, with use.latest.version, the record's own schema must be compatible with the latest version.",
            type_=ConfigType.BOOLEAN,
            default=True,
        ),
        _key(
            "use.schema.id",
            _SUBJECTS,
            "Id of the schema with which all records are written; -1 for none. Needs auto.register.schemas=false.",
            type_=ConfigType.INT,
            default=-1,
        ),
        _key(
            "normalize.schemas",
            _SUBJECTS,
            "Whether the registry compares schemas in their normal form, where order and form do not matter.",
            type_=ConfigType.BOOLEAN,
            default=False,
        ),
        *(_strategy(part) for part in ("key", "value")),
    ]


def _strategy(part: str) -> ConfigKey:
    names = ", ".join(STRATEGIES)
    return _key(
        f"{part}.subject.name.strategy",
        _SUBJECTS,
        f"What the subject of a {part} is named after: {names}; Java's class names are understood, too.",
        default="io.confluent.kafka.serializers.subject.TopicNameStrategy",
        validator=validators.check(lambda value: str(value).rpartition(".")[2] in STRATEGIES, f"one of {names}"),
    )


def _are_urls() -> Any:
    return validators.check(
        lambda urls: all(url.startswith(("http://", "https://")) for url in urls or ()),
        "URLs that start with http:// or https://",
    )


def _key(
    name: str,
    group: str,
    doc: str,
    *,
    type_: ConfigType = ConfigType.STRING,
    importance: Importance = Importance.LOW,
    **more: Any,
) -> ConfigKey:
    return ConfigKey(name, type_, importance=importance, group=group, doc=doc, **more)
