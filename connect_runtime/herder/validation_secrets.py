"""Keeps the values of config providers out of what validation says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import msgspec

from connect_runtime.config import ConfigValue, Password
from connect_runtime.herder.api import ConfigCheck, ConfigEntry

__all__ = ["concealed"]

RawConfig = Mapping[str, str | None]


def concealed(check: ConfigCheck, raw: RawConfig, resolved: RawConfig, hide: Callable[[str], str]) -> ConfigCheck:
    """The answer with variables as they were sent, in place of what was checked.

    Kafka Connect shows the values; but whoever may check a configuration need not be allowed to see its secrets.

    Args:
        check: What was found out.
        raw: The configuration as sent.
        resolved: The same with values in place of variables.
        hide: Finds values in other texts.
    """
    replaced = {key: (value, raw[key]) for key, value in resolved.items() if value and value != raw[key]}
    entries = [ConfigEntry(entry.definition, _concealed(entry.value, replaced, hide)) for entry in check.configs]
    return msgspec.structs.replace(check, configs=entries)


def _concealed(
    value: ConfigValue | None, replaced: Mapping[str, tuple[str, str | None]], hide: Callable[[str], str]
) -> ConfigValue | None:
    if value is None:
        return None
    if value.name not in replaced:
        return replace(value, errors=tuple(hide(error) for error in value.errors))
    secret, variable = replaced[value.name]
    errors = tuple(hide(error.replace(secret, variable or "")) for error in value.errors)
    shows_itself = value.value is not None and not isinstance(value.value, Password)
    return replace(value, value=variable if shows_itself else value.value, errors=errors)
