from __future__ import annotations

from typing import Any

import pytest

from connect_runtime.config import ConfigType, Password, parse_value, to_text
from connect_runtime.errors import ConfigError, PluginNotFoundError


def reason(type_: ConfigType, raw: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_value("port", type_, raw)
    assert caught.value.key == "port"
    return str(caught.value)


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        (ConfigType.BOOLEAN, " TRUE ", True),
        (ConfigType.BOOLEAN, "False", False),
        (ConfigType.STRING, "\t x y \n", "x y"),
        (ConfigType.STRING, "", ""),
        (ConfigType.INT, "+7", 7),
        (ConfigType.INT, "-2147483648", -(2**31)),
        (ConfigType.INT, "0" * 5000 + "1", 1),
        (ConfigType.SHORT, "32767", 32767),
        (ConfigType.LONG, "9223372036854775807", 2**63 - 1),
        (ConfigType.DOUBLE, "1e3", 1000.0),
        (ConfigType.DOUBLE, "1d", 1.0),
        (ConfigType.DOUBLE, ".5F", 0.5),
        (ConfigType.DOUBLE, "-Infinity", float("-inf")),
        (ConfigType.DOUBLE, "0x1.8p1", 3.0),
        (ConfigType.DOUBLE, "0x1p9999", float("inf")),
        (ConfigType.LIST, "  ", []),
        (ConfigType.LIST, " a , b,c ", ["a", "b", "c"]),
        (ConfigType.LIST, "a,", ["a", ""]),
        (ConfigType.LIST, ",", ["", ""]),
        (ConfigType.CLASS, " a.B ", "a.B"),
        (ConfigType.PASSWORD, " s ", Password("s")),
    ],
)
def test_text_is_trimmed_and_parsed_by_type(type_: ConfigType, text: str, value: Any) -> None:
    assert parse_value("k", type_, text) == value


@pytest.mark.parametrize("type_", list(ConfigType))
def test_none_stays_none_for_every_type(type_: ConfigType) -> None:
    assert parse_value("k", type_, None) is None
    assert to_text(type_, None) is None


@pytest.mark.parametrize("text", ["", "1_000", "0x10", "5L", "1.0", "2147483648", "-2147483649", "١", "1 2"])
def test_text_that_is_no_integer_is_refused(text: str) -> None:
    assert reason(ConfigType.INT, text) == f"Invalid value {text} for configuration port: Not a number of type INT"


@pytest.mark.parametrize("text", ["", "1,5", "nan", "inf", "1__0", "0x1", "e5", "."])
def test_text_that_is_no_double_is_refused(text: str) -> None:
    assert reason(ConfigType.DOUBLE, text).endswith(": Not a number of type DOUBLE")


def test_a_value_of_the_wrong_kind_is_named_by_its_class() -> None:
    assert reason(ConfigType.STRING, 5) == (
        "Invalid value 5 for configuration port: Expected value to be a string, but it was a int"
    )
    assert reason(ConfigType.INT, 1.5).endswith("Expected value to be a 32-bit integer, but it was a float")
    assert reason(ConfigType.INT, True).endswith("Expected value to be a 32-bit integer, but it was a bool")
    assert reason(ConfigType.BOOLEAN, 1).endswith("Expected value to be either true or false")
    assert reason(ConfigType.LIST, 1).endswith("Expected a comma separated list.")
    assert "12345" not in reason(ConfigType.PASSWORD, 12345)


@pytest.mark.parametrize(
    ("type_", "value"),
    [(ConfigType.BOOLEAN, True), (ConfigType.INT, 5), (ConfigType.DOUBLE, 2.5), (ConfigType.LIST, ["a,b"])],
)
def test_parsed_values_are_accepted_again(type_: ConfigType, value: Any) -> None:
    assert parse_value("k", type_, value) == value


def test_a_class_is_looked_up_by_the_given_resolver() -> None:
    assert parse_value("k", ConfigType.CLASS, " Text ", lambda _, text: {"Text": str}[text]) is str


def test_a_class_that_nobody_knows_is_an_invalid_value() -> None:
    def resolve(key: str, text: str) -> type[Any]:
        raise PluginNotFoundError(text)

    with pytest.raises(ConfigError, match=r"^Invalid value Txt for configuration k: Class Txt could not be found\.$"):
        parse_value("k", ConfigType.CLASS, "Txt", resolve)


@pytest.mark.parametrize(
    ("type_", "value", "text"),
    [
        (ConfigType.BOOLEAN, False, "false"),
        (ConfigType.LONG, 5, "5"),
        (ConfigType.LIST, ["a", "b"], "a,b"),
        (ConfigType.LIST, (), ""),
        (ConfigType.CLASS, ConfigError, "connect_runtime.errors.ConfigError"),
        (ConfigType.CLASS, "a.B", "a.B"),
        (ConfigType.PASSWORD, Password("s"), "[hidden]"),
        (ConfigType.DOUBLE, 0.8, "0.8"),
        (ConfigType.DOUBLE, 1000.0, "1000.0"),
        (ConfigType.DOUBLE, 1e7, "1.0E7"),
        (ConfigType.DOUBLE, 1.25e-5, "1.25E-5"),
        (ConfigType.DOUBLE, -12345678.5, "-1.23456785E7"),
        (ConfigType.DOUBLE, float("nan"), "NaN"),
        (ConfigType.DOUBLE, float("-inf"), "-Infinity"),
    ],
)
def test_values_print_as_kafka_prints_them(type_: ConfigType, value: Any, text: str) -> None:
    assert to_text(type_, value) == text


def test_a_password_never_shows_itself() -> None:
    secret = Password("hunter2")
    assert f"{secret} {secret!r} {secret!s} {secret:>10} {[secret]}".count("hunter2") == 0
    assert secret.value == "hunter2"
    assert secret == Password("hunter2")
