"""Tasks of a connector with a user of its own, who may do what the documentation says that it needs, and no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import uuid4

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)

from tests.support.apache_kafka import ApacheKafka
from tests.support.exactly_once import ExactlyOnceWorker
from tests.support.kafka_security import SaslSsl
from tests.support.running_tasks import ListSource, SeenStates, eventually
from tests.support.secured_kafka import MODULES

SECURITY = SaslSsl({"admin": "a-secret", "mole": "m-secret"}, super_users=["admin"])
READ, WRITE, DESCRIBE, CREATE = AclOperation.READ, AclOperation.WRITE, AclOperation.DESCRIBE, AclOperation.CREATE
DESCRIBE_CONFIGS = AclOperation.DESCRIBE_CONFIGS


def login(prefix: str, user: str, password: str) -> dict[str, str]:
    """A login in the names of Java's clients."""
    settings = {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.jaas.config": f'{MODULES}.plain.PlainLoginModule required username="{user}" password="{password}";',
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": SECURITY.client("admin")["ssl.ca.location"],
    }
    return {prefix + name: value for name, value in settings.items()}


def as_mole(password: str = "m-secret") -> dict[str, str]:
    """Overrides of a connector's clients."""
    clients = ("producer", "consumer", "admin")
    return {key: value for one in clients for key, value in login(f"{one}.override.", "mole", password).items()}


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    with ApacheKafka(tmp_path_factory.mktemp("rights") / "data", listener=SECURITY.listener()) as running:
        yield running


class Rights:
    """A worker that may do everything, and what it takes to give its connector rights."""

    def __init__(self, kafka: ApacheKafka) -> None:
        self.worker = ExactlyOnceWorker(kafka.bootstrap_servers, login("", "admin", "a-secret"))
        self.topic = f"target-{uuid4().hex[:8]}"
        self._admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers, **SECURITY.client("admin")})
        self._admin.create_topics([NewTopic(self.topic, 1, 1)])[self.topic].result(30)

    def allow(
        self, kind: ResourceType, name: str, operations: Iterable[AclOperation], *, is_prefix: bool = False
    ) -> None:
        pattern = ResourcePatternType.PREFIXED if is_prefix else ResourcePatternType.LITERAL
        allow = AclPermissionType.ALLOW
        for operation in operations:
            binding = AclBinding(kind, name, pattern, "User:mole", "*", operation, allow)
            self._admin.create_acls([binding])[binding].result(30)

    def allow_to_write(self) -> None:
        """What any source connector needs."""
        self.allow(ResourceType.TOPIC, self.topic, [WRITE, DESCRIBE])

    def failure(self, config: dict[str, str]) -> str:
        """Why the task fails."""
        states = SeenStates()
        task = self.worker.task(ListSource(self.topic, [["a"]]), states, config)
        task.start()
        assert task.join(60)
        assert states.states[-1] == "FAILED"
        return str(states.error)

    def run(self, config: dict[str, str]) -> None:
        """See that the task commits."""
        states, plugin = SeenStates(), ListSource(self.topic, [["a"]])
        task = self.worker.task(plugin, states, config)
        task.start()
        try:
            eventually(lambda: plugin.commits > 0 or states.error is not None, 60)
            assert states.error is None
        finally:
            task.stop()
            assert task.join(60)


@pytest.fixture
def rights(kafka: ApacheKafka) -> Iterator[Rights]:
    made = Rights(kafka)
    yield made
    made.worker.close()


def test_the_rights_that_are_documented_are_enough(rights: Rights) -> None:
    rights.allow_to_write()
    rights.allow(ResourceType.TRANSACTIONAL_ID, f"{rights.worker.group_id}-source-", [WRITE, DESCRIBE], is_prefix=True)
    rights.allow(ResourceType.TOPIC, rights.worker.offsets_topic, [READ, WRITE, DESCRIBE])
    rights.run(as_mole())


def test_the_rights_that_are_documented_are_enough_for_a_topic_of_its_own(rights: Rights) -> None:
    own = f"{rights.topic}-offsets"
    rights.allow_to_write()
    rights.allow(ResourceType.TRANSACTIONAL_ID, f"{rights.worker.group_id}-source-", [WRITE, DESCRIBE], is_prefix=True)
    rights.allow(ResourceType.TOPIC, own, [READ, WRITE, DESCRIBE, DESCRIBE_CONFIGS, CREATE])
    rights.run({**as_mole(), "offsets.storage.topic": own})


def test_without_the_right_to_its_transactional_id_a_task_fails_and_names_it(rights: Rights) -> None:
    rights.allow_to_write()
    said = rights.failure(as_mole())
    assert f"Taking the transactional id {rights.worker.group_id}-source-0 failed" in said
    assert "grant it by ACL" in said


def test_without_the_right_to_the_offsets_topic_a_task_fails_and_names_it(rights: Rights) -> None:
    rights.allow_to_write()
    rights.allow(ResourceType.TRANSACTIONAL_ID, f"{rights.worker.group_id}-source-", [WRITE, DESCRIBE], is_prefix=True)
    said = rights.failure(as_mole())
    assert f"Reading topic {rights.worker.offsets_topic} failed" in said
    assert "grant it with an ACL" in said


def test_a_refused_login_fails_a_task(rights: Rights) -> None:
    said = rights.failure(as_mole("wrong"))
    assert "refuse" in said
    assert "producer.override.sasl" in said
