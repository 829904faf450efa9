"""What goes wrong between converters and a schema registry, and who is let in."""

from __future__ import annotations

import ssl
from typing import Any

import httpx
import pytest

from connect_runtime.converters.avro import AvroConverter
from connect_runtime.errors import AccessError, ConfigError, ConnectError, DataError, OutageError
from connect_runtime.pipeline import ErrorPolicy, Tolerance
from connect_runtime.pipeline.tolerance import Verdict, judge
from connect_runtime.sdk import struct_schema
from connect_runtime.sdk.data import STRING
from tests.support.fake_schema_registry import FakeSchemaRegistry

USER = struct_schema({"name": STRING}, name="acme.User")
ANN = {"name": "Ann"}


@pytest.fixture
def registry() -> FakeSchemaRegistry:
    return FakeSchemaRegistry()


def test_an_incompatible_schema_shows_what_the_registry_says(registry: FakeSchemaRegistry) -> None:
    registry.failures = [(409, {"error_code": 409, "message": "reader field 'x' lacks a default"})]

    with pytest.raises(DataError, match=r"subject users-value, it is incompatible.*reader field 'x' lacks a default"):
        registry.avro().from_connect("users", USER, ANN)


def over_tls(reason: str, kind: type[ssl.SSLError] = ssl.SSLCertVerificationError) -> httpx.ConnectError:
    error = httpx.ConnectError(reason)
    error.__cause__ = kind(1, reason)
    return error


@pytest.mark.parametrize(
    ("failure", "expected", "text"),
    [
        (httpx.ConnectError("[Errno -2] Name or service not known"), OutageError, "Name or service not known"),
        (httpx.ConnectError("[Errno 111] Connection refused"), OutageError, "http://registry:8081: .*refused"),
        (httpx.ReadError("reset by peer"), OutageError, "reset by peer"),
        (httpx.ConnectTimeout("timed out"), OutageError, "timed out"),
        (httpx.ReadTimeout("timed out"), OutageError, "timed out"),
        (over_tls("EOF occurred", ssl.SSLEOFError), OutageError, "EOF occurred"),
        (over_tls("self-signed certificate"), AccessError, r"self-signed.*ssl\.truststore\.location"),
        ((400, {"message": "bad"}), AccessError, r"HTTP 400\): bad"),
        ((401, {"message": "who?"}), AccessError, r"registry:8081/ refused user 'me'.*who\?.*basic\.auth\.user"),
        (
            (403, {"message": "no"}),
            AccessError,
            r"user 'me' to register a schema for.*users-value.*bearer\.auth",
        ),
        ((404, {"error_code": 40401, "message": "Subject not found"}), DataError, "Subject not found"),
        ((404, {"error_code": 40402, "message": "Version not found"}), DataError, "Version not found"),
        ((404, {"error_code": 40403, "message": "Schema not found"}), DataError, "Schema not found"),
        ((404, "page not found"), AccessError, r"no schema registry at http://registry:8081.*schema\.registry\.url"),
        ((408, {}), OutageError, "HTTP 408"),
        ((409, {"message": "lacks a default"}), DataError, "incompatible.*lacks a default"),
        ((422, {"message": "no Avro"}), DataError, "invalid: no Avro"),
        ((425, {}), OutageError, "HTTP 425"),
        ((429, {}), OutageError, "HTTP 429"),
        ((500, {"message": "boom"}), OutageError, "HTTP 500.*boom"),
        ((503, {}), OutageError, "HTTP 503"),
        ((200, "<html>"), AccessError, r"no schema registry at http://registry:8081.*schema\.registry\.url"),
        ((200, {"status": "UP"}), AccessError, "no schema registry at"),
    ],
)
def test_what_goes_wrong_at_a_registry_is_an_outage_a_matter_of_access_or_the_records_fault(
    registry: FakeSchemaRegistry, failure: Any, expected: type[ConnectError], text: str
) -> None:
    registry.failures = [failure]
    writer = registry.avro(basic_auth_credentials_source="USER_INFO", basic_auth_user_info="me:s3cret")
    policy = ErrorPolicy(tolerance=Tolerance.ALL)

    with pytest.raises(ConnectError, match=text) as caught:
        writer.from_connect("users", USER, ANN)

    assert type(caught.value) is expected
    assert "s3cret" not in str(caught.value)
    assert caught.value.retriable is (expected is OutageError)
    assert judge(policy, caught.value) is (Verdict.SKIP if expected is DataError else Verdict.FAIL)
    assert writer.from_connect("users", USER, ANN) == b"\x00\x00\x00\x00\x01\x06Ann"


@pytest.mark.parametrize(
    ("options", "who"),
    [
        ({}, "a client without user or token"),
        ({"schema_registry_url": "http://bob:x@registry:8081"}, "user 'bob'"),
        ({"bearer_auth_token": "t0ken"}, r"the bearer of bearer\.auth\.token"),
    ],
)
def test_a_refusal_says_who_was_refused(registry: FakeSchemaRegistry, options: dict[str, str], who: str) -> None:
    registry.failures = [(401, {})]

    with pytest.raises(AccessError, match=f"at http://registry:8081/ refused {who} to"):
        registry.avro(**options).from_connect("users", USER, ANN)


def test_a_schema_id_that_no_registry_gives_is_not_asked_for(registry: FakeSchemaRegistry) -> None:
    with pytest.raises(DataError, match="names -1 as the id of its schema"):
        registry.avro().to_connect("users", b"\x00\xff\xff\xff\xff\x00")
    assert registry.requests == []


def test_the_next_url_is_tried_when_one_does_not_answer(registry: FakeSchemaRegistry) -> None:
    registry.failures = [httpx.ConnectError("refused")]
    writer = registry.avro(schema_registry_url="http://a:1,http://b:2/")

    writer.from_connect("users", USER, ANN)
    writer.from_connect("more", USER, ANN)

    assert registry.headers["host"] == "b:2"
    assert len(registry.requests) == 3


@pytest.mark.parametrize(
    ("options", "header"),
    [
        ({"basic_auth_credentials_source": "USER_INFO", "basic_auth_user_info": "me:secret"}, "Basic bWU6c2VjcmV0"),
        ({"schema_registry_url": "http://me:secret@registry:8081"}, "Basic bWU6c2VjcmV0"),
        ({"bearer_auth_token": "token"}, "Bearer token"),
    ],
)
def test_credentials_go_with_every_request(registry: FakeSchemaRegistry, options: dict[str, str], header: str) -> None:
    registry.avro(**options).from_connect("users", USER, ANN)

    assert registry.headers["authorization"] == header


@pytest.mark.parametrize("failure", [(500, {}), (401, {}), (404, "x"), (418, {}), httpx.ConnectError("refused")])
def test_a_password_in_the_url_is_in_no_message(registry: FakeSchemaRegistry, failure: Any) -> None:
    registry.failures = [failure]
    writer = registry.avro(schema_registry_url="http://me:s3cret@registry:8081")

    with pytest.raises(ConnectError, match=r"http://registry:8081") as caught:
        writer.from_connect("users", USER, ANN)

    assert "s3cret" not in str(caught.value)


def test_a_user_without_password_is_refused(registry: FakeSchemaRegistry) -> None:
    with pytest.raises(ConfigError, match="user and a password"):
        registry.avro(basic_auth_credentials_source="USER_INFO", basic_auth_user_info="me")


@pytest.mark.parametrize("store", ["truststore", "keystore"])
def test_a_store_that_is_not_there_is_refused(registry: FakeSchemaRegistry, store: str) -> None:
    made = AvroConverter(registry.connect)

    with pytest.raises(ConfigError, match=rf"schema\.registry\.ssl\.{store}\.location=/no/such\.pem"):
        made.configure(
            {"schema.registry.url": "https://r:1", f"schema.registry.ssl.{store}.location": "/no/such.pem"},
            is_key=False,
        )


def test_a_url_without_scheme_is_refused(registry: FakeSchemaRegistry) -> None:
    with pytest.raises(ConfigError, match=r"schema\.registry\.url"):
        registry.avro(schema_registry_url="registry:8081")
