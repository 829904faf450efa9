"""Previews change nothing, in a schema registry neither."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from connect_runtime.herder.api import PreviewRequest
from tests.support.herding import HerdedWorker

SCHEMA = {"type": "struct", "fields": [{"field": "id", "type": "int32"}]}


class EmptyRegistry(ThreadingHTTPServer):
    """A schema registry that holds nothing and notes what it is asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answer(BaseHTTPRequestHandler):
    server: EmptyRegistry

    def do_POST(self) -> None:
        self.server.asked.append(self.path.partition("?")[0])
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"error_code":40403,"message":"Schema not found"}'
        self.send_response(404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002  # the base class names it so


@pytest.fixture
def registry() -> Iterator[EmptyRegistry]:
    with EmptyRegistry() as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("options", [{}, {"auto.register.schemas": "true", "use.latest.version": "true"}])
def test_a_schema_is_looked_up_and_not_registered(
    worker: HerdedWorker, registry: EmptyRegistry, options: dict[str, str]
) -> None:
    given = {"schema.registry.url": registry.url, **options}
    config = {
        **worker.config(topic="orders"),
        "value.converter": "AvroConverter",
        **{f"value.converter.{name}": text for name, text in given.items()},
    }
    sample = {"value": {"id": 1}, "value_schema": SCHEMA}
    shown = worker.service.preview(PreviewRequest(config, [sample]))
    assert shown.failed == 1
    error = shown.records[0].error
    assert error is not None
    assert (error.stage, error.name) == ("VALUE_CONVERTER", "value.converter")
    assert "Schema not found" in error.message
    assert set(registry.asked) == {"/subjects/orders-value"}
