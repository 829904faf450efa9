"""Keys that the framework itself understands in every connector's configuration; names, order and groups are Kafka's.

Left to who knows the plugins: checks of class keys and the defaults of converters and versions. Keys of transforms and
predicates, and those behind ``producer.override.`` and its kin, depend on the configuration and are not here.
"""

from __future__ import annotations

from typing import Final

from connect_runtime.config.definition import ConfigDef
from connect_runtime.config.key import ConfigKey
from connect_runtime.config.sink_source_keys import SINK_KEYS, SOURCE_KEYS
from connect_runtime.config.types import ConfigType, Importance, Width
from connect_runtime.config.validators import (
    all_of,
    at_least,
    non_empty_string_without_control_chars,
    non_null,
    one_of,
    unique_items,
)

__all__ = ["COMMON_CONNECTOR_DEF", "CONVERTER_KEYS", "SINK_CONNECTOR_DEF", "SOURCE_CONNECTOR_DEF"]

_COMMON: Final = "Common"
_ERRORS: Final = "Error Handling"
_UNIQUE_ALIASES: Final = all_of(non_null(), unique_items("Duplicate alias provided."))

CONVERTER_KEYS: Final = ("key.converter", "value.converter", "header.converter")
"""The keys that name a converter; each may be followed by its ``.plugin.version``."""


def _converter(part: str, title: str, order: int) -> tuple[ConfigKey, ConfigKey]:
    name = f"{part}.converter"
    return (
        ConfigKey(
            name,
            ConfigType.CLASS,
            importance=Importance.LOW,
            doc=f"Converter of record {part}s in place of the worker's; its options follow as `{name}.<option>`. "
            "Example: `org.apache.kafka.connect.json.JsonConverter`.",
            group=_COMMON,
            order=order,
            width=Width.SHORT,
            display_name=f"{title} converter class",
        ),
        ConfigKey(
            f"{name}.plugin.version",
            importance=Importance.LOW,
            doc=f"Version of the {part} converter that must be installed, exact or a range; not set, any. "
            "Example: `[1.2,2)`.",
            group=_COMMON,
            order=order + 1,
            width=Width.SHORT,
            display_name=f"{title} converter version",
        ),
    )


_COMMON_KEYS: Final = (
    ConfigKey(
        "name",
        required=True,
        validator=non_empty_string_without_control_chars(),
        importance=Importance.HIGH,
        doc="Name of the connector, unique in its group of workers. Example: `flights`.",
        group=_COMMON,
        order=1,
        width=Width.MEDIUM,
        display_name="Connector name",
    ),
    ConfigKey(
        "connector.class",
        required=True,
        importance=Importance.HIGH,
        doc="Class of the connector: its Python path, the Java class it stands in for, or a short name. "
        "Example: `FileStreamSource`.",
        group=_COMMON,
        order=2,
        width=Width.LONG,
        display_name="Connector class",
    ),
    ConfigKey(
        "connector.plugin.version",
        importance=Importance.MEDIUM,
        doc="Version of the connector that must be installed, exact or a range; not set, any. Example: `[1.2,2)`.",
        group=_COMMON,
        order=3,
        width=Width.MEDIUM,
        display_name="Connector version",
    ),
    ConfigKey(
        "tasks.max",
        ConfigType.INT,
        default=1,
        validator=at_least(1),
        importance=Importance.HIGH,
        doc="Most tasks the connector may run. Example: `4`.",
        group=_COMMON,
        order=4,
        width=Width.SHORT,
        display_name="Tasks max",
    ),
    ConfigKey(
        "tasks.max.enforce",
        ConfigType.BOOLEAN,
        default=True,
        importance=Importance.LOW,
        doc="Deprecated. Whether a connector that asks for more tasks than `tasks.max` fails; `false` only warns.",
        group=_COMMON,
        order=5,
        width=Width.SHORT,
        display_name="Enforce tasks max",
    ),
    *_converter("key", "Key", 6),
    *_converter("value", "Value", 8),
    *_converter("header", "Header", 10),
    ConfigKey(
        "transforms",
        ConfigType.LIST,
        default="",
        validator=_UNIQUE_ALIASES,
        importance=Importance.LOW,
        doc="Names of the transforms to apply to every record, in order; each needs `transforms.<name>.type`. "
        "Example: `route,mask`.",
        group="Transforms",
        order=12,
        width=Width.LONG,
        display_name="Transforms",
    ),
    ConfigKey(
        "predicates",
        ConfigType.LIST,
        default="",
        validator=_UNIQUE_ALIASES,
        importance=Importance.LOW,
        doc="Names of the predicates that transforms refer to; each needs `predicates.<name>.type`. "
        "Example: `isTombstone`.",
        group="Predicates",
        order=13,
        width=Width.LONG,
        display_name="Predicates",
    ),
    ConfigKey(
        "config.action.reload",
        default="restart",
        validator=one_of("none", "restart"),
        importance=Importance.LOW,
        doc="What to do when a config provider says that a value has expired: `restart` the connector, or `none`.",
        group=_COMMON,
        order=14,
        width=Width.MEDIUM,
        display_name="Reload Action",
    ),
    ConfigKey(
        "errors.retry.timeout",
        ConfigType.LONG,
        default=0,
        importance=Importance.MEDIUM,
        doc="Milliseconds to retry a failed operation: `0` not at all, `-1` for ever. Example: `600000`.",
        group=_ERRORS,
        order=1,
        width=Width.MEDIUM,
        display_name="Retry Timeout for Errors",
    ),
    ConfigKey(
        "errors.retry.delay.max.ms",
        ConfigType.LONG,
        default=60_000,
        importance=Importance.MEDIUM,
        doc="Most milliseconds between two retries; delays double from 300 up to it. Example: `60000`.",
        group=_ERRORS,
        order=2,
        width=Width.MEDIUM,
        display_name="Maximum Delay Between Retries for Errors",
    ),
    ConfigKey(
        "errors.tolerance",
        default="none",
        validator=one_of("none", "all"),
        importance=Importance.MEDIUM,
        doc="What a record that cannot be processed does: `none` fails the task, `all` skips the record.",
        group=_ERRORS,
        order=3,
        width=Width.SHORT,
        display_name="Error Tolerance",
    ),
    ConfigKey(
        "errors.log.enable",
        ConfigType.BOOLEAN,
        default=False,
        importance=Importance.MEDIUM,
        doc="Whether to log every record that was skipped; those that fail the task always are.",
        group=_ERRORS,
        order=4,
        width=Width.SHORT,
        display_name="Log Errors",
    ),
    ConfigKey(
        "errors.log.include.messages",
        ConfigType.BOOLEAN,
        default=False,
        importance=Importance.MEDIUM,
        doc="Whether that log names the record's topic, partition, offset and timestamp.",
        group=_ERRORS,
        order=5,
        width=Width.SHORT,
        display_name="Log Error Details",
    ),
)

COMMON_CONNECTOR_DEF: Final = ConfigDef(_COMMON_KEYS)
SINK_CONNECTOR_DEF: Final = COMMON_CONNECTOR_DEF.extended(SINK_KEYS)
SOURCE_CONNECTOR_DEF: Final = COMMON_CONNECTOR_DEF.extended(SOURCE_KEYS)
