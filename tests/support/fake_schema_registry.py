"""A schema registry in memory that answers HTTP requests as Confluent's does, as far as converters ask."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

import httpx

from connect_runtime.converters.avro import AvroConverter
from connect_runtime.converters.registry.client import SchemaRegistry
from connect_runtime.converters.registry.connection import connect

__all__ = ["FakeSchemaRegistry"]


class FakeSchemaRegistry:
    """Holds schemas; made wrong, slow or strict by setting its attributes. Used by one thread.

    Attributes:
        requests: Method and path of every request that reached it.
        failures: Answers that are given, in order, in place of what is right: a status with its body, or an error.
        messages: Why every schema is incompatible; empty when all are compatible.
    """

    url: Final = "http://registry:8081"

    def __init__(self) -> None:
        self.requests: list[tuple[str, str]] = []
        self.headers: httpx.Headers = httpx.Headers()
        self.failures: list[tuple[int, Any] | Exception] = []
        self.messages: list[str] = []
        self._schemas: list[dict[str, Any]] = []
        self._subjects: dict[str, list[int]] = {}

    def connect(self, options: Mapping[str, Any]) -> SchemaRegistry:
        """The client that a converter makes, connected to this registry."""
        return connect(options, httpx.MockTransport(self._answer))

    def avro(self, **options: str) -> AvroConverter:
        """A converter connected to this registry; of keys, when an option is only for those.

        Args:
            **options: Its options, with underscores for dots.
        """
        converter = AvroConverter(self.connect)
        given = {name.replace("_", "."): value for name, value in options.items()}
        converter.configure({"schema.registry.url": self.url, **given}, is_key="key_subject_name_strategy" in options)
        return converter

    def add(self, subject: str, text: str, kind: str = "AVRO", references: list[dict[str, Any]] | None = None) -> int:
        """Register a schema; its id."""
        schema = {"schema": text, "schemaType": kind, "references": references or []}
        if schema not in self._schemas:
            self._schemas.append(schema)
        schema_id = self._schemas.index(schema) + 1
        versions = self._subjects.setdefault(subject, [])
        if schema_id not in versions:
            versions.append(schema_id)
        return schema_id

    def text(self, subject: str) -> str:
        """The latest schema of a subject."""
        return str(self._schemas[self._subjects[subject][-1] - 1]["schema"])

    @property
    def subjects(self) -> list[str]:
        """Names of all subjects."""
        return list(self._subjects)

    def _answer(self, request: httpx.Request) -> httpx.Response:  # noqa: PLR0911  # one for each path
        self.requests.append((request.method, unquote(request.url.raw_path.decode())))
        self.headers = request.headers
        if self.failures:
            failure = self.failures.pop(0)
            if isinstance(failure, Exception):
                raise failure
            return httpx.Response(failure[0], json=failure[1])
        body = json.loads(request.content) if request.content else {}
        match [unquote(part) for part in request.url.path.strip("/").split("/")]:
            case ["schemas", "ids", number]:
                place = int(number) - 1
                found = self._schemas[place : place + 1] if place >= 0 else []
                return httpx.Response(200, json=found[0]) if found else _error(40403, "Schema not found")
            case ["schemas", "ids", number, "versions"]:
                return httpx.Response(200, json=self._versions(int(number)))
            case ["subjects", subject, "versions"]:
                schema_id = self.add(subject, body["schema"], body.get("schemaType", "AVRO"))
                return httpx.Response(200, json={"id": schema_id})
            case ["subjects", subject]:
                return self._lookup(subject, body)
            case ["subjects", subject, "versions", version]:
                return self._version(subject, version)
            case ["compatibility", "subjects", _, "versions", "latest"]:
                return httpx.Response(200, json={"is_compatible": not self.messages, "messages": self.messages})
            case _:
                return httpx.Response(404, text="no such path")

    def _versions(self, schema_id: int) -> list[dict[str, Any]]:
        return [
            {"subject": subject, "version": place}
            for subject, versions in self._subjects.items()
            for place, held in enumerate(versions, 1)
            if held == schema_id
        ]

    def _lookup(self, subject: str, body: Mapping[str, Any]) -> httpx.Response:
        for schema_id in self._subjects.get(subject, ()):
            if self._schemas[schema_id - 1]["schema"] == body["schema"]:
                return httpx.Response(200, json={"id": schema_id, "subject": subject})
        return _error(40403, "Schema not found")

    def _version(self, subject: str, version: str) -> httpx.Response:
        versions = self._subjects.get(subject)
        if versions is None:
            return _error(40401, f"Subject '{subject}' not found.")
        schema_id = versions[-1 if version == "latest" else int(version) - 1]
        return httpx.Response(200, json={**self._schemas[schema_id - 1], "id": schema_id, "subject": subject})


def _error(code: int, message: str) -> httpx.Response:
    return httpx.Response(code // 100, json={"error_code": code, "message": message})
