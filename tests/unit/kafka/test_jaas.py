"""Texts in the form of JAAS files."""

from __future__ import annotations

import pytest

from connect_runtime.errors import ConfigError
from connect_runtime.kafka.jaas import parse_jaas

KEY = "producer.sasl.jaas.config"


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("a.b.Module required;", {}),
        ("Module REQUIRED a=1;", {"a": "1"}),
        ("Module optional a = 'x' b\n=\n\"y\" ;", {"a": "x", "b": "y"}),
        ("Module required /* a=1; */ b=2; // c=3", {"b": "2"}),
        ('Module required a="" ;', {"a": ""}),
        ("Module required a=\"it's\" b='\"';", {"a": "it's", "b": '"'}),
        (r'Module required a="x\"y\\z";', {"a": r'x"y\z'}),
        (r'Module required a="\t\101\7" b="C:\\dir";', {"a": "\tA\a", "b": r"C:\dir"}),
        ("Module required user=$ConnectionString;", {"user": "$ConnectionString"}),
        ('Module required a="x"', {"a": "x"}),
    ],
)
def test_options_are_read_as_java_reads_them(text: str, options: dict[str, str]) -> None:
    module = parse_jaas(KEY, text)

    assert module.name == "Module"
    assert module.options == options


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "it should look like"),
        ("Module;", "it should look like"),
        ("Module needed a=secret;", "it should look like"),
        ('Module required a="secret;', "a quotation mark is never closed"),
        ("Module required a=secret==;", "after the option a: options look like"),
        ("Module required a=b=secret;", "after the option a: options look like"),
        ("Module required user=a password=Endpoint=sb://secret/;Key=secret;", "after the option password"),
        ("Module required a secret;", "after the control flag: options look like"),
        ("Module required a=1; Other required b=secret;", "after the option a: options look like"),
    ],
)
def test_what_cannot_be_read_is_reported_without_its_secrets(text: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint) as raised:
        parse_jaas(KEY, text)
    assert raised.value.key == KEY
    assert "secret" not in str(raised.value)
