from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connect_runtime.config import ConfigResolver, WorkerConfig, to_text
from connect_runtime.config.connector_keys import SINK_CONNECTOR_DEF, SOURCE_CONNECTOR_DEF
from connect_runtime.herder.validation import ConfigValidator
from connect_runtime.plugins import Plugin, PluginRegistry
from tests.support.fake_plugins import HasHeader, MaskField, WeatherSinkConnector, WeatherSourceConnector, WordConverter

CLASSES = (WeatherSinkConnector, WeatherSourceConnector, WordConverter, MaskField, HasHeader)
REGISTRY = PluginRegistry(Plugin(cls, "1.0") for cls in CLASSES)
WORKER = WorkerConfig.from_props({"bootstrap.servers": "embedded", "key.converter": "Word", "value.converter": "Word"})
VALIDATOR = ConfigValidator(lambda: REGISTRY, WORKER, ConfigResolver())
KEYS = st.sampled_from(
    [
        *sorted(
            {*SINK_CONNECTOR_DEF.keys, *SOURCE_CONNECTOR_DEF.keys} - {"connector.plugin.version", "connector.class"}
        ),
        *(
            f"transforms.{alias}.{key}"
            for alias in "ab"
            for key in ("type", "fields", "predicate", "negate", "plugin.version")
        ),
        *(f"predicates.p.{key}" for key in ("type", "name")),
        *(f"{client}.override.{key}" for client in ("producer", "consumer", "admin") for key in ("acks", "client.id")),
        "consumer.override.group.id",
        "key.converter.word.size",
        "station",
        "poll.seconds",
    ]
)
TEXTS = st.sampled_from(
    ["a", "a,b", "a,,a", "p", "MaskField", "HasHeader", "Word", "true", "1", "[1,2)", "[1,", "(", ""]
)
CONFIGS = st.dictionaries(KEYS | st.text(max_size=9), st.none() | TEXTS | st.text(max_size=9))


@given(CONFIGS, st.sampled_from(["WeatherSink", "WeatherSource"]))
def test_every_configuration_of_a_known_connector_gets_an_answer(config: dict[str, str | None], connector: str) -> None:
    found = VALIDATOR.validate_for(connector, {**config, "connector.class": connector})
    names = [entry.definition.name for entry in found.configs if entry.definition]
    texts = [error for entry in found.configs if entry.value for error in entry.value.errors]
    assert len(names) == len(set(names))
    assert bool(found.error_count) == bool(texts)
    assert found.error_count <= len(texts)
    assert {name for name, text in config.items() if text is None} <= {
        entry.value.name for entry in found.configs if entry.value and entry.value.errors
    }
    for entry in found.configs:
        if entry.value:
            to_text(entry.definition.type if entry.definition else None, entry.value.value)
