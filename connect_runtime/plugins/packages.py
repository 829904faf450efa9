"""The packages that announce plugins, and what each of them announces.

A package is loaded by itself, so that one that fails to import, or answers nonsense, leaves the others alone.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Final

import pluggy

from connect_runtime.errors import ConnectError
from connect_runtime.plugins.plugin import Plugin, class_path
from connect_runtime.sdk import Connector, Converter, HeaderConverter, Predicate, Transform, hookspecs

__all__ = ["BUILT_IN", "Package", "announced", "installed_packages"]

_GROUP: Final = hookspecs.PROJECT
_BASES: Final[dict[str, tuple[type[Any], ...]]] = {
    "connect_connectors": (Connector,),
    "connect_converters": (Converter, HeaderConverter),
    "connect_transforms": (Transform,),
    "connect_predicates": (Predicate,),
}


@dataclass(frozen=True, slots=True)
class Package:
    """Where plugins are announced.

    Attributes:
        name: Name as in pip, or of a built-in Python package.
        module: Module with the hooks.
        version: Installed version, ``None`` when unknown.
    """

    name: str
    module: str
    version: str | None = None


BUILT_IN: Final = ("connectors", "connect_runtime.converters", "connect_runtime.transforms")
"""Python packages of the runtime itself; a module ``plugins`` announces what is in each."""


def installed_packages() -> list[Package]:
    """The built-in packages and every installed one with an entry point in the group ``connect_runtime``."""
    importlib.invalidate_caches()  # so that what pip installed a moment ago is seen
    own = _version_of("connect-runtime")
    found = [Package(name, f"{name}.plugins", own) for name in BUILT_IN if find_spec(f"{name}.plugins")]
    for point in metadata.entry_points(group=_GROUP):
        name, version = (point.dist.name, point.dist.version) if point.dist else (point.name, None)
        found.append(Package(name, point.module, version))
    return list(dict.fromkeys(found))


def announced(package: Package) -> Iterator[Plugin]:
    """The classes that a package announces; imports it.

    Raises:
        Exception: Whatever the package raises when it is imported or asked.
        ConnectError: It announces something that is no plugin.
    """
    module = importlib.import_module(package.module)
    hook = _hooks(module)
    classes = [cls for name, bases in _BASES.items() for cls in _classes(name, bases, getattr(hook, name)())]
    aliases = _aliases(hook.connect_aliases(), {class_path(cls) for cls in classes})
    for cls in dict.fromkeys(classes):
        names = tuple(sorted(alias for alias, path in aliases.items() if path == class_path(cls)))
        yield Plugin(cls, cls.version or package.version, package.name, names)


def _hooks(module: ModuleType) -> pluggy.HookRelay:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(module)
    manager.check_pending()  # a misspelled hook is an error, not silence
    if not manager.get_hookcallers(module):
        raise ConnectError(f"{module.__name__} has no hook: mark functions such as connect_connectors with @hookimpl")
    return manager.hook


def _classes(hook: str, bases: tuple[type[Any], ...], answers: Iterable[Iterable[Any]]) -> Iterator[type[Any]]:
    wanted = " or ".join(base.__name__ for base in bases)
    for cls in (cls for answer in answers for cls in answer):
        if not isinstance(cls, type) or not issubclass(cls, bases):
            raise ConnectError(f"{hook} answers {cls!r}, which is not a {wanted} class")
        if inspect.isabstract(cls):
            raise ConnectError(f"{hook} answers {class_path(cls)}, which does not define all methods of a {wanted}")
        yield cls


def _aliases(answers: Iterable[Mapping[str, str]], paths: set[str]) -> dict[str, str]:
    aliases = {alias: path for answer in answers for alias, path in answer.items()}
    for alias, path in aliases.items():
        if path not in paths:
            raise ConnectError(f"connect_aliases: {alias} stands for {path}, which the package does not announce")
    return aliases


def _version_of(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
