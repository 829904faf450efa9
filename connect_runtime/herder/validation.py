"""Checks connector configurations, as Kafka Connect does before it stores one and when a user interface asks.

Nothing is changed and nothing is remembered; plugins are asked on the caller's thread, so a check may block.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from connect_runtime.config import ConfigDef, ConfigKey, ConfigResolver, ConfigValue, WorkerConfig
from connect_runtime.config.connector_keys import (
    COMMON_CONNECTOR_DEF,
    SINK_CONNECTOR_DEF,
    SOURCE_CONNECTOR_DEF,
)
from connect_runtime.config.embedding import embedded
from connect_runtime.errors import BadRequestError, ConfigError, ConnectError, NotFoundError, PluginNotFoundError
from connect_runtime.herder.api import ConfigCheck
from connect_runtime.herder.validation_checks import check_sink, check_source
from connect_runtime.herder.validation_definition import (
    class_resolver,
    framework_definition,
    named_classes,
    version_errors,
)
from connect_runtime.herder.validation_findings import Findings, Report
from connect_runtime.herder.validation_overrides import check_overrides
from connect_runtime.herder.validation_secrets import concealed
from connect_runtime.herder.validation_warnings import no_effect_warnings
from connect_runtime.plugins import PluginRegistry, class_path
from connect_runtime.sdk import Connector, SinkConnector, SourceConnector

__all__ = ["ConfigValidator"]

logger = logging.getLogger(__name__)

RawConfig = Mapping[str, str | None]
_CLASS: Final = "connector.class"
_VERSION: Final = "connector.plugin.version"
_ENDPOINT: Final = "`/connector-plugins/{connectorType}/config/validate`"
_NULL: Final = "Null value can not be supplied as the configuration value."


class ConfigValidator:
    """Checks configurations against the plugins installed at that moment. Safe to use from any thread.

    Args:
        plugins: Gives the installed plugins.
        worker: The worker's configuration.
        resolver: Resolves variables; what it finds is checked, and never shown.
    """

    def __init__(self, plugins: Callable[[], PluginRegistry], worker: WorkerConfig, resolver: ConfigResolver) -> None:
        self._plugins = plugins
        self._worker = worker
        self._resolver = resolver

    def require_valid(self, config: RawConfig) -> None:
        """Let a configuration pass; keys that have no effect are logged.

        Raises:
            BadRequestError: There are errors, all of which the message lists, after it keys that have no effect and may
                be their cause; or there is no ``connector.class``.
            PluginNotFoundError: No connector of that class is installed.
        """
        check, warnings = self._checked(config)
        if check.error_count:
            lines = [
                f"Connector configuration is invalid and contains the following {check.error_count} error(s):",
                *(text for entry in check.configs if entry.value is not None for text in _named_errors(entry.value)),
                f"You can also find the above list of errors at the endpoint {_ENDPOINT}",
                *warnings,
            ]
            raise BadRequestError("\n".join(lines))
        for warning in warnings:
            logger.warning("Configuration of connector %s: %s", config.get("name"), warning)

    def validate_for(self, plugin: str, config: RawConfig) -> ConfigCheck:
        """What is to be said about a configuration, key by key.

        Args:
            plugin: The connector's name in the request: any of its names, or the end of its class name.
            config: The configuration.

        Raises:
            BadRequestError: ``connector.class`` is missing or names another plugin.
            PluginNotFoundError: No connector of that class is installed.
        """
        named = config.get(_CLASS)
        if named is not None and not self._same_connector(named, plugin):
            raise BadRequestError(f"Included connector type {named} does not match request type {plugin}")
        return self._checked(config)[0]

    def plugin_config_def(self, plugin: str) -> Sequence[ConfigKey]:
        """A plugin's keys in order; a connector's are followed by the framework's.

        Raises:
            NotFoundError: No plugin answers to that name.
        """
        plugins = self._plugins()
        try:
            cls = plugins.find_any(plugin).cls
        except PluginNotFoundError as exc:
            raise NotFoundError(str(exc)) from exc
        own = _config_def(cls)
        if not issubclass(cls, Connector):
            return list(own)
        framework = framework_definition(_base(cls), {}, {_CLASS: cls}, {}, plugins)
        return [*own, *(key for key in framework if key.name not in own)]

    def _same_connector(self, named: str, asked: str) -> bool:
        if named.removesuffix("Connector").endswith(asked.removesuffix("Connector")):
            return True
        plugins = self._plugins()
        try:
            return plugins.find_connector(named) is plugins.find_connector(asked)
        except PluginNotFoundError:
            return False

    def _checked(self, raw: RawConfig) -> tuple[ConfigCheck, list[str]]:
        resolved = self._resolver.resolve(raw)
        config = resolved.config
        name = config.get(_CLASS)
        if name is None:
            raise BadRequestError(
                "Connector config contains no connector type: add connector.class, the name of a connector that "
                "GET /connector-plugins lists"
            )
        plugins = self._plugins()
        request = _Request(config, plugins.find_connector(name), plugins, self._worker)
        try:
            report, warnings = request.checked()
        except ConnectError as exc:
            text = str(exc)
            if self._resolver.hide(text) == text:
                raise
            raise ConnectError(self._resolver.hide(text)) from exc
        return concealed(report.check(name), raw, config, self._resolver.hide), [*resolved.unresolved, *warnings]


@dataclass(frozen=True, slots=True)
class _Request:
    """One configuration to check, variables resolved."""

    config: RawConfig
    connector: type[Connector]
    plugins: PluginRegistry
    worker: WorkerConfig

    def checked(self) -> tuple[Report, list[str]]:
        """What is to be said about it, and warnings for the log."""
        classes = named_classes(self.config, self.plugins)
        problems = version_errors(self.config, self._inherited() | classes, self.plugins)
        if any(key == _VERSION for key, _ in problems):
            return self._of_another_version(classes, problems), []
        main = self._framework(_base(self.connector), classes, self._worker_converters())
        instance = _instance(self.connector)
        main.replace(_config_def(self.connector), self._own_values(instance))
        overrides, warnings = check_overrides(self.connector, self.config, self.worker)
        report = Report(main, [*overrides, *self._converters(main, classes)])
        self._check_together(instance, problems, report)
        return report, [*warnings, *no_effect_warnings(self.config, report.names())]

    def _of_another_version(self, classes: Mapping[str, type[Any]], problems: Sequence[tuple[str, str]]) -> Report:
        """Without the connector that was asked for, only the keys can be judged that all connectors share."""
        if not any(key == _CLASS for key, _ in problems):
            raise BadRequestError(next(problem for key, problem in problems if key == _VERSION))
        report = Report(self._framework(COMMON_CONNECTOR_DEF, classes, {}))
        for key, problem in problems:
            report.add_error(key, problem)
        return report

    def _framework(
        self, base: ConfigDef, classes: Mapping[str, type[Any]], worker_converters: Mapping[str, str]
    ) -> Findings:
        definition = framework_definition(base, self.config, classes, worker_converters, self.plugins)
        return Findings(definition, definition.validate(self.config, class_resolver(self.config, self.plugins)))

    def _own_values(self, instance: Connector) -> list[ConfigValue]:
        try:
            return list(instance.validate(self._given()))
        except ConfigError as exc:
            findings = Findings(values=_config_def(self.connector).validate(self._given()))
            findings.add_error(exc.key or _CLASS, str(exc), self.config[_CLASS])
            return list(findings.values.values())
        except Exception as exc:
            raise ConnectError(
                f"Connector {class_path(self.connector)} failed to validate its configuration: "
                f"{type(exc).__name__}: {exc}"
            ) from exc

    def _converters(self, main: Findings, classes: Mapping[str, type[Any]]) -> Iterator[Findings]:
        for key in ("header.converter", "key.converter", "value.converter"):
            if key in self.config and key in classes and not main.has_errors(key):
                definition = ConfigDef(_prefixed(f"{key}.", own) for own in _config_def(classes[key]))
                type_ = {f"{key}.converter.type": key.removesuffix(".converter")}
                yield Findings(definition, definition.validate(self._given() | type_))

    def _check_together(self, instance: Connector, problems: Sequence[tuple[str, str]], report: Report) -> None:
        for key, problem in problems:
            report.add_error(key, problem)
        match instance:
            case SinkConnector():
                check_sink(self.config, self.worker, report)
            case SourceConnector():
                check_source(instance, self._given(), self.worker, report)
        for key in (key for key, text in self.config.items() if text is None):
            report.add_error(key, _NULL)

    def _given(self) -> dict[str, str]:
        return {key: text for key, text in self.config.items() if text is not None}

    def _worker_converters(self) -> dict[str, str]:
        return self.worker.converters

    def _inherited(self) -> dict[str, type[Any]]:
        named = {key: name for key, name in self._worker_converters().items() if self.config.get(key) is None}
        return named_classes(named, self.plugins)


def _named_errors(value: ConfigValue) -> Iterator[str]:
    """Errors as they can stand by themselves: those of a transform's option do not say of which transform."""
    yield from (error if value.name in error else f"{value.name}: {error}" for error in value.errors)


def _base(connector: type[Connector]) -> ConfigDef:
    return SINK_CONNECTOR_DEF if issubclass(connector, SinkConnector) else SOURCE_CONNECTOR_DEF


def _instance(connector: type[Connector]) -> Connector:
    try:
        return connector()
    except Exception as exc:
        raise ConnectError(f"Cannot make a {class_path(connector)}: {type(exc).__name__}: {exc}") from exc


def _config_def(cls: type[Any]) -> ConfigDef:
    try:
        definition = cls.config_def()
    except Exception as exc:
        raise ConnectError(f"Cannot get the keys of {class_path(cls)}: {type(exc).__name__}: {exc}") from exc
    if not isinstance(definition, ConfigDef):
        raise BadRequestError(f"{class_path(cls)}.config_def must return a ConfigDef, but returned {definition!r}")
    return definition


def _prefixed(prefix: str, key: ConfigKey) -> ConfigKey:
    return replace(embedded(key, prefix, "", key.order), group=key.group)
