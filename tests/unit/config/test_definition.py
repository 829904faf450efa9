from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from connect_runtime.config import ConfigDef, ConfigKey, ConfigType, ConfigValue, Importance, Width, validators
from connect_runtime.errors import ConfigError

STATION = ConfigKey("station", required=True, validator=validators.non_empty_string(), dependents=["poll.seconds"])
POLL = ConfigKey("poll.seconds", ConfigType.INT, default="30", validator=validators.at_least(1))
TAGS = ConfigKey("tags", ConfigType.LIST, default=" a, b")
DEFINITION = ConfigDef([STATION, POLL, TAGS])


class Stations:
    """A recommender that depends on another key."""

    def valid_values(self, name: str, parsed: Mapping[str, Any]) -> Sequence[Any]:
        if parsed["poll.seconds"] == 13:
            raise ConfigError("13 brings bad luck")
        return [name, "GRZ"]

    def visible(self, name: str, parsed: Mapping[str, Any]) -> bool:
        return bool(parsed["poll.seconds"])


def by_name(values: Sequence[ConfigValue]) -> dict[str, ConfigValue]:
    return {value.name: value for value in values}


def test_a_key_is_shown_by_its_name_unless_told_otherwise() -> None:
    assert POLL.display_name == "poll.seconds"
    assert POLL.group is None
    assert POLL.order == -1
    assert POLL.width is Width.NONE


def test_defaults_are_parsed_when_the_key_is_defined() -> None:
    assert POLL.default == 30
    assert DEFINITION.defaults == {"poll.seconds": 30, "tags": ["a", "b"]}


def test_a_default_list_is_fresh_every_time() -> None:
    DEFINITION.defaults["tags"].append("c")
    assert DEFINITION.parse({"station": "VIE"})["tags"] == ["a", "b"]


@pytest.mark.parametrize(
    "attributes",
    [
        {"type": ConfigType.INT, "default": "x"},
        {"type": ConfigType.INT, "default": 0, "validator": validators.at_least(1)},
        {"required": True, "default": "x"},
    ],
)
def test_a_default_that_does_not_fit_is_refused_at_once(attributes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        ConfigKey("k", **attributes)
    assert caught.value.key == "k"


def test_a_name_that_comes_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"Configuration tags is defined twice\."):
        DEFINITION.extended([TAGS])


def test_parse_fills_in_defaults_and_drops_unknown_keys() -> None:
    assert DEFINITION.parse({"station": " VIE ", "more": "1"}) == {
        "station": "VIE",
        "poll.seconds": 30,
        "tags": ["a", "b"],
    }


def test_a_present_none_is_not_replaced_by_the_default() -> None:
    assert DEFINITION.parse({"station": None, "tags": None})["tags"] is None
    with pytest.raises(ConfigError, match="Value must be non-null"):
        DEFINITION.parse({"station": "VIE", "poll.seconds": None})


def test_parse_raises_the_first_error_with_its_key() -> None:
    with pytest.raises(ConfigError) as caught:
        DEFINITION.parse({"poll.seconds": "0"})
    assert str(caught.value) == 'Missing required configuration "station" which has no default value.'
    assert caught.value.key == "station"


def test_parsed_values_can_be_parsed_again() -> None:
    once = DEFINITION.parse({"station": "VIE", "tags": "x,y"})
    assert DEFINITION.parse(once) == once


def test_a_value_that_cannot_be_parsed_meets_its_validator_as_none() -> None:
    found = by_name(DEFINITION.validate({"station": "VIE", "poll.seconds": "abc"}))["poll.seconds"]
    assert found.value is None
    assert found.errors == (
        "Invalid value abc for configuration poll.seconds: Not a number of type INT",
        "Invalid value null for configuration poll.seconds: Value must be non-null",
    )


def test_a_missing_key_has_one_error_unless_its_validator_refuses_none() -> None:
    assert by_name(DEFINITION.validate({}))["station"].errors == (
        'Missing required configuration "station" which has no default value.',
    )
    strict = ConfigDef([ConfigKey("n", ConfigType.INT, required=True, validator=validators.at_least(1))])
    assert len(strict.validate({})[0].errors) == 2


def test_validate_answers_in_order_of_definition() -> None:
    assert [value.name for value in DEFINITION.validate({"other": "x"})] == ["station", "poll.seconds", "tags"]


def test_a_dependent_that_nobody_defined_is_an_invisible_error() -> None:
    definition = ConfigDef([ConfigKey("a", default=None, dependents=["b"])])
    assert definition.validate({})[-1] == ConfigValue(
        "b", errors=("b is referred in the dependents, but not defined.",), visible=False
    )
    with pytest.raises(ConfigError, match="b is referred in the dependents"):
        definition.parse({})


def test_keys_that_depend_on_each_other_are_checked_once() -> None:
    definition = ConfigDef(
        [
            ConfigKey("a", ConfigType.INT, required=True, dependents=["b"]),
            ConfigKey("b", ConfigType.INT, required=True, dependents=["a"]),
        ]
    )
    assert [len(value.errors) for value in definition.validate({})] == [1, 1]


def test_a_recommender_sees_parsed_values_and_restricts_nothing() -> None:
    definition = ConfigDef([ConfigKey("station", recommender=Stations(), default="VIE"), POLL])
    station = by_name(definition.validate({"station": "XXX"}))["station"]
    assert station == ConfigValue("station", "XXX", ("station", "GRZ"))
    assert not by_name(definition.validate({"poll.seconds": "x"}))["station"].visible
    assert by_name(definition.validate({"poll.seconds": "13"}))["station"].errors == ("13 brings bad luck",)


def test_a_validator_that_breaks_is_reported_on_its_key() -> None:
    def broken(name: str, value: Any) -> None:
        del name
        int(value)

    definition = ConfigDef([ConfigKey("k", required=True, validator=broken)])
    (found,) = definition.validate({"k": "x"})
    assert "the check of this value failed: ValueError" in found.errors[0]


def test_groups_come_in_order_of_first_appearance() -> None:
    definition = ConfigDef(
        [ConfigKey("a", group="B"), ConfigKey("b"), ConfigKey("c", group="A"), ConfigKey("d", group="B")]
    )
    assert definition.groups == ["B", "A"]


def test_keys_sort_for_reading_by_group_order_need_importance_and_name() -> None:
    definition = ConfigDef(
        [
            ConfigKey("g2", group="G", order=2),
            ConfigKey("g1", group="G", order=1),
            ConfigKey("low", importance=Importance.LOW),
            ConfigKey("b"),
            ConfigKey("a"),
            ConfigKey("must", required=True, importance=Importance.LOW),
        ]
    )
    assert [key.name for key in definition.sorted_keys()] == ["must", "a", "b", "low", "g1", "g2"]


def test_embedded_keys_get_prefix_group_and_order() -> None:
    child = ConfigDef([ConfigKey("x", group="Deep", order=1), ConfigKey("spec", required=True, dependents=["x"])])
    merged = ConfigDef([POLL]).embed("transforms.t.", "Transforms: t", 5, child)
    assert list(merged.keys) == ["poll.seconds", "transforms.t.spec", "transforms.t.x"]
    spec, x = merged.keys["transforms.t.spec"], merged.keys["transforms.t.x"]
    assert (spec.group, spec.order, spec.dependents) == ("Transforms: t", 5, ("transforms.t.x",))
    assert (x.group, x.order) == ("Transforms: t: Deep", 6)
    assert x.display_name == "x"


def test_embedded_validators_and_recommenders_see_the_childs_names() -> None:
    child = ConfigDef([POLL, ConfigKey("s", default="", recommender=Stations())])
    merged = ConfigDef().embed("p.", "P", 1, child)
    found = by_name(merged.validate({"p.poll.seconds": "0"}))
    assert found["p.poll.seconds"].errors == (
        "Invalid value 0 for configuration poll.seconds: Value must be at least 1",
    )
    assert found["p.s"].recommended_values == ("s", "GRZ")
    with pytest.raises(ConfigError) as caught:
        merged.parse({"p.poll.seconds": "0"})
    assert caught.value.key == "p.poll.seconds"
