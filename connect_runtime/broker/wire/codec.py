"""Requests out of frames, answers into frames; every message by way of kio.

Answers are written as plain mappings that do not know versions: `encode_answer` takes the fields that the version asked
for has, and fills what is left out with the protocol's defaults.
"""

import io
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import timedelta
from functools import cache
from typing import Any

from connect_runtime.broker._kio import (
    ErrorCode,
    entity_reader,
    entity_writer,
    load_request_schema,
    load_response_schema,
)

__all__ = ["Answer", "MalformedRequestError", "RequestHead", "decode_request", "encode_answer", "read_head"]

Answer = Mapping[str, Any]
"""Fields of a response by name, nested entities as mappings, arrays as sequences of them."""

_MORE = 0x80
_HEAD = struct.Struct(">hhih")
_IMPLICIT: dict[str, Any] = {
    "timedelta_i32": timedelta(0),
    "timedelta_i64": timedelta(0),
    "string": "",
    "bytes": b"",
    "bool": False,
    "uuid": None,
    "error_code": ErrorCode.none,
}


class MalformedRequestError(Exception):
    """The bytes are no request of the Kafka protocol; the connection cannot go on."""


@dataclass(frozen=True, slots=True)
class RequestHead:
    """The part of a request header that every version has.

    Attributes:
        api_key: Which API.
        api_version: Which version of it.
        correlation_id: To be repeated in the answer.
        client_id: The client's name for itself, None when it gave none.
        end: Offset of the first byte after the client id.
    """

    api_key: int
    api_version: int
    correlation_id: int
    client_id: str | None
    end: int


def read_head(frame: bytes | bytearray) -> RequestHead:
    """Read the header's common part.

    Raises:
        MalformedRequestError: The frame is too short or its client id is not text.
    """
    try:
        api_key, api_version, correlation_id, length = _HEAD.unpack_from(frame)
    except struct.error as exc:
        raise MalformedRequestError(f"a request of {len(frame)} bytes has no header") from exc
    end = _HEAD.size + max(length, 0)
    if end > len(frame):
        raise MalformedRequestError("the client id is longer than the request")
    try:
        client_id = None if length < 0 else bytes(frame[_HEAD.size : end]).decode()
    except UnicodeDecodeError as exc:
        raise MalformedRequestError("the client id is not UTF-8") from exc
    return RequestHead(api_key, api_version, correlation_id, client_id, end)


def decode_request(head: RequestHead, frame: bytes | bytearray) -> Any:
    """Decode the request's body into kio's class for that API and version.

    Raises:
        MalformedRequestError: The body does not follow the protocol.
    """
    request_type = load_request_schema(head.api_key, head.api_version)
    offset = head.end
    try:
        if request_type.__flexible__:
            offset = _skip_tagged_fields(frame, offset)
        request, _ = entity_reader(request_type)(memoryview(frame).toreadonly(), offset)
    except Exception as exc:
        raise MalformedRequestError(f"{request_type.__name__} v{head.api_version} cannot be read: {exc}") from exc
    return request


def encode_answer(api_key: int, api_version: int, correlation_id: int, answer: Answer) -> bytes:
    """Encode an answer for the version asked for, header included, length prefix not."""
    response_type = load_response_schema(api_key, api_version)
    buffer = io.BytesIO()
    buffer.write(correlation_id.to_bytes(4, "big", signed=True))
    if response_type.__header_schema__.__flexible__:
        buffer.write(b"\0")
    entity_writer(response_type)(buffer, _builder(response_type)(answer))
    return buffer.getvalue()


def _skip_tagged_fields(frame: bytes | bytearray, offset: int) -> int:
    count, offset = _read_unsigned_varint(frame, offset)
    for _ in range(count):
        _tag, offset = _read_unsigned_varint(frame, offset)
        size, offset = _read_unsigned_varint(frame, offset)
        offset += size
    return offset


def _read_unsigned_varint(frame: bytes | bytearray, offset: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = frame[offset]
        offset += 1
        value |= (byte & ~_MORE) << shift
        if not byte & _MORE:
            return value, offset
        shift += 7


@cache
def _builder(entity_type: Any) -> Callable[[Answer], Any]:
    plan = [_field_plan(entity_field) for entity_field in fields(entity_type)]

    def build(answer: Answer) -> Any:
        values = {}
        for name, convert, default in plan:
            if name in answer:
                value = answer[name]
                values[name] = value if convert is None or value is None else convert(value)
            else:
                values[name] = default
        return entity_type(**values)

    return build


def _field_plan(entity_field: Any) -> tuple[str, Callable[[Any], Any] | None, Any]:
    nested = _nested_entity(entity_field.type)
    default: Any = entity_field.default
    if entity_field.default is MISSING:
        default = () if nested or _is_array(entity_field.type) else _implicit_default(entity_field)
    if nested is None:
        return entity_field.name, None, default
    build = _builder(nested)
    if not _is_array(entity_field.type):
        return entity_field.name, build, default

    def build_all(items: Sequence[Answer]) -> tuple[Any, ...]:
        return tuple([build(item) for item in items])

    return entity_field.name, build_all, default


def _implicit_default(entity_field: Any) -> Any:
    if type(None) in getattr(entity_field.type, "__args__", ()):
        return None
    return _IMPLICIT.get(entity_field.metadata.get("kafka_type"), 0)


def _is_array(annotation: Any) -> bool:
    return any(getattr(option, "__origin__", None) is tuple for option in _options(annotation))


def _nested_entity(annotation: Any) -> Any:
    for option in _options(annotation):
        inner = option.__args__[0] if getattr(option, "__origin__", None) is tuple else option
        if hasattr(inner, "__flexible__"):
            return inner
    return None


def _options(annotation: Any) -> tuple[Any, ...]:
    if getattr(annotation, "__origin__", None) is tuple:
        return (annotation,)
    return getattr(annotation, "__args__", None) or (annotation,)
