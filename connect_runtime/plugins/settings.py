"""``plugins.toml``: which plugin packages load.

::

    # "all": every installed package that announces plugins loads, unless disabled below. "listed": only those below.
    load = "all"

    [packages.acme-connectors]     # name as in pip
    enabled = true
    version = ">=1.2,<2"           # PEP 440; another version installed is an error, and the package does not load

    [aliases]                      # further names for classes
    "com.acme.OrdersSource" = "acme_connectors.orders.OrdersSourceConnector"

    [functions]                    # what the transform PythonFunction may call
    allow = ["acme.rules", "acme.money:round_up"]
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from connect_runtime.errors import ExitCode, StartupError

__all__ = ["PackageSettings", "PluginSettings", "read_plugin_settings"]


_FUNCTION = re.compile(r"[A-Za-z]\w*(\.\w+)*(:[A-Za-z]\w*)?")


@dataclass(frozen=True, slots=True)
class PackageSettings:
    """What is said about one package.

    Attributes:
        enabled: Whether it loads.
        version: Versions of it that may load.
    """

    enabled: bool = True
    version: SpecifierSet = field(default_factory=SpecifierSet)


@dataclass(frozen=True, slots=True)
class PluginSettings:
    """What ``plugins.toml`` says.

    Attributes:
        load_unlisted: Whether packages load that are not listed.
        packages: Settings by canonical package name.
        aliases: Further names of classes.
        functions: Modules, and functions as ``module:function``, that transforms may call.
    """

    load_unlisted: bool = True
    packages: Mapping[str, PackageSettings] = field(default_factory=lambda: MappingProxyType({}))
    aliases: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    functions: frozenset[str] = frozenset()

    def package(self, name: str) -> PackageSettings:
        """What holds for a package, listed or not."""
        return self.packages.get(canonicalize_name(name), PackageSettings(enabled=self.load_unlisted))


def read_plugin_settings(path: Path) -> PluginSettings:
    """Settings from a file; a file that does not exist says nothing.

    Raises:
        StartupError: The file cannot be read or says something that is not known.
    """
    try:
        loaded = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return PluginSettings()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise _bad_file(path, str(exc)) from exc
    _check_keys(path, loaded, {"load": str, "packages": dict, "aliases": dict, "functions": dict}, "")
    load = loaded.get("load", "all")
    if load not in ("all", "listed"):
        raise _bad_file(path, f'load is {load!r}, but must be "all" or "listed"')
    packages: dict[str, PackageSettings] = {
        canonicalize_name(name): _package(path, name, said) for name, said in loaded.get("packages", {}).items()
    }
    aliases = loaded.get("aliases", {})
    _check_keys(path, aliases, dict.fromkeys(aliases, str), "aliases.")
    functions = _functions(path, loaded.get("functions", {}))
    return PluginSettings(load == "all", MappingProxyType(packages), MappingProxyType(dict(aliases)), functions)


def _package(path: Path, name: str, said: Any) -> PackageSettings:
    if not isinstance(said, dict):
        raise _bad_file(path, f"packages.{name} must be a table, e.g. [packages.{name}] with enabled = false")
    _check_keys(path, said, {"enabled": bool, "version": str}, f"packages.{name}.")
    try:
        return PackageSettings(said.get("enabled", True), SpecifierSet(said.get("version", "")))
    except InvalidSpecifier as exc:
        raise _bad_file(path, f'packages.{name}.version: {exc}; write e.g. ">=1.2,<2" or "==1.2.3"') from exc


def _functions(path: Path, said: Mapping[str, Any]) -> frozenset[str]:
    _check_keys(path, said, {"allow": list}, "functions.")
    allowed = said.get("allow", [])
    for name in allowed:
        if not isinstance(name, str) or not _FUNCTION.fullmatch(name):
            raise _bad_file(path, f'functions.allow: {name!r} must be "module" or "module:function"')
    return frozenset(allowed)


def _check_keys(path: Path, table: Mapping[str, Any], known: Mapping[str, type[Any]], prefix: str) -> None:
    for key, value in table.items():
        if key not in known:
            raise _bad_file(path, f"{prefix}{key} is not known here; known are: {', '.join(known)}")
        if not isinstance(value, known[key]):
            raise _bad_file(path, f"{prefix}{key} is {value!r}, but must be a {known[key].__name__}")


def _bad_file(path: Path, problem: str) -> StartupError:
    return StartupError(f"Cannot use {path}: {problem}.", exit_code=ExitCode.BAD_WORKER)
