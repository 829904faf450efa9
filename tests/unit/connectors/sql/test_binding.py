from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connectors.sql.binding import (
    BadValueError,
    Bind,
    bind_all,
    bind_floats,
    bind_integers,
    bind_of_types,
    with_default,
)
from connectors.sql.coerce import to_text


def test_values_that_fit_are_handed_on_untouched() -> None:
    for bind, values in (
        (bind_integers("i", 32), [1, 2]),
        (bind_floats(), [1.0, 2]),
        (bind_of_types((str,), to_text), ["a"]),
    ):
        assert bind(values) is values


def test_nulls_stay_nulls() -> None:
    for bind in (
        bind_integers("q", 64),
        bind_floats(),
        bind_floats(single=True),
        bind_of_types((str,), to_text),
        bind_all(int),
    ):
        assert list(bind([None, None])) == [None, None]
    assert list(bind_integers("h", 16)([1, None, -1])) == [1, None, -1]


def test_values_that_can_be_made_to_fit_are_converted() -> None:
    assert bind_integers("i", 32)(["5", None, 2.0]) == [5, None, 2]
    assert bind_floats()(["1.5", None, Decimal("2.5")]) == [1.5, None, 2.5]
    assert bind_of_types((str,), to_text)(["a", 5, None]) == ["a", "5", None]


@pytest.mark.parametrize(
    ("bind", "values", "row"),
    [
        (bind_integers("i", 32), [1, 2, 2**31, 2**31], 2),
        (bind_integers("i", 32), [None, None, -(2**31) - 1], 2),
        (bind_integers("h", 16), [1, "x"], 1),
        (bind_integers("q", 64), [2**64], 0),
        (bind_floats(), [1.5, None, "x"], 2),
        (bind_floats(single=True), [1e38, 1e39], 1),
        (bind_of_types((str,), to_text), ["a", b"b"], 1),
        (bind_all(int), ["1", "x"], 1),
    ],
)
def test_the_row_of_the_first_value_that_does_not_fit_is_known(bind: Bind, values: list[Any], row: int) -> None:
    with pytest.raises(BadValueError) as raised:
        bind(values)
    assert raised.value.row == row


def test_a_default_takes_the_place_of_null_only() -> None:
    assert with_default(bind_integers("i", 32), 7)([None, 0, 1]) == [7, 0, 1]
