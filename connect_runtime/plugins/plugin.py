"""One installed plugin class, what kinds of plugin it is, and the names it answers to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from connect_runtime.sdk import Converter, HeaderConverter, Predicate, SinkConnector, SourceConnector, Transform

__all__ = ["Plugin", "PluginFailure", "PluginType", "class_path"]


class PluginType(Enum):
    """Kinds of plugin, in the order in which REST lists them; the values are its names for them."""

    SINK = "sink"
    SOURCE = "source"
    TRANSFORMATION = "transformation"
    PREDICATE = "predicate"
    CONVERTER = "converter"
    HEADER_CONVERTER = "header_converter"


_BASES: Final[dict[PluginType, type[Any]]] = {
    PluginType.SINK: SinkConnector,
    PluginType.SOURCE: SourceConnector,
    PluginType.TRANSFORMATION: Transform,
    PluginType.PREDICATE: Predicate,
    PluginType.CONVERTER: Converter,
    PluginType.HEADER_CONVERTER: HeaderConverter,
}
_SUFFIXES: Final[dict[PluginType, tuple[str, ...]]] = {
    PluginType.SINK: ("Connector",),
    PluginType.SOURCE: ("Connector",),
    PluginType.TRANSFORMATION: ("Transformation", "Transform"),
    PluginType.PREDICATE: ("Predicate",),
    PluginType.CONVERTER: ("Converter",),
    PluginType.HEADER_CONVERTER: ("HeaderConverter", "Converter"),
}


@dataclass(frozen=True, slots=True)
class Plugin:
    """One class that a package announced.

    Attributes:
        cls: The class.
        version: What the class says, else the version of its package; ``None`` when neither is known.
        package: Name of the package that announced it.
        aliases: Full names it answers to besides its path, such as the Java class it stands in for.
    """

    cls: type[Any]
    version: str | None = None
    package: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """``module.Class``."""
        return class_path(self.cls)

    @property
    def types(self) -> tuple[PluginType, ...]:
        """Kinds of plugin it is; one class may be two."""
        return tuple(type_ for type_, base in _BASES.items() if issubclass(self.cls, base))

    def full_names(self) -> frozenset[str]:
        """Names that belong to it alone."""
        return frozenset((self.path, *self.aliases))

    def short_names(self) -> frozenset[str]:
        """Names it shares with whoever else is called so: simple class names, also without the suffix of their kind.

        A nested Java class (``Cast$Value``) gives none, as in Kafka Connect.
        """
        simple = {name.rpartition(".")[2] for name in self.full_names() if "$" not in name}
        suffixes = [suffix for type_ in self.types for suffix in _SUFFIXES[type_]]
        return frozenset(simple) | frozenset(_without_suffixes(simple, suffixes))


@dataclass(frozen=True, slots=True)
class PluginFailure:
    """A package, or something in it, that could not be loaded.

    Attributes:
        package: Name of the package.
        error: What went wrong and what to do.
    """

    package: str
    error: str


def class_path(cls: type[Any]) -> str:
    """``module.Class``, how a plugin class is named in listings and configurations."""
    return f"{cls.__module__}.{cls.__qualname__}"


def _without_suffixes(names: Iterable[str], suffixes: Iterable[str]) -> Iterable[str]:
    pairs = ((name, suffix) for name in names for suffix in suffixes)
    return (name.removesuffix(suffix) for name, suffix in pairs if name.endswith(suffix) and name != suffix)
