from __future__ import annotations

import pytest

from connect_runtime.errors import ConfigError
from connect_runtime.pipeline import TopicCreation, TopicRules
from connect_runtime.pipeline.topics import NewTopic

DEFAULTS = {"topic.creation.default.partitions": "3", "topic.creation.default.replication.factor": "-1"}


class Admin:
    def __init__(self, *existing: str) -> None:
        self.topics = set(existing)
        self.created: list[NewTopic] = []

    def topic_exists(self, name: str) -> bool:
        return name in self.topics

    def create_topic(self, topic: NewTopic) -> None:
        self.created.append(topic)
        self.topics.add(topic.name)


def test_without_creation_keys_topics_are_left_to_the_broker() -> None:
    assert TopicRules.of({"topic": "t"}) is None
    admin = Admin()
    TopicCreation(None, admin).ensure("t")
    assert admin.created == []


def test_a_missing_topic_is_created_once_with_its_groups_settings() -> None:
    rules = TopicRules.of(
        DEFAULTS
        | {
            "topic.creation.groups": "logs",
            "topic.creation.logs.include": "log-.*",
            "topic.creation.logs.exclude": "log-private",
            "topic.creation.logs.cleanup.policy": "compact",
        }
    )
    admin = Admin("there")
    creation = TopicCreation(rules, admin)
    for topic in ("there", "log-a", "log-private", "log-a"):
        creation.ensure(topic)
    assert admin.created == [
        NewTopic("log-a", 3, -1, {"cleanup.policy": "compact"}),
        NewTopic("log-private", 3, -1, {}),
    ]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"topic.creation.default.partitions": "0"}, "topic.creation.default.partitions"),
        ({"topic.creation.groups": "g"}, "topic.creation.g.include"),
        ({"topic.creation.groups": "g", "topic.creation.g.include": "("}, "topic.creation.g.include"),
    ],
)
def test_a_bad_rule_names_its_key(change: dict[str, str], key: str) -> None:
    with pytest.raises(ConfigError) as raised:
        TopicRules.of(DEFAULTS | change)
    assert raised.value.key == key


def test_the_default_group_needs_both_numbers_once_any_key_is_set() -> None:
    with pytest.raises(ConfigError, match=r"replication\.factor"):
        TopicRules.of({"topic.creation.default.partitions": "3"})
