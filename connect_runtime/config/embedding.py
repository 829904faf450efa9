"""Keys of one definition under a prefix in another: a transform's keys among a connector's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connect_runtime.config.key import ConfigKey, Recommender, Validator

__all__ = ["embedded"]


def embedded(key: ConfigKey, prefix: str, group_prefix: str, order: int) -> ConfigKey:
    """``key`` as `ConfigDef.embed` adds it."""
    return replace(
        key,
        name=prefix + key.name,
        display_name=key.display_name,
        group=f"{group_prefix}: {key.group}" if key.group else group_prefix,
        order=order,
        dependents=[prefix + name for name in key.dependents],
        validator=_PrefixedValidator(prefix, key.validator) if key.validator else None,
        recommender=_PrefixedRecommender(prefix, key.recommender) if key.recommender else None,
    )


@dataclass(frozen=True, slots=True)
class _PrefixedValidator:
    prefix: str
    validator: Validator

    def __call__(self, name: str, value: Any) -> None:
        self.validator(name.removeprefix(self.prefix), value)

    def __str__(self) -> str:
        return str(self.validator)


@dataclass(frozen=True, slots=True)
class _PrefixedRecommender:
    prefix: str
    recommender: Recommender

    def valid_values(self, name: str, parsed: Mapping[str, Any]) -> Sequence[Any]:
        return self.recommender.valid_values(name.removeprefix(self.prefix), self._own(parsed))

    def visible(self, name: str, parsed: Mapping[str, Any]) -> bool:
        return self.recommender.visible(name.removeprefix(self.prefix), self._own(parsed))

    def _own(self, parsed: Mapping[str, Any]) -> dict[str, Any]:
        length = len(self.prefix)
        return {name[length:]: value for name, value in parsed.items() if name.startswith(self.prefix)}
