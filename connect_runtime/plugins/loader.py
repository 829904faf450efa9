"""Finds plugins at start, and again when asked, without a restart."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from threading import Lock

from packaging.utils import canonicalize_name

from connect_runtime.errors import ConnectError
from connect_runtime.plugins.packages import Package, announced, installed_packages
from connect_runtime.plugins.plugin import Plugin, PluginFailure
from connect_runtime.plugins.registry import PluginRegistry
from connect_runtime.plugins.settings import PluginSettings

__all__ = ["PluginLoader"]

logger = logging.getLogger(__name__)


class PluginLoader:
    """Holds the current registry and replaces it on `refresh`. Safe to use from any thread.

    A package that was imported stays as it is until the worker restarts: a newer version of it is reported, not loaded.

    Args:
        settings: What ``plugins.toml`` says.
        packages: Finds the packages that announce plugins.
    """

    def __init__(
        self, settings: PluginSettings, packages: Callable[[], Iterable[Package]] = installed_packages
    ) -> None:
        self._settings = settings
        self._packages = packages
        self._lock = Lock()
        self._loaded: dict[str, tuple[Package, tuple[Plugin, ...]]] = {}
        self._registry: PluginRegistry | None = None

    def registry(self) -> PluginRegistry:
        """The plugins as last found; looks for them on the first call."""
        with self._lock:
            if self._registry is None:
                self._registry = self._scan(())
            return self._registry

    def refresh(self) -> PluginRegistry:
        """Look again: packages installed since are there, those uninstalled are gone. Imports: takes its time."""
        with self._lock:
            self._registry = self._scan(self._registry.failures if self._registry else ())
            return self._registry

    def _scan(self, known: tuple[PluginFailure, ...]) -> PluginRegistry:
        packages = [package for package in self._packages() if self._settings.package(package.name).enabled]
        plugins: dict[type, Plugin] = {}
        failures: dict[PluginFailure, BaseException | None] = dict.fromkeys(self._missing(packages))
        for package in packages:
            try:
                plugins |= {plugin.cls: plugin for plugin in self._load(package)}
            except (Exception, SystemExit) as exc:  # noqa: BLE001  # a package must not take the worker down
                failures[_failure(package, exc)] = None if isinstance(exc, ConnectError) else exc
        for failure, cause in failures.items():
            if failure not in known:
                logger.error("Plugin package %s cannot be loaded: %s", failure.package, failure.error, exc_info=cause)
        settings = self._settings
        return PluginRegistry(plugins.values(), settings.aliases, tuple(failures), settings.functions)

    def _load(self, package: Package) -> tuple[Plugin, ...]:
        self._check_version(package)
        if package.module not in self._loaded:
            self._loaded[package.module] = (package, tuple(announced(package)))
        before, plugins = self._loaded[package.module]
        if before.version != package.version:
            logger.warning(
                "Plugin package %s is now at %s, but %s is running: restart the worker to change to it",
                package.name,
                package.version,
                before.version,
            )
        return plugins

    def _check_version(self, package: Package) -> None:
        wanted = self._settings.package(package.name).version
        if not wanted:
            return
        if package.version is None or not wanted.contains(package.version, prereleases=True):
            raise ConnectError(
                f"plugins.toml wants {package.name} {wanted}, but {package.version} is installed. "
                f"Run: pip install '{package.name}{wanted}', or change packages.{package.name}.version"
            )

    def _missing(self, packages: Iterable[Package]) -> list[PluginFailure]:
        installed = {canonicalize_name(package.name) for package in packages}
        return [
            PluginFailure(name, f"plugins.toml lists it, but it is not installed. Run: pip install {name}")
            for name, settings in self._settings.packages.items()
            if settings.enabled and name not in installed
        ]


def _failure(package: Package, exc: BaseException) -> PluginFailure:
    return PluginFailure(package.name, str(exc) if isinstance(exc, ConnectError) else f"{type(exc).__name__}: {exc}")
