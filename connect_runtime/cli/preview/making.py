"""What a preview is made with on the command line, where no worker runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from connect_runtime.cli.numbered_lines import numbered_lines
from connect_runtime.cli.topics.settings import EMBEDDED_ADDRESS
from connect_runtime.config import ConfigResolver, LoadedWorker, WorkerConfig, load_worker
from connect_runtime.errors import ConnectError
from connect_runtime.herder.preview import Previewer
from connect_runtime.herder.validation import ConfigValidator
from connect_runtime.kafka import ClientFactory
from connect_runtime.plugins import PluginLoader, read_plugin_settings

__all__ = ["previewer", "read_samples"]

_BOOTSTRAP: Final = "bootstrap.servers"


def read_samples(file: Path) -> list[Any]:
    """Sample records of a file, one JSON value a line; blank lines are skipped.

    Raises:
        ConnectError: The file cannot be read, or a line is not JSON.
    """
    samples = []
    for where, line in numbered_lines(file):
        try:
            samples.append(json.loads(line))
        except ValueError as exc:
            raise ConnectError(f"{where} is not JSON: {exc}") from exc
    return samples


def previewer(
    bootstrap: str | None, config: Path | None, plugins_file: Path | None, environ: Mapping[str, str]
) -> Previewer:
    """Makes previews as a worker would.

    Args:
        bootstrap: ``--bootstrap-server``.
        config: ``--config``, a worker's file.
        plugins_file: ``--plugins``; without it the worker's, or ``plugins.toml`` in this folder.
        environ: Environment; ``CONNECT_*`` variables win over the worker's file, as they do for the worker.

    Raises:
        ConnectError: The worker's file or the plugins' is no good.
    """
    loaded = _without_worker() if config is None else load_worker(config, environ)
    worker = loaded.config
    if bootstrap is not None:
        worker = worker.connected_to(bootstrap)
    elif worker.embedded_dir is not None:
        worker = worker.connected_to(worker.originals.get("embedded.listen", EMBEDDED_ADDRESS))
    plugins = PluginLoader(read_plugin_settings(plugins_file or loaded.plugins_file))
    validator = ConfigValidator(plugins.registry, worker, loaded.resolver)
    clients = ClientFactory(worker.originals)
    return Previewer(validator, plugins.registry, worker.with_converters, loaded.resolver, clients)


def _without_worker() -> LoadedWorker:
    """A worker that nobody has configured: its converters are those of the embedded broker's."""
    config = WorkerConfig.from_props({_BOOTSTRAP: "embedded"})
    return LoadedWorker(config, ConfigResolver(), Path("plugins.toml"))
