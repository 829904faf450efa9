"""Signatures of requests between workers: a MAC of the raw body under the cluster's session key. Pure.

The formats are Kafka Connect's: the header ``X-Connect-Authorization`` holds the MAC in Base64, the header
``X-Connect-Request-Signature-Algorithm`` its algorithm by Java's name, such as ``HmacSHA256``.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping

from connect_runtime.config import HMAC_ALGORITHMS
from connect_runtime.errors import BadRequestError, ForbiddenError, NotReadyError
from connect_runtime.storage.config_records import SessionKey

__all__ = ["ALGORITHM_HEADER", "SIGNATURE_HEADER", "sign", "verify"]

SIGNATURE_HEADER = "X-Connect-Authorization"
ALGORITHM_HEADER = "X-Connect-Request-Signature-Algorithm"
_DIGESTS = {name: name.removeprefix("Hmac").lower() for name in HMAC_ALGORITHMS}


def sign(body: bytes, key: SessionKey, algorithm: str) -> dict[str, str]:
    """The headers that sign a request.

    Args:
        body: The body, byte for byte as it is sent; empty for a request without one.
        key: The cluster's session key.
        algorithm: One of `HMAC_ALGORITHMS`.

    Raises:
        NotReadyError: That is no session key.
    """
    return {SIGNATURE_HEADER: b64encode(_mac(body, key, algorithm)).decode(), ALGORITHM_HEADER: algorithm}


def verify(headers: Mapping[str, str], body: bytes, key: SessionKey | None, accepted: Collection[str]) -> None:
    """Check that another worker of the cluster sent a request.

    Args:
        headers: The request's headers; names are looked up in any case.
        body: The body, byte for byte as it came.
        key: The newest session key; ``None`` when none was read yet.
        accepted: Algorithms that may have signed, ``inter.worker.verification.algorithms``.

    Raises:
        BadRequestError: Not signed, or in a way that this worker does not know or does not accept.
        NotReadyError: There is no session key yet.
        ForbiddenError: Signed with another key, or the body is not the one that was signed.
    """
    signature, algorithm = _header(headers, SIGNATURE_HEADER), _header(headers, ALGORITHM_HEADER)
    if algorithm not in _DIGESTS:
        raise BadRequestError(f"The signature algorithm {algorithm!r} of an internal request is unknown")
    claimed = _decoded(signature)
    if algorithm not in accepted:
        raise BadRequestError(
            f"The signature algorithm {algorithm} of an internal request is not accepted by this worker: add it to "
            "inter.worker.verification.algorithms"
        )
    if key is None:
        raise NotReadyError("This worker has read no session key yet that could tell who sent an internal request")
    if not hmac.compare_digest(claimed, _mac(body, key, algorithm)):
        raise ForbiddenError("The signature of an internal request does not match the cluster's session key")


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name)
    if value is None:
        raise BadRequestError(f"An internal request needs the header {name}: only workers of the cluster may send it")
    return value


def _decoded(signature: str) -> bytes:
    try:
        return b64decode(signature, validate=True)
    except ValueError as exc:  # binascii.Error is one
        raise BadRequestError(f"The header {SIGNATURE_HEADER} is not Base64: {exc}") from exc


def _mac(body: bytes, key: SessionKey, algorithm: str) -> bytes:
    try:
        secret = b64decode(key.key, validate=True)
    except ValueError as exc:
        raise NotReadyError("The session key in the config topic is not Base64; the leader will make another") from exc
    return hmac.digest(secret, body, _DIGESTS[algorithm])
