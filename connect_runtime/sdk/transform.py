"""Base classes of transforms and predicates."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from connect_runtime.config import ConfigDef
from connect_runtime.model import SinkRecord, SourceRecord

__all__ = ["AnyRecord", "Predicate", "Transform", "TransformContext"]

AnyRecord = TypeVar("AnyRecord", SourceRecord, SinkRecord)


@dataclass(frozen=True, slots=True)
class TransformContext:
    """What the runtime tells a transform before it is configured.

    Attributes:
        allowed_functions: Modules, and functions as ``module:function``, that configurations may have called; what
            ``plugins.toml`` lists.
    """

    allowed_functions: frozenset[str] = frozenset()


class Transform(ABC):
    """Changes records one by one (Kafka Connect's ``Transformation``)."""

    version: ClassVar[str | None] = None

    @classmethod
    @abstractmethod
    def config_def(cls) -> ConfigDef:
        """The transform's configuration keys, without prefix."""

    def initialize(self, context: TransformContext) -> None:  # noqa: B027  # most need to know nothing
        """Told once, before `configure`."""

    @abstractmethod
    def configure(self, config: Mapping[str, str]) -> None:
        """Take the options, without prefix.

        Raises:
            ConfigError: An option is bad.
        """

    @abstractmethod
    def apply(self, record: AnyRecord) -> AnyRecord | None:
        """The record as it should go on, ``None`` to drop it. The given record is not to be changed in place."""

    def apply_batch(self, records: Sequence[AnyRecord]) -> Sequence[AnyRecord | None]:
        """`apply` to each, in order; override when many can be done faster.

        The first bad record raises. The runtime then asks `apply` for every record of that batch, to find and judge the
        bad ones, so that both must do the same and a record may be seen twice.
        """
        apply = self.apply
        return [apply(record) for record in records]

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
