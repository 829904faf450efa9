"""The providers that come with the runtime: environment variables, properties files, folders of files.

Classes have the names and options of Kafka's, so that ``config.providers.file.class`` may name either.
"""

from __future__ import annotations

import importlib
import logging
import os
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Final

import javaproperties

from connect_runtime.config.definition import ConfigDef
from connect_runtime.config.key import ConfigKey
from connect_runtime.config.parsing import invalid_value, parse_value
from connect_runtime.config.providers import ConfigData, ConfigProvider, ConfigResolver
from connect_runtime.config.regex import compile_regex
from connect_runtime.config.types import ConfigType, Importance
from connect_runtime.config.validators import at_least, if_set
from connect_runtime.errors import ConfigError

__all__ = [
    "BUILT_IN_PROVIDERS",
    "PROVIDER_PACKAGE",
    "DirectoryConfigProvider",
    "EnvVarConfigProvider",
    "FileConfigProvider",
    "make_resolver",
]

logger = logging.getLogger(__name__)

_PROVIDERS: Final = "config.providers"
PROVIDER_PACKAGE: Final = "org.apache.kafka.common.config.provider"
"""Where Kafka has its own providers."""

_ALLOWED_PATHS: Final = ConfigKey(
    "allowed.paths",
    default="",
    importance=Importance.HIGH,
    doc="Absolute paths, separated by commas without blanks, that exist. Only what lies below one of them is read; "
    "empty: everything. `..` is taken out of a path before it is compared, links are not followed. "
    "Example: `/run/secrets,/etc/connect`.",
)
_ALLOWLIST: Final = ConfigKey(
    "allowlist.pattern",
    default=".*",
    importance=Importance.HIGH,
    doc="A regular expression that the whole name of a variable must match to be given out. Example: `CONNECT_DB_.*`.",
)
_TTL_MS: Final = ConfigKey(
    "ttl.ms",
    ConfigType.LONG,
    validator=if_set(at_least(1000)),
    importance=Importance.LOW,
    doc="How often to look whether a value has changed, in milliseconds; connectors that use a changed one are then "
    "restarted. Not set: never. Kafka Connect does not have this. Example: `30000`.",
)


class EnvVarConfigProvider:
    """``${env:NAME}``: the variable NAME of the worker's environment, as it was when the worker started.

    Args:
        environ: The variables.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = dict(environ)
        self._allowed = re.compile(".*", re.DOTALL)

    @staticmethod
    def config_def() -> ConfigDef:
        """The options."""
        return ConfigDef([_ALLOWLIST])

    def configure(self, config: Mapping[str, str]) -> None:
        """Take the options. Raises: ConfigError."""
        pattern = config.get("allowlist.pattern", ".*")
        try:
            self._allowed = compile_regex(pattern)
        except re.error as exc:
            raise invalid_value("allowlist.pattern", pattern, f"Invalid regex: {exc}") from exc

    def get(self, path: str, keys: Collection[str]) -> ConfigData:
        """Values of the variables ``keys``; ``path`` must be empty. Raises: ConfigError."""
        if path:
            raise ConfigError(
                f"An environment variable has no path, but one was given: {path!r}. Write ${{env:NAME}} without a path."
            )
        known = (key for key in keys if key in self._environ and self._allowed.fullmatch(key))
        return ConfigData({key: self._environ[key] for key in known})


class _OfFiles:
    """What providers that read files have in common: the paths allowed, and when to look again."""

    def __init__(self) -> None:
        self._paths = _AllowedPaths()
        self._ttl_s: float | None = None

    @staticmethod
    def config_def() -> ConfigDef:
        """The options."""
        return ConfigDef([_ALLOWED_PATHS, _TTL_MS])

    def configure(self, config: Mapping[str, str]) -> None:
        """Take the options. Raises: ConfigError."""
        self._paths = _AllowedPaths.of(config)
        self._ttl_s = _ttl_s(config)


class FileConfigProvider(_OfFiles):
    """``${file:/path/secrets.properties:key}``: the entry key of a Java properties file in UTF-8."""

    def get(self, path: str, keys: Collection[str]) -> ConfigData:
        """Entries ``keys`` of the file ``path``; none when the path is empty or not allowed. Raises: ConfigError."""
        file = self._paths.admitted(path)
        if file is None:
            return ConfigData({})
        try:
            entries = javaproperties.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as exc:
            raise ConfigError(f"Could not read properties from file {path}: {exc}") from exc
        return ConfigData({key: entries[key] for key in keys if key in entries}, self._ttl_s)


class DirectoryConfigProvider(_OfFiles):
    """``${directory:/run/secrets:password}``: the whole content of the file password in that folder, in UTF-8."""

    def get(self, path: str, keys: Collection[str]) -> ConfigData:
        """Contents of the files ``keys`` in the folder ``path``, newline at the end included. Raises: ConfigError."""
        folder = self._paths.admitted(path)
        if folder is None:
            return ConfigData({})
        if not folder.is_dir():
            logger.warning("%s is not a directory: its variables stay as they are", path)
        files = {key: folder / key for key in keys if _is_file_name(key) and (folder / key).is_file()}
        try:
            values = {key: file.read_bytes().decode("utf-8") for key, file in files.items()}
        except (OSError, ValueError) as exc:
            raise ConfigError(f"Could not read a file of directory {path}: {exc}") from exc
        return ConfigData(values, self._ttl_s)


BUILT_IN_PROVIDERS: Final = (FileConfigProvider, DirectoryConfigProvider, EnvVarConfigProvider)


class _AllowedPaths:
    def __init__(self, roots: Collection[Path] = ()) -> None:
        self._roots = tuple(roots)

    @classmethod
    def of(cls, config: Mapping[str, str]) -> _AllowedPaths:
        text = config.get("allowed.paths", "")
        roots = [Path(item) for item in text.split(",")] if text else []
        for root in roots:
            if not root.is_absolute() or not root.exists():
                raise invalid_value("allowed.paths", text, f"{str(root)!r} must be an absolute path that exists")
        return cls([_normalised(str(root)) for root in roots])

    def admitted(self, path: str) -> Path | None:
        if not path:
            return None
        wanted = _normalised(path)
        if not self._roots or any(wanted.is_relative_to(root) for root in self._roots):
            return wanted
        logger.warning("Path %s is not below any of allowed.paths: its variables stay as they are", path)
        return None


def make_resolver(props: Mapping[str, str], environ: Mapping[str, str]) -> ConfigResolver:
    """The resolver that a worker's ``config.providers`` keys describe.

    Args:
        props: The worker's properties.
        environ: Environment variables, for `EnvVarConfigProvider`.

    Raises:
        ConfigError: A provider's class is unknown or an option is bad.
    """
    names = parse_value(_PROVIDERS, ConfigType.LIST, props.get(_PROVIDERS)) or []
    classes = {name: props[f"{_PROVIDERS}.{name}.class"] for name in names if f"{_PROVIDERS}.{name}.class" in props}
    makers = _makers(environ)
    return ConfigResolver({name: _configured(name, class_.strip(), makers, props) for name, class_ in classes.items()})


def _configured(
    name: str, class_: str, makers: Mapping[str, Callable[[], ConfigProvider]], props: Mapping[str, str]
) -> ConfigProvider:
    make = makers.get(class_) or _imported(f"{_PROVIDERS}.{name}.class", class_, makers)
    provider = make()
    prefix = f"{_PROVIDERS}.{name}.param."
    try:
        provider.configure({key.removeprefix(prefix): props[key] for key in props if key.startswith(prefix)})
    except ConfigError as exc:
        raise ConfigError(f"Config provider {name}: {exc}", key=prefix + (exc.key or "")) from exc
    return provider


def _imported(key: str, class_: str, makers: Collection[str]) -> Callable[[], ConfigProvider]:
    """A provider of another package, by ``module.Class``."""
    module, _, name = class_.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), name, None) if module else None
    except ImportError as exc:
        raise invalid_value(key, class_, f"{exc}. Is the package installed?") from exc
    if not (isinstance(found, type) and callable(getattr(found, "get", None)) and hasattr(found, "configure")):
        known = ", ".join(sorted(makers))
        raise invalid_value(key, class_, f"no such config provider. Known are: {known}")
    return found


def _makers(environ: Mapping[str, str]) -> dict[str, Callable[[], ConfigProvider]]:
    makers: dict[str, Callable[[], ConfigProvider]] = {
        "EnvVarConfigProvider": lambda: EnvVarConfigProvider(environ),
        "FileConfigProvider": FileConfigProvider,
        "DirectoryConfigProvider": DirectoryConfigProvider,
    }
    by_name = dict(makers)
    for name, make in makers.items():
        by_name |= {
            f"{PROVIDER_PACKAGE}.{name}": make,
            f"{__name__}.{name}": make,
            name.removesuffix("ConfigProvider"): make,
        }
    return by_name


def _normalised(path: str) -> Path:
    return Path(os.path.normpath(path))  # takes `..` out without following links, as Kafka does


def _ttl_s(config: Mapping[str, str]) -> float | None:
    ttl_ms = ConfigDef([_TTL_MS]).parse(config)[_TTL_MS.name]
    return None if ttl_ms is None else ttl_ms / 1000


def _is_file_name(key: str) -> bool:
    return key == Path(key).name
