"""The table of the Java clients' properties, against Kafka's own definitions."""

from __future__ import annotations

import re
import subprocess

import pytest

from connect_runtime.kafka.java_properties import JAVA_NAMES, Role
from tests.support.apache_kafka import kafka_class_path

DEFINITIONS = {
    Role.PRODUCER: "org.apache.kafka.clients.producer.ProducerConfig",
    Role.CONSUMER: "org.apache.kafka.clients.consumer.ConsumerConfig",
    Role.ADMIN: "org.apache.kafka.clients.admin.AdminClientConfig",
}


@pytest.mark.parametrize("role", Role)
def test_the_table_holds_exactly_the_properties_that_kafka_defines(role: Role) -> None:
    # Each of these classes prints its part of Kafka's documentation.
    command = ["java", "-XX:TieredStopAtLevel=1", "-cp", kafka_class_path(), DEFINITIONS[role]]
    page = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout

    assert set(re.findall(r'<h4><a id="([^"]+)"', page)) == JAVA_NAMES[role]
