"""A worker whose user may do what Kafka Connect's needs, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from tests.support.apache_kafka import ApacheKafka
from tests.support.kafka_security import SaslSsl
from tests.support.running_tasks import eventually
from tests.support.secured_kafka import MODULES, secured
from tests.support.worker_process import WorkerProcess, on_broker

SECURITY = SaslSsl({"admin": "a-secret", "worker": "w-secret"}, super_users=["admin"])
LOGIN = f'{MODULES}.plain.PlainLoginModule required username="worker" password="w-secret";'
TOPIC_RIGHTS = (
    AclOperation.READ,
    AclOperation.WRITE,
    AclOperation.CREATE,
    AclOperation.DESCRIBE,
    AclOperation.DESCRIBE_CONFIGS,
)


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    with ApacheKafka(tmp_path_factory.mktemp("rights") / "data", listener=SECURITY.listener()) as running:
        yield running


class User:
    """The worker's user, and a group of which nobody has heard."""

    def __init__(self, kafka: ApacheKafka) -> None:
        self.group = f"group-{uuid4().hex[:8]}"
        self._admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers, **SECURITY.client("admin")})
        self.properties = {
            **on_broker(kafka.bootstrap_servers, self.group),
            "offset.storage.partitions": "1",
            "status.storage.partitions": "1",
            **secured(jaas=LOGIN),
        }
        self.allow(ResourceType.TOPIC, self.group, *TOPIC_RIGHTS)
        self.allow(ResourceType.GROUP, self.group, AclOperation.READ)

    def allow(self, kind: ResourceType, prefix: str, *operations: AclOperation) -> None:
        for operation in operations:
            binding = AclBinding(
                kind, prefix, ResourcePatternType.PREFIXED, "User:worker", "*", operation, AclPermissionType.ALLOW
            )
            self._admin.create_acls([binding])[binding].result(30)


def test_without_a_right_to_transactions_a_worker_writes_as_kafka_connect_does(
    kafka: ApacheKafka, tmp_path: Path
) -> None:
    user = User(kafka)
    with WorkerProcess(tmp_path / "worker", user.properties) as worker:
        worker.create("sink", {"connector.class": "FileStreamSink", "topics": "none", "file": str(tmp_path / "out")})
        assert worker.http.get("/connectors").json() == ["sink"]
        assert "is written without transactions" in worker.log


def test_on_the_way_to_exactly_once_the_right_is_asked_for(kafka: ApacheKafka, tmp_path: Path) -> None:
    user = User(kafka)
    properties = {**user.properties, "exactly.once.source.support": "preparing"}
    with WorkerProcess(tmp_path / "worker", properties) as worker:

        def says_what_is_missing() -> bool:
            health = worker.http.get("/health")
            return health.status_code == 503 and "may not use the transactional id" in health.json()["message"]

        eventually(says_what_is_missing, 60.0)
        user.allow(ResourceType.TRANSACTIONAL_ID, f"connect-cluster-{user.group}", AclOperation.WRITE)
        eventually(lambda: worker.http.get("/health").status_code == 200, 60.0)
        assert "without transactions" not in worker.log
