"""Configuration: what keys there are, what they mean, how their texts are read and checked."""

from connect_runtime.config import validators
from connect_runtime.config.definition import ConfigDef
from connect_runtime.config.files import ConnectorFile, read_connector_file
from connect_runtime.config.group_keys import HMAC_ALGORITHMS
from connect_runtime.config.key import ConfigKey, ConfigValue, Recommender, Validator
from connect_runtime.config.loading import LoadedWorker, load_worker
from connect_runtime.config.parsing import ResolveClass, invalid_value, parse_value, to_text
from connect_runtime.config.providers import (
    ConfigData,
    ConfigProvider,
    ConfigResolver,
    Resolved,
    has_variable,
    paths_in,
    with_variables_restored,
)
from connect_runtime.config.types import ConfigType, Importance, Password, Width
from connect_runtime.config.worker_config import WorkerConfig
from connect_runtime.config.worker_keys import EMBEDDED_DEFAULTS, OverridePolicy, WorkerMode

__all__ = [
    "EMBEDDED_DEFAULTS",
    "HMAC_ALGORITHMS",
    "ConfigData",
    "ConfigDef",
    "ConfigKey",
    "ConfigProvider",
    "ConfigResolver",
    "ConfigType",
    "ConfigValue",
    "ConnectorFile",
    "Importance",
    "LoadedWorker",
    "OverridePolicy",
    "Password",
    "Recommender",
    "ResolveClass",
    "Resolved",
    "Validator",
    "Width",
    "WorkerConfig",
    "WorkerMode",
    "has_variable",
    "invalid_value",
    "load_worker",
    "parse_value",
    "paths_in",
    "read_connector_file",
    "to_text",
    "validators",
    "with_variables_restored",
]
