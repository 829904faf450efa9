"""Chains are built as a connector's configuration says, with what the worker allows."""

from __future__ import annotations

import pytest

from connect_runtime.errors import ConfigError, ConnectError
from connect_runtime.model import SinkRecord
from connect_runtime.pipeline.build import build_chain
from connect_runtime.plugins import PluginLoader, PluginSettings
from connect_runtime.sdk.testing import sink_record

PLUGINS = PluginLoader(PluginSettings()).registry()
SHOUT = {
    "transforms": "f", "transforms.f.type": "PythonFunction", "transforms.f.function": "tests.support.functions:shout",
}  # fmt: skip


def test_what_plugins_toml_allows_can_be_called() -> None:
    allowing = PluginLoader(PluginSettings(functions=frozenset({"tests.support.functions"}))).registry()
    assert build_chain(SHOUT, allowing, SinkRecord).apply(sink_record("hey")) == sink_record("HEY")


def test_nothing_else_can_be_called() -> None:
    with pytest.raises(ConfigError, match="not allowed on this worker"):
        build_chain(SHOUT, PLUGINS, SinkRecord)


@pytest.mark.parametrize("name", ["org.apache.kafka.connect.transforms.HoistField$Value", "HoistFieldValue"])
def test_transforms_answer_to_their_names_in_java_and_here(name: str) -> None:
    config = {"transforms": "h", "transforms.h.type": name, "transforms.h.field": "f"}
    assert build_chain(config, PLUGINS, SinkRecord).apply(sink_record(1)) == sink_record({"f": 1})


def test_a_predicate_needs_a_type() -> None:
    config = {"transforms": "f", "transforms.f.type": "Filter", "transforms.f.predicate": "p"}
    with pytest.raises(ConnectError, match="names the predicate p"):
        build_chain(config, PLUGINS, SinkRecord)


def test_what_a_plugin_says_of_its_options_is_said_of_one_among_several() -> None:
    config = {"transforms": "a,b", "transforms.a.type": "Filter", "transforms.b.type": "Expression"}
    with pytest.raises(ConfigError, match=r"^transforms\.b \(Expression\): Expression has nothing to do"):
        build_chain(config, PLUGINS, SinkRecord)


def test_a_bad_option_is_named_as_the_connector_has_it() -> None:
    config = {"transforms": "b", "transforms.b.type": "PythonFunction", "transforms.b.function": "no.such:thing"}
    with pytest.raises(ConfigError) as caught:
        build_chain(config, PLUGINS, SinkRecord)
    assert caught.value.key == "transforms.b.function"
