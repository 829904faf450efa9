"""From a request frame to an answer frame."""

import logging
from collections.abc import Mapping

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.apis import API_VERSIONS, APIS, Api, offered_versions
from connect_runtime.broker.node import Client, Node
from connect_runtime.broker.wire.codec import (
    MalformedRequestError,
    RequestHead,
    decode_request,
    encode_answer,
    read_head,
)
from connect_runtime.broker.wire.connection import Connection

__all__ = ["Dispatch"]

_log = logging.getLogger(__name__)


class Dispatch:
    """Serves the requests of every connection.

    Args:
        node: What the handlers work with.
        apis: The APIs by key.
    """

    def __init__(self, node: Node, apis: Mapping[int, Api] = APIS) -> None:
        self._node = node
        self._apis = apis

    async def serve(self, frame: bytearray, connection: Connection) -> bytes | None:
        """Answer one request.

        Raises:
            MalformedRequestError: The connection cannot go on.
        """
        head = read_head(frame)
        api = self._apis.get(head.api_key)
        if api is None or not api.understands(head.api_version):
            return _answer_unsupported(head)
        request = decode_request(head, frame)
        if head.api_key == API_VERSIONS:
            _note_software(request, connection)
        client = Client(head.client_id or "", connection.peer, connection.client_software)
        answer = await api.handle(self._node, request, client)
        if answer is None:
            return None
        return encode_answer(head.api_key, head.api_version, head.correlation_id, answer)


def _answer_unsupported(head: RequestHead) -> bytes:
    # A client that speaks a newer ApiVersions is told, in version 0, which of its versions to ask with (KIP-511). No
    # other API has an answer that the client could read.
    if head.api_key != API_VERSIONS:
        raise MalformedRequestError(f"API {head.api_key} version {head.api_version} is not offered")
    itself = [offered for offered in offered_versions() if offered["api_key"] == API_VERSIONS]
    answer = {"error_code": ErrorCode.unsupported_version, "api_keys": itself}
    return encode_answer(API_VERSIONS, 0, head.correlation_id, answer)


def _note_software(request: object, connection: Connection) -> None:
    name = getattr(request, "client_software_name", "")
    if name and not connection.client_software:
        connection.client_software = f"{name} {getattr(request, 'client_software_version', '')}"
        _log.debug("client connected", extra={"peer": connection.peer, "software": connection.client_software})
