"""From a worker's file and the environment to its configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connect_runtime.config.builtin_providers import make_resolver
from connect_runtime.config.files import environment_overrides, read_worker_file
from connect_runtime.config.providers import ConfigResolver
from connect_runtime.config.worker_config import WorkerConfig
from connect_runtime.config.worker_keys import WorkerMode

__all__ = ["LoadedWorker", "load_worker"]

_PLUGINS_FILE: Final = "plugins.toml"


@dataclass(frozen=True, slots=True)
class LoadedWorker:
    """All that a worker's file says.

    Attributes:
        config: The configuration, variables resolved.
        resolver: Resolves variables in connectors' configurations.
        plugins_file: Where ``plugins.toml`` is; the file exists if ``plugins.file`` names it, else it may.
    """

    config: WorkerConfig
    resolver: ConfigResolver
    plugins_file: Path


def load_worker(
    path: Path | None, environ: Mapping[str, str], mode: WorkerMode = WorkerMode.DISTRIBUTED
) -> LoadedWorker:
    """Read a worker's configuration. Variables ``CONNECT_*`` win over the file.

    Args:
        path: The worker's file; ``None`` for none.
        environ: Environment variables.
        mode: How the worker will run.

    Raises:
        StartupError: The file is missing or cannot be read.
        ConfigError: A key has no or a bad value.
    """
    props = {**(read_worker_file(path) if path else {}), **environment_overrides(environ)}
    resolver = make_resolver(props, environ)
    resolved = resolver.resolve(props).config
    config = WorkerConfig.from_props({key: text for key, text in resolved.items() if text is not None}, mode)
    default = (path.parent if path else Path()) / _PLUGINS_FILE
    return LoadedWorker(config, resolver, Path(config.plugins_file) if config.plugins_file else default)
