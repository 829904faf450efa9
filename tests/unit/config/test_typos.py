from __future__ import annotations

import pytest

from connect_runtime.config.typos import closest

KNOWN = ["topic", "topics", "topics.regex", "tasks.max", "fields"]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("topci", "topic"),
        ("feilds", "fields"),
        ("topicss", "topics"),
        ("task.max", "tasks.max"),
        ("tick", None),
        ("", None),
    ],
)
def test_a_word_is_like_one_with_a_letter_more_or_less_and_one_with_letters_that_changed_places(
    given: str, meant: str | None
) -> None:
    assert closest(given, KNOWN) == meant
