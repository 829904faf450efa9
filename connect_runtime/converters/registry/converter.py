"""What converters with a schema registry have in common: ids, caches, errors, batches.

Records of one schema come in long runs: what there is to know about a schema is found out once, and kept.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from connect_runtime.converters.any_part import converter_config_def, parse_options
from connect_runtime.converters.registry.client import SchemaRegistry
from connect_runtime.converters.registry.connection import connect
from connect_runtime.converters.registry.keys import cache_key, registry_keys
from connect_runtime.converters.registry.registration import RegistrationOptions, registered_for
from connect_runtime.converters.registry.schemas import Draft, RegisteredSchema
from connect_runtime.converters.registry.subjects import SubjectName, subject_name
from connect_runtime.converters.registry.wire import HEAD_SIZE, head_of, schema_id_of
from connect_runtime.sdk import ConfigDef, ConfigKey, Converter, DataError, Schema, SchemaAndValue

__all__ = ["Connect", "Read", "SchemaFormat", "SchemaRegistryConverter", "Write"]

_Key = TypeVar("_Key")
_Made = TypeVar("_Made")
Connect = Callable[[Mapping[str, Any]], SchemaRegistry]
"""Makes the client of a registry from a converter's options."""
Read = Callable[[bytes], SchemaAndValue]
"""Schema and value of a payload. Raises: DataError."""
Write = Callable[[Any], bytes]
"""Payload of a value that is not ``None``. Raises: DataError."""


class SchemaFormat(Protocol):
    """A format whose schemas stand in a registry: Avro, Protobuf or JSON Schema."""

    kind: str

    @property
    def schemaless(self) -> Schema | None:
        """Stands for no schema, with values that have none; ``None`` when the format has no way to write those."""
        ...

    def draft(self, schema: Schema) -> Draft:
        """The schema to register for values of a Connect schema. Raises: DataError."""
        ...

    def record_name(self, registered: RegisteredSchema) -> str | None:
        """Full name of the record that ``registered`` describes, ``None`` when it has none. Raises: DataError."""
        ...

    def writer(self, schema: Schema, registered: RegisteredSchema) -> Write:
        """Writes values of a Connect schema so that ``registered`` describes them. Raises: DataError."""
        ...

    def reader(self, registered: RegisteredSchema, version: int | None = None) -> Read:
        """Reads what ``registered`` describes; ``version`` is for Connect schemas without one. Raises: DataError."""
        ...


class SchemaRegistryConverter(Converter):
    """Base of converters that write a schema's id before every value. Configure it before use.

    Args:
        connect: Makes the client of the registry.
    """

    def __init__(self, connect: Connect = connect) -> None:
        self._connect = connect
        self._registry: SchemaRegistry | None = None
        self._readers: dict[tuple[str, bytes], Read] = {}
        self._writers: dict[tuple[str, Schema], Write] = {}

    @classmethod
    @abstractmethod
    def format_keys(cls) -> Sequence[ConfigKey]:
        """Keys of the format."""

    @abstractmethod
    def make_format(self, options: Mapping[str, Any]) -> SchemaFormat:
        """The format that parsed options ask for."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        """The keys of the registry and those of the format."""
        return converter_config_def([*registry_keys(), *cls.format_keys(), cache_key()])

    def configure(self, config: Mapping[str, str], *, is_key: bool) -> None:
        """Take the options, without prefix; nothing is asked of the registry yet. Raises: ConfigError."""
        options = parse_options(self.config_def(), config, is_key=is_key)
        self._part = "key" if is_key else "value"
        self._registration = RegistrationOptions.of(options)
        self._subject_name: SubjectName = subject_name(options[f"{self._part}.subject.name.strategy"], is_key=is_key)
        self._cache_size: int = options["schemas.cache.config"]
        self._format = self.make_format(options)
        self.close()
        self._registry = self._connect(options)

    def from_connect(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        """Schema id and payload; a ``None`` that the schema allows is a tombstone. Raises: ConnectError."""
        if value is None:
            _check_tombstone(schema)
            return None
        return self._writer(topic, schema)(value)

    def to_connect(self, topic: str, data: bytes | None) -> SchemaAndValue:
        """Schema and value; no bytes give ``(None, None)``. Raises: ConnectError."""
        if data is None:
            return None, None
        read = self._readers.get((topic, data[:HEAD_SIZE])) or self._reader(topic, data)
        return read(data[HEAD_SIZE:])

    def from_connect_batch(
        self, topic: str, schemas: Sequence[Schema | None], values: Sequence[Any]
    ) -> Sequence[bytes | None]:
        """`from_connect` of many, fastest where all have the same schema."""
        first = schemas[0] if schemas else None
        if first is None or schemas.count(first) < len(schemas) or None in values:
            return super().from_connect_batch(topic, schemas, values)
        write = self._writer(topic, first)
        return [write(value) for value in values]

    def close(self) -> None:
        """Close the connections to the registry and forget what was learned from it."""
        if self._registry is not None:
            self._registry.close()
            self._registry = None
        self._readers.clear()
        self._writers.clear()

    def _reader(self, topic: str, data: bytes) -> Read:
        registered = self._client().by_id(schema_id_of(data, topic))
        if registered.kind != self._format.kind:
            raise DataError(
                f"A {self._part} of topic {topic} has schema id {registered.id}, which is of type {registered.kind}: "
                f"{type(self).__name__} reads {self._format.kind}; set {self._part}.converter accordingly"
            )
        read = self._format.reader(registered, self._version(topic, registered))
        return self._kept(self._readers, (topic, data[:HEAD_SIZE]), read)

    def _version(self, topic: str, registered: RegisteredSchema) -> int | None:
        """The version of a schema in the subject of the topic; ``None`` when it is not in that."""
        try:
            subject = self._subject_name(topic, self._format.record_name(registered))
        except DataError:
            return None  # subjects are named after records, and this one has no name
        return self._client().versions(registered.id).get(subject)

    def _writer(self, topic: str, schema: Schema | None) -> Write:
        schema = self._format.schemaless if schema is None else schema
        if schema is None:
            raise DataError(
                f"A {self._part} for topic {topic} has no schema, and {type(self).__name__} writes only what has one: "
                "use JsonConverter with schemas.enable=false, or let the connector give its records schemas"
            )
        found = self._writers.get((topic, schema))
        return found or self._kept(self._writers, (topic, schema), self._made_writer(topic, schema))

    def _made_writer(self, topic: str, schema: Schema) -> Write:
        draft = self._format.draft(schema)
        subject = self._subject_name(topic, draft.name)
        registered = registered_for(self._client(), subject, draft, self._registration)
        head, write = head_of(registered.id), self._format.writer(schema, registered)
        return lambda value: head + write(value)

    def _client(self) -> SchemaRegistry:
        if self._registry is None:
            raise DataError(f"{type(self).__name__} was not configured, or was closed")
        return self._registry

    def _kept(self, cache: dict[_Key, _Made], key: _Key, made: _Made) -> _Made:
        if len(cache) >= self._cache_size:
            cache.clear()
        cache[key] = made
        return made


def _check_tombstone(schema: Schema | None) -> None:
    if schema is not None and not schema.optional:
        raise DataError(f"Found null value for a required {schema.type.name} schema: make it optional")
