"""One configuration key, and what validation says about its value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, Protocol

from connect_runtime.config.parsing import parse_value
from connect_runtime.config.types import ConfigType, Importance, Width
from connect_runtime.errors import ConfigError

__all__ = ["ConfigKey", "ConfigValue", "Recommender", "Validator"]

Validator = Callable[[str, Any], None]
"""Takes a key's name and parsed value; raises `ConfigError` when the value is bad. Its ``str`` goes into docs."""


class Recommender(Protocol):
    """Offers values for a key and says whether the key matters, given all parsed values of the same definition."""

    def valid_values(self, name: str, parsed: Mapping[str, Any]) -> Sequence[Any]:
        """Values to offer; they restrict nothing. Raises: ConfigError."""
        ...

    def visible(self, name: str, parsed: Mapping[str, Any]) -> bool:
        """Whether a user interface should show the key. Raises: ConfigError."""
        ...


@dataclass(frozen=True, slots=True)
class ConfigKey:
    """Definition of one key.

    Attributes:
        name: Key as users write it.
        type: What its text is parsed to.
        required: Whether a value must be given; such a key has no default.
        default: Value of an absent key, as text or parsed; held parsed (a list as a tuple). ``None`` is a default too.
        validator: Check of the parsed value, ``None`` for none.
        importance: How likely a user has to care.
        doc: Text for people, with unit and an example.
        group: Heading it is shown under.
        order: Place in the group.
        width: Width of an input field.
        display_name: Name for people; the key's name unless given.
        dependents: Keys whose validity or visibility depends on this one.
        recommender: Offers values.
        internal: Left out of reference docs.

    Raises:
        ConfigError: The default does not fit type or validator, or the key is required and has one.
    """

    name: str
    type: ConfigType = ConfigType.STRING
    _: KW_ONLY
    required: bool = False
    default: Any = None
    validator: Validator | None = None
    importance: Importance = Importance.MEDIUM
    doc: str = ""
    group: str | None = None
    order: int = -1
    width: Width = Width.NONE
    display_name: str = ""
    dependents: Sequence[str] = ()
    recommender: Recommender | None = None
    internal: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "display_name", self.display_name or self.name)
        object.__setattr__(self, "dependents", tuple(self.dependents))
        if self.required:
            if self.default is not None:
                raise ConfigError(f"Configuration {self.name} is required and cannot have a default.", key=self.name)
            return
        default = parse_value(self.name, self.type, self.default)
        if self.validator is not None:
            self.validator(self.name, default)
        object.__setattr__(self, "default", tuple(default) if isinstance(default, list) else default)

    def default_value(self) -> Any:
        """The default as `ConfigDef.parse` returns it: a list is a fresh ``list``."""
        return list(self.default) if isinstance(self.default, tuple) else self.default


@dataclass(frozen=True, slots=True)
class ConfigValue:
    """What validation says about one key.

    Attributes:
        name: The key.
        value: Parsed value, the default of an absent one, ``None`` when it could not be parsed.
        recommended_values: Values to offer.
        errors: What is wrong, one text each; empty when all is well.
        visible: Whether a user interface should show the key.
    """

    name: str
    value: Any = None
    recommended_values: tuple[Any, ...] = ()
    errors: tuple[str, ...] = ()
    visible: bool = True

    def with_errors(self, *errors: str) -> ConfigValue:
        """The same with more errors."""
        return replace(self, errors=self.errors + errors)
