"""The embedded broker: one process that speaks the Kafka protocol over a SQLite log. Imports nothing of the project."""

from connect_runtime.broker.config import BrokerConfig
from connect_runtime.broker.errors import (
    BrokerError,
    FolderInUseError,
    FolderUnusableError,
    ListenNotAllowedError,
    PortInUseError,
)
from connect_runtime.broker.process import serve

__all__ = [
    "BrokerConfig",
    "BrokerError",
    "FolderInUseError",
    "FolderUnusableError",
    "ListenNotAllowedError",
    "PortInUseError",
    "serve",
]
