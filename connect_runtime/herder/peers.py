"""What a worker asks of the leader: to store the tasks of a connector, and to fence a source connector's producers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from urllib.parse import quote

import httpx

from connect_runtime.converters.internal_json import dumps_internal
from connect_runtime.errors import ConnectError, RetriableError, SignatureRefusedError
from connect_runtime.herder.signatures import sign
from connect_runtime.storage.config_records import SessionKey

__all__ = ["LeaderClient"]


class LeaderClient:
    """Sends signed requests to the leader. Callable from any thread; each call blocks until the leader has answered.

    Every method raises `RetriableError` when the leader is not known, cannot be reached, is about to change or fails;
    its subclass `SignatureRefusedError` when the leader has another session key than this worker, which within a minute
    of the first attempt is most likely a new one on its way; and `ConnectError` when it says that the request is at
    fault.

    Args:
        client: See `api.worker_client`; who made it closes it.
        leader_url: Tells the leader's advertised URL, which ends with a slash; ``None`` while it is not known.
        session_key: Tells the cluster's newest session key; ``None`` before there is one.
        algorithm: How to sign, ``inter.worker.signature.algorithm``.
    """

    def __init__(
        self,
        client: httpx.Client,
        leader_url: Callable[[], str | None],
        session_key: Callable[[], SessionKey | None],
        algorithm: str,
    ) -> None:
        self._client = client
        self._leader_url = leader_url
        self._session_key = session_key
        self._algorithm = algorithm

    def publish_tasks(self, name: str, configs: Sequence[Mapping[str, str]]) -> None:
        """Have the leader store the tasks of a connector that runs here."""
        self._send("POST", name, "tasks", dumps_internal([dict(config) for config in configs]))

    def fence(self, name: str) -> None:
        """Have the leader shut out the producers of a source connector's earlier tasks."""
        self._send("PUT", name, "fence", b"")

    def _send(self, method: str, name: str, what: str, body: bytes) -> None:
        leader, key = self._leader_url(), self._session_key()
        if leader is None:
            raise RetriableError("The cluster has no known leader now: most likely it is rebalancing")
        if key is None:
            raise RetriableError("There is no session key yet to sign requests to the leader with")
        # A signature is not forwarded, so that a worker that leads no more had better say so.
        url = f"{leader}connectors/{_segment(name)}/{what}?forward=false"
        headers = {**sign(body, key, self._algorithm), "Content-Type": "application/json"}
        try:
            answer = self._client.request(method, url, headers=headers, content=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise RetriableError(
                f"The leader cannot be reached: {method} {url}: {type(error).__name__}: {error}"
            ) from error
        if not answer.is_success:
            raise _refusal(answer, f"{method} {url}")


def _segment(name: str) -> str:
    """Dots are escaped as well: the client would resolve a connector named ``..`` as a folder."""
    return quote(name, safe="").replace(".", "%2E")


def _refusal(answer: httpx.Response, request: str) -> ConnectError:
    text = f"The leader answered {answer.status_code} to {request}: {_message(answer)}"
    if answer.status_code == HTTPStatus.FORBIDDEN:
        return SignatureRefusedError(text)
    if answer.is_client_error and answer.status_code != HTTPStatus.CONFLICT:
        return ConnectError(text)
    return RetriableError(text)


def _message(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, LookupError, TypeError):
        return f"no error of a worker, but {answer.text[:200]!r}"
