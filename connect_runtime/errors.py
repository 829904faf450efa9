"""Every error that the runtime raises on purpose, grouped by what happens next.

::

    ConnectError                      fails the task, the connector or the request that met it
    ├── RetriableError                the same call may succeed later: back off and repeat it
    │   ├── SignatureRefusedError     another worker has a newer key than the one that signed: repeat it quietly
    │   └── OutageError               what every record needs does not answer: repeat it, but never skip a record for it
    ├── AccessError                   what every record needs is refused until somebody acts: never skip a record for it
    ├── DataError                     a record or a schema is at fault: tolerance decides
    │   └── SchemaBuilderError        a schema was put together wrongly
    ├── ConfigError                   a key has no or a bad value: names key and value
    ├── PluginError                   a plugin raised what it should not: a bug, its stack belongs in the log
    ├── PluginNotFoundError           no class of that name or alias is installed
    ├── StartupError                  the worker cannot start: message says what to do, exit code says which kind
    ├── StorageError                  an internal topic or the offsets file cannot be written or read
    └── RequestError                  a REST request cannot be fulfilled
        ├── BadRequestError           the request itself is at fault
        ├── NotFoundError             no such connector, task, plugin or logger
        ├── AlreadyExistsError        a connector of that name is there
        ├── ForbiddenError            switched off by the worker's configuration
        ├── ConflictError             the cluster is changing: ask again
        │   └── NotHereError          another worker must serve it: names its URL
        ├── NotReadyError             this worker has not read yet what it needs for that: ask again
        └── RequestTimeoutError       the herder did not get to it in time

Which HTTP status each becomes stands in ``api/errors.py`` only.
"""

from __future__ import annotations

from enum import IntEnum

__all__ = [
    "AccessError",
    "AlreadyExistsError",
    "BadRequestError",
    "ConfigError",
    "ConflictError",
    "ConnectError",
    "DataError",
    "ExitCode",
    "ForbiddenError",
    "NotFoundError",
    "NotHereError",
    "NotReadyError",
    "OutageError",
    "PluginError",
    "PluginNotFoundError",
    "RequestError",
    "RequestTimeoutError",
    "RetriableError",
    "SchemaBuilderError",
    "SignatureRefusedError",
    "StartupError",
    "StorageError",
]


class ExitCode(IntEnum):
    """What the process tells its caller; the numbers are Kafka Connect's."""

    OK = 0
    USAGE = 1
    BAD_WORKER = 2
    STARTUP = 3


class ConnectError(Exception):
    """Base of all; raised as it is, it fails the task or connector that met it.

    Attributes:
        retriable: Whether the same call may succeed later.
        tolerable: Whether ``errors.tolerance=all`` may skip the record whose transform or conversion raised it.
    """

    retriable = False
    tolerable = True


class RetriableError(ConnectError):
    """The same call may succeed later: the runtime backs off and repeats it."""

    retriable = True


class SignatureRefusedError(RetriableError):
    """Another worker does not accept the signature of a request: the session key was most likely replaced just now."""


class OutageError(RetriableError):
    """What every record needs, as a schema registry, does not answer; when it stays away, the task fails.

    To skip records for it would lose all of them.
    """

    tolerable = False


class AccessError(ConnectError):
    """What every record needs refuses this worker, or is not there: somebody has to put its configuration right.

    To skip records for it would lose all of them.
    """

    tolerable = False


class DataError(ConnectError):
    """A record, value or schema is at fault; ``errors.tolerance`` decides what follows."""


class SchemaBuilderError(DataError):
    """A schema was put together wrongly."""


class ConfigError(ConnectError):
    """A configuration key has no value or a bad one.

    Args:
        message: Full text, as shown to the user.
        key: Name of the key at fault, ``None`` when more than one is.
    """

    def __init__(self, message: str, *, key: str | None = None) -> None:
        super().__init__(message)
        self.key = key


class PluginError(ConnectError):
    """A plugin raised something that is no `ConnectError`: most likely a bug in it. The cause has the stack."""


class PluginNotFoundError(ConnectError):
    """No installed plugin answers to that name or alias.

    Args:
        message: Full text, as shown to the user.
        hint: The part of it that says what to do, as the name that was most likely meant; empty for none.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class StartupError(ConnectError):
    """The worker cannot start.

    Args:
        message: What failed, on what, and what to do.
        exit_code: What the process should exit with.
    """

    def __init__(self, message: str, *, exit_code: ExitCode = ExitCode.BAD_WORKER) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class StorageError(ConnectError):
    """An internal topic or the offsets file cannot be written or read."""


class RequestError(ConnectError):
    """A REST request cannot be fulfilled."""


class BadRequestError(RequestError):
    """The request itself is at fault."""


class NotFoundError(RequestError):
    """No such connector, task, plugin or logger."""


class AlreadyExistsError(RequestError):
    """A connector of that name is there."""


class ForbiddenError(RequestError):
    """Switched off by the worker's configuration."""


class ConflictError(RequestError):
    """The cluster is changing: ask again."""


class NotHereError(ConflictError):
    """This request must be served by another worker.

    Args:
        url: Advertised URL of a worker that can serve it, or knows who can; ends with a slash. ``None`` when none is
            known, as during a rebalance.
    """

    def __init__(self, url: str | None) -> None:
        self.url = url
        super().__init__(
            "Cannot complete request momentarily due to no known leader URL, likely because a rebalance was underway."
            if url is None
            else f"This request must be served by another worker of the cluster: send it to {url}"
        )


class NotReadyError(RequestError):
    """This worker has not read yet what it needs to serve the request: ask again."""


class RequestTimeoutError(RequestError):
    """The herder did not get to the request in time; it may still carry it out."""
