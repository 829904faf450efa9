"""Several workers on one machine: what each of them is told that the file does not say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from connect_runtime.config import EMBEDDED_DEFAULTS, WorkerConfig
from connect_runtime.errors import ConfigError

__all__ = ["check_ports", "worker_variables"]

_HIGHEST_PORT = 65_535


def worker_variables(config: WorkerConfig, number: int) -> dict[str, str]:
    """Environment variables for the worker of that number, which counts from 0; they win over the file.

    Args:
        config: What the file says; with the embedded broker, `WorkerConfig.connected_to` it.
        number: By how much its ports are above those of the file. Port 0, any free one, stays 0.
    """
    own = {"listeners": _shifted(config.listeners, number)}
    if config.admin_listeners:
        own["admin.listeners"] = _shifted(config.admin_listeners, number)
    if config.rest_advertised_port is not None:
        own["rest.advertised.port"] = str(config.rest_advertised_port + number)
    if config.embedded_dir is not None:
        # To the worker it is a broker like any other: the defaults that go with its own have to be said.
        defaults = {key: config.originals[key] for key in EMBEDDED_DEFAULTS}
        own = {**defaults, "bootstrap.servers": ",".join(config.bootstrap_servers), **own}
    return {f"CONNECT_{key.replace('.', '_').upper()}": value for key, value in own.items()}


def check_ports(config: WorkerConfig, workers: int) -> None:
    """See to it that no two workers listen on one port.

    Raises:
        ConfigError: There are not as many free ports above those of the file.
    """
    for key, port in _ports(config):
        if port + workers - 1 > _HIGHEST_PORT:
            raise ConfigError(
                f"{key}: {workers} workers need the ports from {port} on, but {_HIGHEST_PORT} is the last one: choose "
                "a lower port or fewer workers",
                key=key,
            )
    for (one, first), (other, second) in combinations(_listening_ports(config), 2):
        if first != second and abs(first - second) < workers:
            keys = one if one == other else f"{one} and {other}"
            raise ConfigError(
                f"{keys}: ports {first} and {second} are too close for {workers} workers, each of which listens one "
                f"port higher than the one before: choose ports that are at least {workers} apart",
                key=one,
            )


def _ports(config: WorkerConfig) -> Iterator[tuple[str, int]]:
    yield from _listening_ports(config)
    if config.rest_advertised_port is not None:
        yield "rest.advertised.port", config.rest_advertised_port


def _listening_ports(config: WorkerConfig) -> Iterator[tuple[str, int]]:
    listeners: Mapping[str, tuple[str, ...]] = {
        "listeners": config.listeners,
        "admin.listeners": config.admin_listeners or (),
    }
    return ((key, port) for key, urls in listeners.items() for _, port in map(_split, urls) if port)


def _shifted(urls: tuple[str, ...], by: int) -> str:
    return ",".join(f"{head}:{port + by if port else 0}" for head, port in map(_split, urls))


def _split(url: str) -> tuple[str, int]:
    head, _, port = url.rstrip("/").rpartition(":")
    return head, int(port)
