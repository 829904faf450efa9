from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from httpx import Client

from api.errors import STATUS_BY_ERROR
from connect_runtime import errors
from connect_runtime.errors import ConnectError
from tests.support.fake_herder import FakeHerder, task

JSON = {"Content-Type": "application/json"}


# -- paths and methods -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/Connectors",
        "/connectors//",
        "/connectors//status",
        "/connectors/c/tasks-config",
        "/connectors%0A",
        "/connectors%2Fc/config",
        "/docs",
        "/openapi.json",
    ],
)
def test_an_unknown_path_is_a_json_404(client: Client, herder: FakeHerder, path: str) -> None:
    herder.add("c")
    response = client.get(path, headers={"Accept": "text/html"})
    assert response.status_code == 404
    assert response.content == b'{"error_code":404,"message":"HTTP 404 Not Found"}'
    assert response.headers["content-type"] == "application/json"


def test_a_wrong_method_is_a_json_405_that_names_the_right_ones(client: Client) -> None:
    response = client.delete("/connectors")
    assert response.status_code == 405
    assert response.content == b'{"error_code":405,"message":"HTTP 405 Method Not Allowed"}'
    assert response.headers["content-type"] == "application/json"
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST"


@pytest.mark.parametrize("method", ["POST", "TRACE", "PROPFIND"])
def test_a_method_that_no_path_has_is_a_405(client: Client, method: str) -> None:
    assert client.request(method, "/health").status_code == 405


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/", "GET, HEAD, OPTIONS"),
        ("/connectors/", "GET, HEAD, OPTIONS, POST"),
        ("/connectors/c", "DELETE, GET, HEAD, OPTIONS"),
        ("/connectors/c/config", "GET, HEAD, OPTIONS, PATCH, PUT"),
        ("/connectors/a%2Fb/pause", "OPTIONS, PUT"),
    ],
)
def test_options_lists_the_methods_of_a_path(client: Client, path: str, methods: str) -> None:
    response = client.options(path)
    assert (response.status_code, response.text) == (200, methods)
    assert response.headers["allow"] == methods
    assert response.headers["content-type"].startswith("text/plain")


def test_options_of_an_unknown_path_is_a_404(client: Client) -> None:
    assert client.options("/nope").status_code == 404


@pytest.mark.parametrize("path", ["/", "/health", "/connectors", "/connectors/c/status", "/admin/loggers"])
def test_head_answers_as_get_does_without_body(client: Client, herder: FakeHerder, path: str) -> None:
    herder.add("c")
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    assert head.headers["content-type"] == "application/json"


def test_head_of_what_is_not_there_is_a_404(client: Client) -> None:
    response = client.head("/connectors/c")
    assert (response.status_code, response.content) == (404, b"")


def test_matrix_parameters_are_dropped(client: Client, herder: FakeHerder) -> None:
    herder.add("c")
    assert client.get("/connectors;v=1/c;a=b/status;x").json()["name"] == "c"


def test_a_path_may_be_escaped_more_than_needed(client: Client, herder: FakeHerder) -> None:
    herder.add("c")
    assert client.get("/%63onnectors/%63/stat%75s").json()["name"] == "c"


def test_a_path_that_is_not_utf_8_is_refused(client: Client) -> None:
    response = client.get("/connectors/%FF")
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/json"
    assert "UTF-8" in response.json()["message"]


# -- what is sent and what is wanted -----------------------------------------------------------------------------------


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON", "application/json; charset=utf-8"])
def test_json_is_taken_in_any_spelling_of_its_type(client: Client, content_type: str) -> None:
    response = client.put("/connectors/c/config", content=b"{}", headers={"Content-Type": content_type})
    assert response.status_code == 201


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/*", "*/*"])
@pytest.mark.parametrize("path", ["/connectors/c/config", "/connectors/c/pause", "/admin/loggers/root"])
@pytest.mark.parametrize("body", [b"{}", b""])
def test_another_content_type_is_refused_even_without_body(
    client: Client, herder: FakeHerder, content_type: str, path: str, body: bytes
) -> None:
    response = client.put(path, content=body, headers={"Content-Type": content_type})
    assert response.status_code == 415
    assert response.json() == {
        "error_code": 415,
        "message": f"HTTP 415 Unsupported Media Type: send application/json instead of {content_type}",
    }
    assert herder.calls == []


def test_a_body_without_content_type_is_refused(client: Client) -> None:
    response = client.put("/connectors/c/config", content=b"{}")
    assert response.status_code == 415
    assert "Content-Type: application/json" in response.json()["message"]
    assert response.headers["content-type"] == "application/json"


def test_a_chunked_body_counts_as_body(client: Client) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"a":'
        yield b"1}"

    assert client.put("/connectors/c/config", content=chunks()).status_code == 415
    assert client.put("/connectors/c/config", content=chunks(), headers=JSON).json()["config"]["a"] == "1"


@pytest.mark.parametrize("content_type", ["json", "/", "application/", "/json", ""])
def test_a_content_type_that_is_none_is_a_bad_request(client: Client, content_type: str) -> None:
    response = client.put("/connectors/c/pause", headers={"Content-Type": content_type})
    assert response.status_code == 400
    assert response.json()["message"] == f"The Content-Type '{content_type}' is no media type: send application/json"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_the_content_type_of_a_request_that_takes_no_body_is_ignored(
    client: Client, herder: FakeHerder, method: str
) -> None:
    herder.add("c")
    headers = {"Content-Type": "text/plain"}
    assert client.request(method, "/connectors/c", headers=headers, content=b"x").is_success


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "application/*",
        "application/json",
        "APPLICATION/JSON; charset=utf-8",
        "text/html, application/json;q=0",
        "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
    ],
)
def test_whoever_takes_json_gets_it(client: Client, accept: str) -> None:
    assert client.get("/connectors", headers={"Accept": accept}).status_code == 200


@pytest.mark.parametrize("accept", ["text/plain", "text/*, image/png", "json", "application/jsonp", "application/xml"])
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("PUT", "/connectors/c/pause"), ("DELETE", "/connectors/c"), ("GET", "/health")]
)
def test_whoever_takes_no_json_is_refused_before_anything_is_done(
    client: Client, herder: FakeHerder, accept: str, method: str, path: str
) -> None:
    herder.add("c")
    response = client.request(method, path, headers={"Accept": accept})
    assert response.status_code == 406
    assert response.json()["message"].startswith("HTTP 406 Not Acceptable")
    assert herder.calls == []


def test_several_accept_headers_count_as_one(client: Client) -> None:
    headers = [("Accept", "text/html"), ("Accept", "application/json")]
    assert client.get("/connectors", headers=headers).status_code == 200


def test_a_body_beyond_all_reason_is_refused(client: Client, herder: FakeHerder) -> None:
    response = client.put("/connectors/c/config", content=b" " * (16 * 1024 * 1024 + 1), headers=JSON)
    assert response.status_code == 413
    assert response.json()["error_code"] == 413
    assert herder.calls == []


# -- errors ------------------------------------------------------------------------------------------------------------


def test_each_error_of_the_runtime_has_a_status() -> None:
    named = [getattr(errors, name) for name in errors.__all__]
    known = [error for error in named if isinstance(error, type) and issubclass(error, ConnectError)]
    statuses = {
        error.__name__: next(STATUS_BY_ERROR[base] for base in error.__mro__ if base in STATUS_BY_ERROR)
        for error in known
    }
    assert statuses == {
        "AccessError": 500,
        "AlreadyExistsError": 409,
        "BadRequestError": 400,
        "ConfigError": 400,
        "ConflictError": 409,
        "ConnectError": 500,
        "DataError": 500,
        "ForbiddenError": 403,
        "NotFoundError": 404,
        "NotHereError": 409,
        "NotReadyError": 503,
        "OutageError": 500,
        "PluginError": 500,
        "PluginNotFoundError": 400,
        "RequestError": 500,
        "RequestTimeoutError": 500,
        "RetriableError": 500,
        "SchemaBuilderError": 500,
        "SignatureRefusedError": 500,
        "StartupError": 500,
        "StorageError": 500,
    }


@pytest.mark.parametrize("error", STATUS_BY_ERROR)
def test_an_error_is_answered_with_its_status_and_text(
    client: Client, herder: FakeHerder, error: type[ConnectError]
) -> None:
    herder.fail_with = error('went "wrong"\nhere')
    response = client.delete("/connectors/c")
    assert response.status_code == STATUS_BY_ERROR[error]
    assert response.json() == {"error_code": STATUS_BY_ERROR[error], "message": 'went "wrong"\nhere'}
    assert response.headers["content-type"] == "application/json"


def test_a_kind_of_error_that_is_not_listed_has_the_status_of_its_base(client: Client, herder: FakeHerder) -> None:
    class QuotaError(errors.ForbiddenError):
        pass

    herder.fail_with = QuotaError("no")
    assert client.get("/connectors").status_code == 403


def test_an_unexpected_error_is_logged_once_and_answered_without_traceback(
    client: Client, herder: FakeHerder, caplog: pytest.LogCaptureFixture
) -> None:
    herder.fail_with = ZeroDivisionError("division by zero")
    with caplog.at_level(logging.WARNING):
        response = client.get("/connectors")
    assert response.status_code == 500
    assert response.json() == {
        "error_code": 500,
        "message": "ZeroDivisionError: division by zero (the worker's log has the details)",
    }
    assert "Traceback" not in response.text
    logged = [record for record in caplog.records if record.exc_info]
    assert [(record.name, record.levelname) for record in logged] == [("api.errors", "ERROR")]


def test_an_error_of_the_runtime_is_not_logged(
    client: Client, herder: FakeHerder, caplog: pytest.LogCaptureFixture
) -> None:
    herder.fail_with = errors.NotFoundError("Connector c not found")
    with caplog.at_level(logging.WARNING):
        client.get("/connectors/c")
    assert caplog.records == []


def test_text_outside_the_basic_plane_is_escaped_as_connect_does(client: Client, herder: FakeHerder) -> None:
    herder.add("c", tasks=[task(0, "FAILED", "é\u2028😀\x1b\x7f/\\u001f")])
    response = client.get("/connectors/c/tasks/0/status")
    assert b'"trace":"\xc3\xa9\xe2\x80\xa8\\uD83D\\uDE00\\u001B\x7f/\\\\u001f"' in response.content
