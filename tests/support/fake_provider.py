"""A config provider with fixed values under every path."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from connect_runtime.config import ConfigData

__all__ = ["FakeProvider"]


class FakeProvider:
    """Knows its values by key, whatever the path."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def configure(self, config: Mapping[str, str]) -> None:
        """Take nothing."""

    def get(self, path: str, keys: Collection[str]) -> ConfigData:
        """Those of ``keys`` that it knows."""
        del path
        return ConfigData({key: self._values[key] for key in keys if key in self._values})
