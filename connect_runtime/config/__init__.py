"""Configuration: what keys there are, what they mean, how their texts are read and checked."""

from connect_runtime.config import validators
from connect_runtime.config.definition import ConfigDef
from connect_runtime.config.key import ConfigKey, ConfigValue, Recommender, Validator
from connect_runtime.config.parsing import ResolveClass, invalid_value, parse_value, to_text
from connect_runtime.config.types import ConfigType, Importance, Password, Width

__all__ = [
    "ConfigDef",
    "ConfigKey",
    "ConfigType",
    "ConfigValue",
    "Importance",
    "Password",
    "Recommender",
    "ResolveClass",
    "Validator",
    "Width",
    "invalid_value",
    "parse_value",
    "to_text",
    "validators",
]
