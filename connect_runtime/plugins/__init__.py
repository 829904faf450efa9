"""Which plugins are installed, and under what names configurations find them."""

from connect_runtime.plugins.loader import PluginLoader
from connect_runtime.plugins.plugin import Plugin, PluginFailure, PluginType, class_path
from connect_runtime.plugins.registry import ListedPlugin, PluginRegistry
from connect_runtime.plugins.settings import PackageSettings, PluginSettings, read_plugin_settings

__all__ = [
    "ListedPlugin",
    "PackageSettings",
    "Plugin",
    "PluginFailure",
    "PluginLoader",
    "PluginRegistry",
    "PluginSettings",
    "PluginType",
    "class_path",
    "read_plugin_settings",
]
