"""What can go wrong in the broker.

BrokerError                      the broker cannot start (or go on): the message says what to do
├── PortInUseError
├── FolderInUseError
├── FolderUnusableError
└── ListenNotAllowedError
ApiError                         one request is answered with this Kafka error code
StorageError                     a change could not be written; nothing of it was kept
"""

from connect_runtime.broker._kio import ErrorCode

__all__ = [
    "ApiError",
    "BrokerError",
    "FolderInUseError",
    "FolderUnusableError",
    "ListenNotAllowedError",
    "PortInUseError",
    "StorageError",
]


class BrokerError(Exception):
    """The broker cannot start; `str()` is one line for the person at the terminal."""


class PortInUseError(BrokerError):
    """Somebody else listens on the address.

    Attributes:
        host: Host that was asked for.
        port: Port that was asked for.
    """

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"cannot listen on {host}:{port}: another process has this port. "
            f"Stop it, or choose another port (--listen {host}:PORT; port 0 takes any free one)."
        )
        self.host = host
        self.port = port


class FolderInUseError(BrokerError):
    """Another broker holds the folder.

    Attributes:
        folder: The data folder.
        pid: Process id of the holder, None when it could not be read.
    """

    def __init__(self, folder: str, pid: int | None) -> None:
        holder = f"process {pid}" if pid is not None else "another process"
        super().__init__(
            f"the broker folder {folder} is in use by {holder}. "
            "Connect to that broker, stop it, or give this one a folder of its own (--dir)."
        )
        self.folder = folder
        self.pid = pid


class FolderUnusableError(BrokerError):
    """The folder cannot hold a log (no permission, not a folder, not our database).

    Attributes:
        folder: The data folder.
    """

    def __init__(self, folder: str, reason: str) -> None:
        super().__init__(f"the broker folder {folder} cannot be used: {reason}.")
        self.folder = folder


class ListenNotAllowedError(BrokerError):
    """The address is reachable from other machines and nobody allowed that.

    Attributes:
        host: The address that was refused.
    """

    def __init__(self, host: str) -> None:
        super().__init__(
            f"refusing to listen on {host}: the embedded broker has no authentication and listens on loopback only. "
            "Use 127.0.0.1, or add --allow-remote if every machine that can reach this one may use its topics."
        )
        self.host = host


class ApiError(Exception):
    """A request, or one item of it, is refused with a code of the Kafka protocol.

    Attributes:
        code: The protocol's error code.
        message: Text for the answer's `error_message`, None when the code says it all.
    """

    def __init__(self, code: ErrorCode, message: str | None = None) -> None:
        super().__init__(message or code.name)
        self.code = code
        self.message = message


class StorageError(Exception):
    """A change was rolled back because it could not be written, for example on a full disk."""
