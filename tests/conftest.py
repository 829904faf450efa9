"""What holds for every test: in CI a skipped test has failed, so that a missing service cannot hide; Apache Kafka."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.support.apache_kafka import ApacheKafka, ApacheKafkaCluster
from tests.support.services import must_have_all

pytest_plugins = ("pytester",)

_numbers = count(1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_if_skipped(report)
    return report


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    if must_have_all() and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped, which fails where CI is set: {reason}"


@pytest.fixture(scope="session")
def apache_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """The Apache Kafka of this run, one broker, for all tests that do it no harm; they keep apart by names."""
    with ApacheKafka(tmp_path_factory.mktemp("apache-kafka") / "data") as broker:
        yield broker


@pytest.fixture
def new_apache_kafka(tmp_path: Path) -> Iterator[Callable[..., ApacheKafka]]:
    """Makes an Apache Kafka, not started yet, for a test that does something to it; arguments as of `ApacheKafka`."""
    with ExitStack() as stack:

        def make(*arguments: Any, **options: Any) -> ApacheKafka:
            broker = ApacheKafka(tmp_path / f"kafka-{next(_numbers)}" / "data", *arguments, **options)
            stack.callback(broker.kill)
            return broker

        yield make


@pytest.fixture
def new_kafka_cluster(tmp_path: Path) -> Iterator[Callable[..., ApacheKafkaCluster]]:
    """Makes a cluster of Apache Kafka, not started yet; arguments as of `ApacheKafkaCluster`."""
    with ExitStack() as stack:

        def make(*arguments: Any, **options: Any) -> ApacheKafkaCluster:
            cluster = ApacheKafkaCluster(tmp_path / f"kafka-{next(_numbers)}", *arguments, **options)
            stack.callback(cluster.stop)
            return cluster

        yield make
