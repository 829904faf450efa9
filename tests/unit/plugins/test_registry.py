from __future__ import annotations

from collections.abc import Callable

import pytest

from connect_runtime.errors import PluginNotFoundError
from connect_runtime.plugins import ListedPlugin, Plugin, PluginFailure, PluginRegistry, PluginType
from connect_runtime.sdk import ConfigDef
from tests.support.fake_plugins import (
    HasHeader,
    MaskField,
    PipeConnector,
    WeatherSinkConnector,
    WeatherSourceConnector,
    WordConverter,
)

HERE = "tests.support.fake_plugins"
JAVA_SINK = "com.acme.weather.StormSinkConnector"


class OtherPipeConnector(PipeConnector):
    """Called ``PipeConnector`` by its Java name, too."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        return ConfigDef()


PLUGINS = (
    Plugin(WordConverter, "2.0"),
    Plugin(MaskField, aliases=("org.apache.kafka.connect.transforms.MaskField$Value",)),
    Plugin(HasHeader),
    Plugin(WeatherSourceConnector, "1.4.2"),
    Plugin(WeatherSinkConnector, None, aliases=(JAVA_SINK,)),
)


@pytest.fixture
def registry() -> PluginRegistry:
    return PluginRegistry(PLUGINS, {"storms": JAVA_SINK, "WeatherSource": f"{HERE}.WeatherSourceConnector"})


@pytest.mark.parametrize(
    "name",
    [
        f"{HERE}.WeatherSinkConnector",
        JAVA_SINK,
        "WeatherSinkConnector",
        "WeatherSink",
        "StormSinkConnector",
        "StormSink",
        "storms",
        " WeatherSink ",
    ],
)
def test_a_connector_answers_to_path_alias_and_short_names(registry: PluginRegistry, name: str) -> None:
    assert registry.find_connector(name) is WeatherSinkConnector


def test_every_kind_has_its_own_suffix(registry: PluginRegistry) -> None:
    assert registry.find_converter("Word") is WordConverter
    assert registry.find_header_converter("WordConverter") is WordConverter
    assert registry.find_predicate("HasHeader") is HasHeader
    assert registry.find_transform("MaskField") is MaskField


def test_a_nested_java_class_has_no_short_name(registry: PluginRegistry) -> None:
    assert registry.find_transform("org.apache.kafka.connect.transforms.MaskField$Value") is MaskField
    for name in ("Value", "MaskField$Value"):
        with pytest.raises(PluginNotFoundError):
            registry.find_transform(name)


@pytest.mark.parametrize("name", ["weathersink", "", "Weather", f"{HERE}.Nothing"])
def test_an_unknown_name_is_answered_with_what_there_is(registry: PluginRegistry, name: str) -> None:
    with pytest.raises(PluginNotFoundError) as caught:
        registry.find_connector(name)
    assert str(caught.value).startswith(
        f"Failed to find any class that implements Connector and which name matches {name}, "
        f"available connectors are: {HERE}.WeatherSinkConnector, {HERE}.WeatherSourceConnector"
    )


def test_the_answer_is_the_same_each_time_and_guesses_what_was_meant(registry: PluginRegistry) -> None:
    answers = set()
    for _ in range(2):
        with pytest.raises(PluginNotFoundError) as caught:
            registry.find_connector("WetherSinkConnector")
        answers.add(str(caught.value))
    (answer,) = answers
    assert answer.endswith(". Did you mean WeatherSinkConnector?")


@pytest.mark.parametrize(
    ("find", "kind", "kinds"),
    [
        (PluginRegistry.find_converter, "Converter", "converters"),
        (PluginRegistry.find_header_converter, "HeaderConverter", "header converters"),
        (PluginRegistry.find_transform, "Transform", "transforms"),
        (PluginRegistry.find_predicate, "Predicate", "predicates"),
    ],
)
def test_a_class_of_another_kind_is_not_found(
    registry: PluginRegistry, find: Callable[[PluginRegistry, str], object], kind: str, kinds: str
) -> None:
    message = f"implements {kind} and which name matches WeatherSink, available {kinds} are: {HERE}"
    with pytest.raises(PluginNotFoundError, match=message):
        find(registry, "WeatherSink")


def test_an_alias_of_two_classes_is_no_name_of_either() -> None:
    registry = PluginRegistry([Plugin(PipeConnector), Plugin(OtherPipeConnector, aliases=("com.acme.PipeConnector",))])
    with pytest.raises(
        PluginNotFoundError, match=r"^More than one Connector matches Pipe: .*PipeConnector, .*OtherPipeConnector\. Use"
    ):
        registry.find_connector("Pipe")
    assert registry.find_connector("OtherPipe") is OtherPipeConnector
    assert registry.find_connector("com.acme.PipeConnector") is OtherPipeConnector


def test_a_full_name_wins_over_a_short_one() -> None:
    registry = PluginRegistry([Plugin(PipeConnector), Plugin(WeatherSinkConnector, aliases=("Pipe",))])
    assert registry.find_connector("Pipe") is WeatherSinkConnector


def test_given_aliases_win_over_all_names() -> None:
    registry = PluginRegistry(PLUGINS, {"WeatherSink": "WeatherSource"})
    assert registry.find_connector("WeatherSink") is WeatherSourceConnector


def test_plugins_are_listed_by_kind_and_name(registry: PluginRegistry) -> None:
    connectors = [
        ListedPlugin(f"{HERE}.WeatherSinkConnector", PluginType.SINK, None),
        ListedPlugin(f"{HERE}.WeatherSourceConnector", PluginType.SOURCE, "1.4.2"),
    ]
    assert registry.listing(connectors_only=True) == connectors
    assert registry.listing() == [
        *connectors,
        ListedPlugin(f"{HERE}.MaskField", PluginType.TRANSFORMATION, None),
        ListedPlugin(f"{HERE}.HasHeader", PluginType.PREDICATE, None),
        ListedPlugin(f"{HERE}.WordConverter", PluginType.CONVERTER, "2.0"),
        ListedPlugin(f"{HERE}.WordConverter", PluginType.HEADER_CONVERTER, "2.0"),
    ]


def test_any_plugin_is_found_with_its_version(registry: PluginRegistry) -> None:
    assert registry.find_any("Word").version == "2.0"
    assert registry.find_any("MaskField").cls is MaskField
    assert registry.version_of(WeatherSourceConnector) == "1.4.2"
    assert registry.version_of(PipeConnector) is None
    with pytest.raises(PluginNotFoundError, match=r"^Unknown plugin MaskFeld\. Did you mean MaskField\?$"):
        registry.find_any("MaskFeld")


def test_packages_that_could_not_be_loaded_are_named() -> None:
    registry = PluginRegistry(failures=[PluginFailure("acme", "ImportError: no")])
    with pytest.raises(PluginNotFoundError, match=r"are: \. Could not be loaded, see the log: acme\.$"):
        registry.find_connector("Acme")
