"""The framework's keys for one connector configuration; they depend on the worker, the plugins and the aliases.

Converter keys default to the worker's classes, version keys to the installed versions, and every alias in
``transforms`` and ``predicates`` adds the keys of its plugin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from connect_runtime.config import (
    ConfigDef,
    ConfigKey,
    ConfigType,
    Importance,
    ResolveClass,
    Width,
    invalid_value,
    parse_value,
)
from connect_runtime.config.connector_keys import CONVERTER_KEYS
from connect_runtime.config.validators import instantiable_subclass_of
from connect_runtime.errors import ConfigError, PluginNotFoundError
from connect_runtime.plugins import PluginRegistry, PluginType, class_path
from connect_runtime.plugins.versions import VersionRange
from connect_runtime.sdk import Converter, HeaderConverter, Predicate, Transform

__all__ = ["aliases", "class_resolver", "framework_definition", "named_classes", "version_errors"]

Config = Mapping[str, str | None]
Classes = Mapping[str, type[Any]]
_CONNECTOR: Final = "connector.class"


@dataclass(frozen=True, slots=True)
class _AliasKind:
    """A key with aliases and what kind of plugin they stand for; ``word`` is Kafka's for it."""

    key: str
    word: str
    base: type[Any]
    type: PluginType
    own_keys: tuple[ConfigKey, ...]


_KINDS: Final = (
    _AliasKind(
        "transforms",
        "Transformation",
        Transform,
        PluginType.TRANSFORMATION,
        (
            ConfigKey("predicate", doc="Name of the predicate that decides which records the transform applies to."),
            ConfigKey("negate", ConfigType.BOOLEAN, default=False, doc="Apply it to the records that do not match."),
        ),
    ),
    _AliasKind("predicates", "Predicate", Predicate, PluginType.PREDICATE, ()),
)


@dataclass(frozen=True, slots=True)
class _Offer:
    """A recommender that has made up its mind."""

    values: Sequence[str]
    is_visible: bool = True

    def valid_values(self, name: str, parsed: Mapping[str, Any]) -> Sequence[str]:
        del name, parsed
        return self.values

    def visible(self, name: str, parsed: Mapping[str, Any]) -> bool:
        del name, parsed
        return self.is_visible


@dataclass(frozen=True, slots=True)
class _TypeCheck:
    """Whether the class of an alias can be used; ``problem`` is why not, as far as it is known beforehand."""

    kind: _AliasKind
    problem: str | None

    def __call__(self, name: str, value: Any) -> None:
        if not isinstance(value, type) or not issubclass(value, self.kind.base):
            raise invalid_value(name, value, f"Not a {self.kind.word}")
        if self.problem:
            raise invalid_value(name, value, self.problem)

    def __str__(self) -> str:
        return f"a concrete {self.kind.base.__name__}"


def aliases(config: Config, key: str) -> list[str]:
    """Aliases that ``key`` lists, each once, in order."""
    return list(dict.fromkeys(parse_value(key, ConfigType.LIST, config.get(key)) or ()))


def named_classes(config: Config, plugins: PluginRegistry) -> dict[str, type[Any]]:
    """The installed classes that a configuration names, by key; a name that nobody has is left out."""
    found: dict[str, type[Any]] = {}
    for key, find in _finders(config, plugins):
        name = config.get(key)
        try:
            found |= {key: find(name)} if name else {}
        except PluginNotFoundError:
            continue  # parsing the key reports it
    return found


def class_resolver(config: Config, plugins: PluginRegistry) -> ResolveClass:
    """Finds the classes that the framework's keys name; texts of other keys stay as they are."""
    finders = dict(_finders(config, plugins))

    def resolve(key: str, name: str) -> type[Any] | str:
        if key not in finders or key == _CONNECTOR:
            return name
        try:
            return finders[key](name)
        except PluginNotFoundError as unknown:
            try:
                return plugins.find_any(name).cls  # of another kind, which the key's check will say
            except PluginNotFoundError:
                raise unknown from None  # its hint has names of the kind that was wanted

    return resolve


def framework_definition(
    base: ConfigDef, config: Config, classes: Classes, worker_converters: Mapping[str, str], plugins: PluginRegistry
) -> ConfigDef:
    """The framework's keys for this configuration.

    Args:
        base: Keys of a source, of a sink, or of both.
        config: The configuration, variables resolved.
        classes: The classes it names, from `named_classes`; the connector's own among them.
        worker_converters: The worker's converter classes by key; a key without one defaults to ``None``.
        plugins: Installed plugins.
    """
    defaults = named_classes(worker_converters, plugins)
    definition = ConfigDef(_completed(key, classes, defaults, plugins) for key in base)
    for kind in _KINDS:
        for alias in aliases(config, kind.key):
            definition = _with_alias(definition, kind, alias, config, classes, plugins)
    return definition


def version_errors(config: Config, classes: Classes, plugins: PluginRegistry) -> list[tuple[str, str]]:
    """Keys and what is wrong with them, for every ``*.plugin.version`` that no installed class fulfils.

    Args:
        config: The configuration, variables resolved.
        classes: The classes in effect by key, those of the worker included.
        plugins: Installed plugins.
    """
    return [error for key, cls in classes.items() for error in _version_errors(key, cls, config, plugins)]


def _finders(config: Config, plugins: PluginRegistry) -> Iterator[tuple[str, Callable[[str], type[Any]]]]:
    yield _CONNECTOR, plugins.find_connector
    yield "key.converter", plugins.find_converter
    yield "value.converter", plugins.find_converter
    yield "header.converter", plugins.find_header_converter
    yield from ((f"transforms.{alias}.type", plugins.find_transform) for alias in aliases(config, "transforms"))
    yield from ((f"predicates.{alias}.type", plugins.find_predicate) for alias in aliases(config, "predicates"))


def _completed(key: ConfigKey, classes: Classes, defaults: Classes, plugins: PluginRegistry) -> ConfigKey:
    if key.name in CONVERTER_KEYS:
        base = HeaderConverter if key.name == "header.converter" else Converter
        return replace(key, default=defaults.get(key.name), validator=instantiable_subclass_of(base))
    if not key.name.endswith(".plugin.version"):
        return key
    class_key = _class_key(key.name)
    cls = classes.get(class_key) or defaults.get(class_key)
    version = plugins.version_of(cls) if cls else None
    return replace(key, default=version, recommender=_Offer([version] if version else [], is_visible=cls is not None))


def _with_alias(
    definition: ConfigDef, kind: _AliasKind, alias: str, config: Config, classes: Classes, plugins: PluginRegistry
) -> ConfigDef:
    prefix, group = f"{kind.key}.{alias}.", f"{kind.key.capitalize()}: {alias}"
    cls = classes.get(f"{prefix}type")
    problem, child = None, None
    if cls is not None:
        try:
            child = _child_definition(kind, prefix, cls, config)
        except ConfigError as exc:
            problem = str(exc)
    version = plugins.version_of(cls) if cls else None
    type_key = ConfigKey(
        f"{prefix}type",
        ConfigType.CLASS,
        required=True,
        validator=_TypeCheck(kind, problem),
        importance=Importance.HIGH,
        doc=f"Class for the '{alias}' {kind.word.lower()}.",
        group=group,
        order=0,
        width=Width.LONG,
        display_name=f"{kind.word} type for {alias}",
        recommender=_Offer([listed.class_name for listed in plugins.listing() if listed.type is kind.type]),
    )
    version_key = ConfigKey(
        f"{prefix}plugin.version",
        default=version,
        importance=Importance.HIGH,
        doc=f"Version of the '{alias}' {kind.word.lower()} that must be installed, exact or a range; not set, any.",
        group=group,
        order=1,
        width=Width.LONG,
        display_name=f"{kind.word} version for {alias}",
        recommender=_Offer([version] if version else []),
    )
    extended = definition.extended([type_key, version_key])
    return extended.embed(prefix, group, 2, child) if child else extended


def _child_definition(kind: _AliasKind, prefix: str, cls: type[Any], config: Config) -> ConfigDef:
    if f"{prefix}negate" in config and kind.own_keys and config.get(f"{prefix}predicate") is None:
        raise ConfigError(
            f"There is no config '{prefix}predicate' defining a predicate to be negated by '{prefix}negate'"
        )
    hidden = {"type", "plugin.version", *(key.name for key in kind.own_keys)}
    try:
        return ConfigDef([*kind.own_keys, *(key for key in cls.config_def() if key.name not in hidden)])
    except Exception as exc:
        raise ConfigError(
            f"Error getting config definition from {kind.word}: {type(exc).__name__}: {exc}"
        ) from exc  # whatever a plugin raises is the plugin's fault, not the request's


def _version_errors(key: str, cls: type[Any], config: Config, plugins: PluginRegistry) -> Iterator[tuple[str, str]]:
    version_key = "connector.plugin.version" if key == _CONNECTOR else _version_key(key)
    wanted, installed = config.get(version_key), plugins.version_of(cls)
    if wanted is None:
        return
    try:
        fulfilled = installed is not None and installed in VersionRange.parse(wanted)
    except ValueError as exc:
        yield version_key, str(invalid_value(version_key, wanted, str(exc)))
        return
    if not fulfilled:
        problem = f"version {installed or 'unknown'} of {class_path(cls)} is installed"
        yield key, f"{version_key} asks for version {wanted}, but {problem}"
        yield version_key, str(invalid_value(version_key, wanted, problem))


def _version_key(class_key: str) -> str:
    return f"{class_key.removesuffix('.type')}.plugin.version"


def _class_key(version_key: str) -> str:
    key = version_key.removesuffix(".plugin.version")
    return _CONNECTOR if key == "connector" else key
