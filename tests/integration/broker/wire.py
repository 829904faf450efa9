"""The protocol by hand, for what no client library would send."""

from __future__ import annotations

import io
import socket
import struct
from typing import Any

from kio.serial import entity_reader, entity_writer

from connect_runtime.broker._kio import load_response_schema

__all__ = ["Wire"]


class Wire:
    """A connection on which a test writes bytes."""

    def __init__(self, servers: str) -> None:
        host, port = servers.split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=5)

    def send(self, body: bytes) -> None:
        self.socket.sendall(struct.pack(">i", len(body)) + body)

    def receive(self) -> bytes:
        (size,) = struct.unpack(">i", self._exactly(4))
        return self._exactly(size)

    def ask(self, request: Any) -> Any:
        self.send_request(request)
        return self.read_answer(request)

    def send_request(self, request: Any, correlation_id: int = 5) -> None:
        buffer = io.BytesIO()
        buffer.write(struct.pack(">hhih", request.__api_key__, request.__version__, correlation_id, -1))
        buffer.write(b"\0" if request.__flexible__ else b"")
        entity_writer(type(request))(buffer, request)
        self.send(buffer.getvalue())

    def read_answer(self, request: Any) -> Any:
        response_type = load_response_schema(request.__api_key__, request.__version__)
        answer = self.receive()
        return entity_reader(response_type)(answer, 5 if response_type.__header_schema__.__flexible__ else 4)[0]

    def is_closed(self) -> bool:
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def _exactly(self, size: int) -> bytes:
        content = b""
        while len(content) < size:
            part = self.socket.recv(size - len(content))
            assert part, "the connection was closed"
            content += part
        return content
