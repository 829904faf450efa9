"""Client of a schema registry that speaks Confluent's REST API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote

import httpx

from connect_runtime.converters.registry.errors import (
    is_passing,
    is_tls_failure,
    no_registry,
    refused,
    shown_url,
    unreachable,
    untrusted,
)
from connect_runtime.converters.registry.schemas import Draft, RegisteredSchema

__all__ = ["LATEST", "SchemaRegistry"]

LATEST: Final = "latest"
_AVRO: Final = "AVRO"  # what a registry means that does not say
_ONE_OF_WHICH_IS_IN_EVERY_ANSWER: Final = frozenset({"schema", "id", "is_compatible"})
_CONTENT_TYPE: Final = "application/vnd.schemaregistry.v1+json"


class SchemaRegistry:
    """Asks a registry; every method blocks for one or more requests. Used by one thread. It retries nothing itself.

    Args:
        client: Carries credentials, TLS and timeouts; closed by `close`.
        urls: Where the registries of one cluster listen; the one that answered last is asked first.

    Raises:
        OutageError: By every method, when no registry answers, or all answer that they are in trouble.
        DataError: By every method, when what is asked for does not exist, or is incompatible or invalid.
        AccessError: By every method, when a registry refuses for another reason, as bad credentials, or what answers
            is none.
    """

    def __init__(self, client: httpx.Client, urls: Sequence[str]) -> None:
        self._client = client
        self._urls = [url.rstrip("/") for url in urls]

    def by_id(self, schema_id: int) -> RegisteredSchema:
        """The schema of an id."""
        answer = self._ask("GET", f"/schemas/ids/{schema_id}", f"find the schema of id {schema_id}")
        return self._registered(schema_id, answer)

    def by_version(self, subject: str, version: int | str) -> RegisteredSchema:
        """A version of a subject; `LATEST` is one, too."""
        answer = self._version(subject, version)
        return self._registered(int(answer["id"]), answer)

    def versions(self, schema_id: int) -> Mapping[str, int]:
        """The subjects that a schema belongs, or belonged, to, and its latest version in each.

        Empty when a registry cannot tell, as some that are not Confluent's.
        """
        what = f"find the versions of the schema of id {schema_id}"
        response = self._answer("GET", f"/schemas/ids/{schema_id}/versions?deleted=true", what, None)
        if response.status_code == httpx.codes.NOT_FOUND:
            return {}
        if not response.is_success:
            raise refused(what, response)
        answer = _json(response)
        if not isinstance(answer, list):
            raise no_registry(what, response)
        pairs = sorted((int(entry["version"]), str(entry["subject"])) for entry in answer)
        return {subject: version for version, subject in pairs}

    def register(self, subject: str, draft: Draft, *, normalize: bool) -> int:
        """Id of a schema, which becomes a version of the subject unless it is one."""
        what = f"register a schema for subject {subject}"
        path = f"/subjects/{_quoted(subject)}/versions{_normalized(normalize)}"
        return int(self._ask("POST", path, what, _body(draft))["id"])

    def lookup(self, subject: str, draft: Draft, *, normalize: bool) -> int:
        """Id of a schema that is a version of the subject."""
        what = f"find the record's schema in subject {subject}"
        path = f"/subjects/{_quoted(subject)}{_normalized(normalize)}"
        return int(self._ask("POST", path, what, _body(draft))["id"])

    def incompatibilities(self, subject: str, draft: Draft) -> Sequence[str]:
        """Why a schema could not follow the subject's latest one; empty when it could."""
        what = f"compare a schema with the latest of subject {subject}"
        path = f"/compatibility/subjects/{_quoted(subject)}/versions/{LATEST}?verbose=true"
        answer = self._ask("POST", path, what, _body(draft))
        if answer.get("is_compatible"):
            return []
        return [str(message) for message in answer.get("messages") or ["the registry gives no reason"]]

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _version(self, subject: str, version: int | str) -> dict[str, Any]:
        what = f"find version {version} of subject {subject}"
        return self._ask("GET", f"/subjects/{_quoted(subject)}/versions/{version}", what)

    def _registered(self, schema_id: int, answer: Mapping[str, Any]) -> RegisteredSchema:
        imports: dict[str, str] = {}
        self._collect(answer, imports)
        kind = answer.get("schemaType") or _AVRO
        return RegisteredSchema(schema_id, kind, answer["schema"], MappingProxyType(imports))

    def _collect(self, answer: Mapping[str, Any], imports: dict[str, str]) -> None:
        for reference in answer.get("references") or ():
            if reference["name"] not in imports:
                found = self._version(reference["subject"], reference["version"])
                self._collect(found, imports)
                imports[reference["name"]] = found["schema"]

    def _ask(self, method: str, path: str, what: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        response = self._answer(method, path, what, body)
        if not response.is_success:
            raise refused(what, response)
        answer = _json(response)
        if not isinstance(answer, dict) or not answer.keys() & _ONE_OF_WHICH_IS_IN_EVERY_ANSWER:
            raise no_registry(what, response)
        return answer

    def _answer(self, method: str, path: str, what: str, body: Mapping[str, Any] | None) -> httpx.Response:
        failures = {}
        may_pass = False
        for url in list(self._urls):
            try:
                headers = {"Content-Type": _CONTENT_TYPE} if body else {}
                response = self._client.request(method, url + path, json=body, headers=headers)
            except httpx.TransportError as exc:
                failures[shown_url(url)] = str(exc) or type(exc).__name__
                may_pass = may_pass or not is_tls_failure(exc)
            else:
                if not is_passing(response.status_code):
                    return response
                failures[shown_url(url)] = f"HTTP {response.status_code} {response.text[:200].strip()}"
                may_pass = True
            self._urls = [*self._urls[1:], self._urls[0]]
        raise unreachable(what, failures) if may_pass else untrusted(what, failures)


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _quoted(subject: str) -> str:
    return quote(subject, safe="")


def _normalized(normalize: bool) -> str:  # noqa: FBT001  # an option of the user's, handed on
    return "?normalize=true" if normalize else ""


def _body(draft: Draft) -> dict[str, Any]:
    return {"schema": draft.text} if draft.kind == _AVRO else {"schema": draft.text, "schemaType": draft.kind}
