from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connect_runtime.config import ConfigDef, ConfigKey, ConfigType, parse_value, to_text, validators
from connect_runtime.config.parsing import trimmed
from connect_runtime.config.regex import compile_regex
from connect_runtime.errors import ConfigError

TEXT = st.text(max_size=30)
WORD = TEXT.map(lambda text: trimmed(text.replace(",", ""))).map(lambda text: text.strip() or "x")
VALUES: dict[ConfigType, st.SearchStrategy[Any]] = {
    ConfigType.BOOLEAN: st.booleans(),
    ConfigType.STRING: TEXT.map(trimmed),
    ConfigType.SHORT: st.integers(-(2**15), 2**15 - 1),
    ConfigType.INT: st.integers(-(2**31), 2**31 - 1),
    ConfigType.LONG: st.integers(-(2**63), 2**63 - 1),
    ConfigType.DOUBLE: st.floats(allow_nan=False),
    ConfigType.LIST: st.lists(WORD),
    ConfigType.CLASS: WORD,
}
PAIRS = st.sampled_from(list(VALUES)).flatmap(lambda type_: st.tuples(st.just(type_), VALUES[type_]))

DEFINITION = ConfigDef(
    [
        ConfigKey("required", required=True, dependents=["int", "nowhere"]),
        ConfigKey("int", ConfigType.INT, default=1, validator=validators.at_least(1), dependents=["required"]),
        ConfigKey("short", ConfigType.SHORT, required=True, validator=validators.between(0, 9)),
        ConfigKey("double", ConfigType.DOUBLE),
        ConfigKey("bool", ConfigType.BOOLEAN, default="true"),
        ConfigKey("list", ConfigType.LIST, default="", validator=validators.distinct_items()),
        ConfigKey("items", ConfigType.LIST, default="a", validator=validators.items_of("a", "b")),
        ConfigKey("regex", default="", validator=validators.regex()),
        ConfigKey("choice", default="a", validator=validators.one_of("a", "b")),
        ConfigKey("case", default="a", validator=validators.one_of_ignoring_case("a", "b")),
        ConfigKey("name", default="a", validator=validators.non_empty_string_without_control_chars()),
        ConfigKey("secret", ConfigType.PASSWORD),
        ConfigKey("class", ConfigType.CLASS),
    ]
)
NUMERAL = st.integers().map(str) | st.floats().map(str)
PROPS = st.dictionaries(st.sampled_from(list(DEFINITION.keys)) | TEXT, st.none() | TEXT | NUMERAL)


@given(PAIRS)
def test_parsing_the_text_of_a_value_gives_the_value(pair: tuple[ConfigType, Any]) -> None:
    type_, value = pair
    assert parse_value("k", type_, to_text(type_, value)) == value


@given(st.sampled_from(list(ConfigType)), TEXT | NUMERAL)
def test_a_parsed_value_parses_to_itself(type_: ConfigType, text: str) -> None:
    try:
        once = parse_value("k", type_, text)
    except ConfigError:
        return
    again = parse_value("k", type_, once)
    assert again == once or once != once  # noqa: PLR0124  # NaN


@given(PROPS)
def test_validate_never_raises_and_agrees_with_parse(props: dict[str, str | None]) -> None:
    values = DEFINITION.validate(props)
    assert [value.name for value in values] == [*DEFINITION.keys, "nowhere"]
    defined = ConfigDef(key for key in DEFINITION if key.name != "required").extended(
        [ConfigKey("required", required=True)]
    )
    errors = [(value.name, value.errors[0]) for value in defined.validate(props) if value.errors]
    if not errors:
        defined.parse(props)
        return
    with pytest.raises(ConfigError) as caught:
        defined.parse(props)
    assert (caught.value.key, str(caught.value)) == errors[0]


@given(PROPS)
def test_a_key_has_at_most_one_type_error_and_one_check_error(props: dict[str, str | None]) -> None:
    for value in DEFINITION.validate(props):
        assert len(value.errors) <= 2
        if len(value.errors) == 2:
            assert value.value is None


@given(TEXT)
def test_a_regular_expression_compiles_or_is_refused(pattern: str) -> None:
    checked = validators.regex().reason(pattern)
    if checked is None:
        compile_regex(pattern)
