"""What holds for every test: in CI a skipped test has failed, so that no missing service hides; slow files go first."""

from __future__ import annotations

import logging
from collections.abc import Generator

import hypothesis
import pytest

from tests.support.services import must_have_all

pytest_plugins = ("pytester", "tests.support.brokers")

# How long an example takes says something about the machine, not about the code.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _names_of_levels() -> Generator[None]:
    """Python's own: a worker that an earlier test set up within this process has renamed one."""
    logging.addLevelName(logging.WARNING, "WARNING")
    yield
    logging.addLevelName(logging.WARNING, "WARNING")


@pytest.hookimpl(trylast=True)  # after the order was made random
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first: where files are shared out to processes, none begins a long one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


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
