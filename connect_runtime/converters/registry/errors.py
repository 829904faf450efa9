"""Answers of a schema registry that are no success, as errors of the runtime.

What may pass by itself (nothing listens, a server error, too many requests) is retriable; what the record or its schema
caused is a ``DataError``; what somebody has to put right (credentials, address) is a plain ``ConnectError``.
"""

from __future__ import annotations

from typing import Final

import httpx

from connect_runtime.sdk import ConnectError, DataError, RetriableError

__all__ = ["is_passing", "refused", "shown_url", "unreachable"]

_MAY_PASS: Final = (408, 425, 429)
_SUBJECT_NOT_FOUND: Final = 40401
_VERSION_NOT_FOUND: Final = 40402
_SCHEMA_NOT_FOUND: Final = 40403


def is_passing(status: int) -> bool:
    """Whether the same request may succeed later, or at another registry of the cluster."""
    return status in _MAY_PASS or status >= httpx.codes.INTERNAL_SERVER_ERROR


def shown_url(url: httpx.URL | str) -> str:
    """A URL without the user and the password that may stand in it."""
    return str(httpx.URL(url).copy_with(userinfo=b""))


def unreachable(what: str, failures: dict[str, str]) -> RetriableError:
    """No registry answered.

    Args:
        what: What was asked for.
        failures: What happened, by URL.
    """
    tried = "; ".join(f"{url}: {failure}" for url, failure in failures.items())
    return RetriableError(f"The schema registry did not answer, to {what} ({tried}): check that it runs there")


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
            return ConnectError(
                f"The schema registry at {at} refused to {what} (HTTP {response.status_code}): {message}. "
                "Check basic.auth.user.info or bearer.auth.token, and what that user may do"
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
            return ConnectError(
                f"There is no schema registry at {shown_url(response.request.url)} (HTTP 404), to {what}: check "
                "schema.registry.url"
            )
        case status:
            return ConnectError(f"The schema registry at {at} refused to {what} (HTTP {status}): {message}")


def _reason(response: httpx.Response) -> tuple[int | None, str]:
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return None, response.text[:500].strip() or response.reason_phrase
    code = body.get("error_code")
    return code if isinstance(code, int) else None, str(body.get("message") or response.reason_phrase)
