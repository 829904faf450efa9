"""Failures of a schema registry, as errors of the runtime.

What may pass by itself (nothing listens, a server error, too many requests) is an ``OutageError``; what the record or
its schema caused is a ``DataError``; what somebody has to put right (credentials, certificates, address) is an
``AccessError``. Only the second kind may cost a record: the other two would cost all of them.
"""

from __future__ import annotations

import binascii
import ssl
from base64 import b64decode
from collections.abc import Mapping
from typing import Final

import httpx

from connect_runtime.sdk import AccessError, ConnectError, DataError, OutageError

__all__ = ["is_passing", "is_tls_failure", "no_registry", "refused", "shown_url", "unreachable", "untrusted"]

_MAY_PASS: Final = (408, 425, 429)
_SUBJECT_NOT_FOUND: Final = 40401
_VERSION_NOT_FOUND: Final = 40402
_SCHEMA_NOT_FOUND: Final = 40403
_CUT_OFF: Final = (ssl.SSLEOFError, ssl.SSLZeroReturnError)


def is_passing(status: int) -> bool:
    """Whether the same request may succeed later, or at another registry of the cluster."""
    return status in _MAY_PASS or status >= httpx.codes.INTERNAL_SERVER_ERROR


def is_tls_failure(error: BaseException) -> bool:
    """Whether a connection failed because of certificates or versions of TLS, not because it broke."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return not isinstance(cause, _CUT_OFF)
        cause = cause.__cause__ or cause.__context__
    return False


def shown_url(url: httpx.URL | str) -> str:
    """A URL without the user and the password that may stand in it."""
    return str(httpx.URL(url).copy_with(userinfo=b""))


def unreachable(what: str, failures: Mapping[str, str]) -> OutageError:
    """No registry answered.

    Args:
        what: What was asked for.
        failures: What happened, by URL.
    """
    return OutageError(f"The schema registry did not answer, to {what} ({_tried(failures)}): check that it runs there")


def untrusted(what: str, failures: Mapping[str, str]) -> AccessError:
    """With none of the registries a TLS connection came about. Arguments as for `unreachable`."""
    return AccessError(
        f"No TLS connection to the schema registry came about, to {what} ({_tried(failures)}): set "
        "schema.registry.ssl.truststore.location to a PEM file with the authority of its certificate, "
        "schema.registry.ssl.keystore.location to this worker's own if it asks for one, and check that the scheme of "
        "schema.registry.url is the registry's"
    )


def no_registry(what: str, response: httpx.Response) -> AccessError:
    """Something else answered."""
    return AccessError(
        f"There is no schema registry at {shown_url(response.request.url)} (HTTP {response.status_code}), to {what}: "
        "check schema.registry.url"
    )


def refused(what: str, response: httpx.Response) -> ConnectError:
    """A registry answered that it will not.

    Args:
        what: What was asked for, e.g. ``"register a schema for subject orders-value"``.
        response: Its answer, neither a success nor `is_passing`.
    """
    code, message = _reason(response)
    at = shown_url(response.request.url.copy_with(raw_path=b"/"))
    match response.status_code:
        case httpx.codes.UNAUTHORIZED | httpx.codes.FORBIDDEN:
            return AccessError(
                f"The schema registry at {at} refused {_who(response.request)} to {what} "
                f"(HTTP {response.status_code}): {message}. Set basic.auth.credentials.source=USER_INFO and "
                "basic.auth.user.info, or bearer.auth.token, behind key.converter. or value.converter.; or let that "
                "user do it"
            )
        case httpx.codes.CONFLICT:
            return DataError(
                f"The schema registry refused to {what}, it is incompatible with an earlier one: {message}"
            )
        case httpx.codes.UNPROCESSABLE_ENTITY:
            return DataError(f"The schema registry refused to {what}, it is invalid: {message}")
        case httpx.codes.NOT_FOUND if code in (_SUBJECT_NOT_FOUND, _VERSION_NOT_FOUND, _SCHEMA_NOT_FOUND):
            return DataError(f"The schema registry could not {what}: {message}")
        case httpx.codes.NOT_FOUND:
            return no_registry(what, response)
        case status:
            return AccessError(
                f"The schema registry at {at} refused to {what} (HTTP {status}): {message}. Check schema.registry.url"
            )


def _tried(failures: Mapping[str, str]) -> str:
    return "; ".join(f"{url}: {failure}" for url, failure in failures.items())


def _who(request: httpx.Request) -> str:
    """As whom a request was made, without secrets."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme == "Bearer":
        return "the bearer of bearer.auth.token"
    if scheme != "Basic":
        return "a client without user or token"
    try:
        return f"user {b64decode(credentials).decode().partition(':')[0]!r}"
    except (binascii.Error, UnicodeDecodeError):
        return "a user"


def _reason(response: httpx.Response) -> tuple[int | None, str]:
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return None, response.text[:500].strip() or response.reason_phrase
    code = body.get("error_code")
    return code if isinstance(code, int) else None, str(body.get("message") or response.reason_phrase)
