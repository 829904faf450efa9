"""Calls into the Kafka client that may never return.

Known of librdkafka 2.16: sending offsets to a transaction, on a producer that did so before its broker was restarted,
ignores its time limit. Committing offsets and waiting for that has none, nor has closing a consumer: while a broker
hangs, both wait for the answer to every commit.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from threading import Thread
from typing import TypeVar

from connect_runtime.errors import RetriableError

__all__ = ["returned_within"]

Result = TypeVar("Result")


def returned_within(timeout_s: float, doing: str, call: Callable[[], Result]) -> Result:
    """The result of a call, made on a thread of its own so that it can be left behind.

    Args:
        timeout_s: How long to wait. A client that does not return by then must not be used any more.
        doing: What the call does, as the beginning of a sentence.
        call: The call; what it raises is raised here.

    Raises:
        RetriableError: It did not return in time.
    """
    outcome: Future[Result] = Future()

    def run() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:  # noqa: BLE001  # the caller gets it
            outcome.set_exception(error)

    Thread(target=run, name=f"kafka-{doing}", daemon=True).start()
    try:
        return outcome.result(timeout_s)
    except FutureTimeoutError as error:
        if outcome.done():  # the call's own error, or a result at the last moment
            return outcome.result()
        raise RetriableError(f"{doing} did not end within {timeout_s:g} s and is left behind") from error
