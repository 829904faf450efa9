"""``/connector-plugins``: what is installed, how it is configured, and whether a configuration would do."""

from __future__ import annotations

from api import views
from api.parameters import ConfigBody, ConnectorsOnly, Herder, PluginName
from api.responses import Response, json_response
from connect_runtime.errors import BadRequestError

__all__ = ["list_all", "show_config", "validate"]

_SUFFIX = "Connector"


def list_all(herder: Herder, connectors_only: ConnectorsOnly) -> Response:
    """Installed plugin classes."""
    return json_response([views.plugin_info(plugin) for plugin in herder.plugins(connectors_only=connectors_only)])


def show_config(herder: Herder, plugin: PluginName) -> Response:
    """Configuration keys of a plugin."""
    return json_response([views.config_definition(key) for key in herder.plugin_config_def(plugin)])


def validate(herder: Herder, plugin: PluginName, config: ConfigBody) -> Response:
    """Check a connector configuration; errors in it are the answer, not a failure."""
    _require_same_plugin(plugin, config.get("connector.class"))
    return json_response(views.config_check(herder.validate_config(plugin, config)))


def _require_same_plugin(plugin: str, connector_class: str | None) -> None:
    if connector_class is not None and not _without_suffix(connector_class).endswith(_without_suffix(plugin)):
        raise BadRequestError(f"Included connector type {connector_class} does not match request type {plugin}")


def _without_suffix(name: str) -> str:
    return name if name == _SUFFIX else name.removesuffix(_SUFFIX)
