"""Every version of every API that is offered can be answered; kio's own reader understands the answer."""

import contextlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connect_runtime.broker._kio import ErrorCode, entity_reader, load_response_schema
from connect_runtime.broker.apis import APIS
from connect_runtime.broker.wire.codec import (
    MalformedRequestError,
    RequestHead,
    decode_request,
    encode_answer,
    read_head,
)

_VERSIONS = [(key, version) for key, api in APIS.items() for version in range(api.lowest, api.highest + 1)]


@pytest.mark.parametrize(("key", "version"), _VERSIONS)
def test_an_answer_is_filled_with_defaults(key: int, version: int) -> None:
    answer = encode_answer(key, version, 77, {})
    response_type = load_response_schema(key, version)
    head = 5 if response_type.__header_schema__.__flexible__ else 4
    assert int.from_bytes(answer[:4], "big") == 77
    _, size = entity_reader(response_type)(answer, head)
    assert head + size == len(answer)


@pytest.mark.parametrize("version", range(3, 14))
def test_nested_fields_are_taken_where_the_version_has_them(version: int) -> None:
    part = {
        "index": 3,
        "error_code": ErrorCode.corrupt_message,
        "base_offset": 5,
        "log_append_time": datetime.fromtimestamp(12.345, UTC),
    }
    topic = {"name": "t", "topic_id": UUID(int=9), "partition_responses": [part]}
    answer = encode_answer(0, version, 1, {"responses": [topic]})
    response_type = load_response_schema(0, version)
    response: Any
    response, _ = entity_reader(response_type)(answer, 5 if response_type.__flexible__ else 4)
    (read,) = response.responses[0].partition_responses
    assert (read.index, read.error_code, read.base_offset) == (3, ErrorCode.corrupt_message, 5)
    assert read.log_append_time.timestamp() == 12.345


@given(st.binary(max_size=200), st.sampled_from(_VERSIONS))
def test_garbage_is_refused_as_such(garbage: bytes, api: tuple[int, int]) -> None:
    with contextlib.suppress(MalformedRequestError):
        decode_request(RequestHead(api[0], api[1], 1, None, 0), garbage)


@given(st.binary(max_size=30))
def test_a_header_is_read_or_refused(garbage: bytes) -> None:
    try:
        head = read_head(garbage)
    except MalformedRequestError:
        return
    assert head.end <= len(garbage)
