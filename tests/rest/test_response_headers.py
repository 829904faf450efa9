from __future__ import annotations

import pytest
from httpx import Client

from api import create_app
from api.response_headers import HeaderAction, HeaderRule, header_rules
from connect_runtime.errors import ConfigError
from tests.support.exchangeable_app import ExchangeableApp
from tests.support.fake_herder import FakeHerder


class FrozenClock:
    def monotonic(self) -> float:
        return 0.0

    def epoch_ms(self) -> int:
        return 1729411200000


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("", []),
        ("set X-A: 1", [HeaderRule(HeaderAction.SET, "X-A", "1")]),
        ("ADD X-A:1", [HeaderRule(HeaderAction.ADD, "X-A", "1")]),
        (
            'add X-A: 1, "set Cache-Control: no-cache, no-store"',
            [
                HeaderRule(HeaderAction.ADD, "X-A", "1"),
                HeaderRule(HeaderAction.SET, "Cache-Control", "no-cache, no-store"),
            ],
        ),
        ("setDate Expires: 0", [HeaderRule(HeaderAction.SET_DATE, "Expires", "0")]),
    ],
)
def test_rules_are_read(text: str, rules: list[HeaderRule]) -> None:
    assert list(header_rules(text)) == rules


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("X-A: 1", "write it as"),
        ("set X A: 1", "write it as"),
        ("set X-A 1", "write it as"),
        ("set X-A: http://x", "write it as"),
        ("put X-A: 1", "the action must be one of set, add, setDate, addDate"),
        ("addDate Expires: tomorrow", "offset from now in ms"),
        ("set X-A: é", "ASCII"),
    ],
)
def test_a_malformed_rule_fails_the_start(herder: FakeHerder, rule: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as failure:
        create_app(herder, response_headers=f"set X-B: 2, {rule}")
    assert failure.value.key == "response.http.headers.config"
    assert f"'{rule}'" in str(failure.value)


@pytest.mark.parametrize("path", ["/", "/nope", "/connectors/%FF"])
def test_headers_are_written_into_every_response(
    client: Client, herder: FakeHerder, exchangeable: ExchangeableApp, path: str
) -> None:
    rules = "set Content-Type: text/x, add X-A: 1, add X-A: 2, setDate Expires: 60000, addDate X-At: 0"
    exchangeable.app = create_app(herder, response_headers=rules, clock=FrozenClock())
    headers = client.get(path).headers
    assert headers["content-type"] == "text/x"
    assert headers.get_list("x-a") == ["1", "2"]
    assert headers["expires"] == "Sun, 20 Oct 2024 08:01:00 GMT"
    assert headers["x-at"] == "Sun, 20 Oct 2024 08:00:00 GMT"
