"""Base classes of transforms and predicates."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, TypeVar

from connect_runtime.config import ConfigDef
from connect_runtime.model import SinkRecord, SourceRecord

__all__ = ["AnyRecord", "Predicate", "Transform"]

AnyRecord = TypeVar("AnyRecord", SourceRecord, SinkRecord)


class Transform(ABC):
    """Changes records one by one (Kafka Connect's ``Transformation``)."""

    version: ClassVar[str | None] = None

    @classmethod
    @abstractmethod
    def config_def(cls) -> ConfigDef:
        """The transform's configuration keys, without prefix."""

    @abstractmethod
    def configure(self, config: Mapping[str, str]) -> None:
        """Take the options, without prefix.

        Raises:
            ConfigError: An option is bad.
        """

    @abstractmethod
    def apply(self, record: AnyRecord) -> AnyRecord | None:
        """The record as it should go on, ``None`` to drop it. The given record is not to be changed in place."""

    def close(self) -> None:  # noqa: B027  # most have nothing to release
        """Release what `configure` opened."""


class Predicate(ABC):
    """Decides whether a transform applies to a record."""

    version: ClassVar[str | None] = None

    @classmethod
    @abstractmethod
    def config_def(cls) -> ConfigDef:
        """The predicate's configuration keys, without prefix."""

    @abstractmethod
    def configure(self, config: Mapping[str, str]) -> None:
        """Take the options, without prefix.

        Raises:
            ConfigError: An option is bad.
        """

    @abstractmethod
    def test(self, record: SourceRecord | SinkRecord) -> bool:
        """Whether the record matches."""

    def close(self) -> None:  # noqa: B027  # most have nothing to release
        """Release what `configure` opened."""
