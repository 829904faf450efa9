"""``/connector-plugins``: what is installed, how it is configured, whether a configuration would do, and what."""

from __future__ import annotations

from api import views
from api.parameters import ConfigBody, ConnectorsOnly, Herder, PluginName, PreviewBody
from api.responses import Response, json_response

__all__ = ["list_all", "preview", "show_config", "validate"]


def list_all(herder: Herder, connectors_only: ConnectorsOnly) -> Response:
    """Installed plugin classes."""
    return json_response([views.plugin_info(plugin) for plugin in herder.plugins(connectors_only=connectors_only)])


def show_config(herder: Herder, plugin: PluginName) -> Response:
    """Configuration keys of a plugin."""
    return json_response([views.config_definition(key) for key in herder.plugin_config_def(plugin)])


def validate(herder: Herder, plugin: PluginName, config: ConfigBody) -> Response:
    """Check a connector configuration; errors in it are the answer, not a failure."""
    return json_response(views.config_check(herder.validate_config(plugin, config)))


def preview(herder: Herder, request: PreviewBody) -> Response:
    """What a draft's converters and transforms make of records; failures of records are the answer."""
    return json_response(views.preview(herder.preview(request)))
