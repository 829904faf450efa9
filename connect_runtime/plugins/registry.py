"""The installed plugins at one moment, found by whatever name a configuration uses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Final

from connect_runtime.errors import PluginNotFoundError
from connect_runtime.plugins.plugin import Plugin, PluginFailure, PluginType
from connect_runtime.sdk import Connector, Converter, HeaderConverter, Predicate, Transform

__all__ = ["ListedPlugin", "PluginRegistry"]

_CONNECTORS: Final = (PluginType.SINK, PluginType.SOURCE)


@dataclass(frozen=True, slots=True)
class ListedPlugin:
    """One line of a listing; a class of two kinds has two lines."""

    class_name: str
    type: PluginType
    version: str | None


class PluginRegistry:
    """Plugins by name. Immutable: what is found stays found, whoever rescans meanwhile.

    A class answers to its Python path, to its aliases (the Java class it stands in for), and to its simple name, with
    or without the suffix of its kind, as long as no other class of that kind is called so.

    Args:
        plugins: The classes.
        aliases: Further names, to the path or alias of a class; they win over all others.
        failures: What could not be loaded.
        allowed_functions: Modules, and functions as ``module:function``, that transforms may call.
    """

    def __init__(
        self,
        plugins: Iterable[Plugin] = (),
        aliases: Mapping[str, str] = MappingProxyType({}),
        failures: Sequence[PluginFailure] = (),
        allowed_functions: frozenset[str] = frozenset(),
    ) -> None:
        self._plugins = tuple(sorted(plugins, key=lambda plugin: plugin.path))
        self._aliases = dict(aliases)
        self._by_full_name = _index(self._plugins, Plugin.full_names)
        self._by_short_name = _index(self._plugins, Plugin.short_names)
        self._failures = tuple(failures)
        self._allowed_functions = allowed_functions

    @property
    def failures(self) -> tuple[PluginFailure, ...]:
        """What could not be loaded."""
        return self._failures

    @property
    def allowed_functions(self) -> frozenset[str]:
        """Modules, and functions as ``module:function``, that transforms may call."""
        return self._allowed_functions

    def find_connector(self, name: str) -> type[Connector]:
        """The connector class of that name. Raises: PluginNotFoundError."""
        return self._find(name, Connector, "connectors")

    def find_converter(self, name: str) -> type[Converter]:
        """The converter class of that name. Raises: PluginNotFoundError."""
        return self._find(name, Converter, "converters")

    def find_header_converter(self, name: str) -> type[HeaderConverter]:
        """The header converter class of that name. Raises: PluginNotFoundError."""
        return self._find(name, HeaderConverter, "header converters")

    def find_transform(self, name: str) -> type[Transform]:
        """The transform class of that name. Raises: PluginNotFoundError."""
        return self._find(name, Transform, "transforms")

    def find_predicate(self, name: str) -> type[Predicate]:
        """The predicate class of that name. Raises: PluginNotFoundError."""
        return self._find(name, Predicate, "predicates")

    def find_any(self, name: str) -> Plugin:
        """The plugin of that name, of whatever kind; connectors come first. Raises: PluginNotFoundError."""
        for base in (Connector, Transform, Predicate, Converter, HeaderConverter):
            found = self._matching(name, base)
            if len(found) == 1:
                return found[0]
        hint = self._hint(name, self._plugins)
        raise PluginNotFoundError(f"Unknown plugin {name}. {hint}".rstrip(), hint=hint)

    def version_of(self, cls: type[Any]) -> str | None:
        """Version of an installed class, ``None`` when it has none or is not installed."""
        return next((plugin.version for plugin in self._plugins if plugin.cls is cls), None)

    def listing(self, *, connectors_only: bool = False) -> list[ListedPlugin]:
        """All plugins: sinks, sources, transformations, predicates, converters, header converters, each by name."""
        types = _CONNECTORS if connectors_only else tuple(PluginType)
        return [
            ListedPlugin(plugin.path, type_, plugin.version)
            for type_ in types
            for plugin in self._plugins
            if type_ in plugin.types
        ]

    def _find(self, name: str, base: type[Any], kinds: str) -> type[Any]:
        found = self._matching(name, base)
        if len(found) == 1:
            return found[0].cls
        if found:
            raise PluginNotFoundError(
                f"More than one {base.__name__} matches {name}: {', '.join(plugin.path for plugin in found)}. "
                "Use the full name."
            )
        known = self._of(base)
        hint = self._hint(name, known)
        raise PluginNotFoundError(
            f"Failed to find any class that implements {base.__name__} and which name matches {name}, "
            f"available {kinds} are: {', '.join(plugin.path for plugin in known)}{hint and f'. {hint}'}",
            hint=hint,
        )

    def _matching(self, name: str, base: type[Any]) -> list[Plugin]:
        wanted = self._aliases.get(name.strip(), name.strip())
        owners = [plugin for plugin in self._by_full_name.get(wanted, ()) if issubclass(plugin.cls, base)]
        return owners or [plugin for plugin in self._by_short_name.get(wanted, ()) if issubclass(plugin.cls, base)]

    def _of(self, base: type[Any]) -> list[Plugin]:
        return [plugin for plugin in self._plugins if issubclass(plugin.cls, base)]

    def _hint(self, name: str, known: Sequence[Plugin]) -> str:
        """What to do about a name that nobody has; empty when there is nothing to say."""
        names = {alias for plugin in known for alias in (*plugin.full_names(), *plugin.short_names())}
        near = get_close_matches(name.strip(), sorted(names), n=1, cutoff=0.7)
        failed = sorted({failure.package for failure in self._failures})
        hints = [f"Did you mean {near[0]}?"] if near else []
        hints += [f"Could not be loaded, see the log: {', '.join(failed)}."] if failed else []
        return " ".join(hints)


def _index(plugins: Iterable[Plugin], names: Callable[[Plugin], Iterable[str]]) -> dict[str, list[Plugin]]:
    index: dict[str, list[Plugin]] = defaultdict(list)
    for plugin in plugins:
        for name in names(plugin):
            index[name].append(plugin)
    return dict(index)
