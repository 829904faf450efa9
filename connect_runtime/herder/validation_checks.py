"""Checks of a connector configuration that look at more than one key, or at the worker."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Final

from connect_runtime.config import ConfigType, WorkerConfig, WorkerMode, parse_value
from connect_runtime.config.regex import compile_regex
from connect_runtime.herder.validation_findings import Report
from connect_runtime.sdk import ConnectorTransactionBoundaries, ExactlyOnceSupport, SourceConnector

__all__ = ["check_sink", "check_source"]

logger = logging.getLogger(__name__)

Config = Mapping[str, str | None]
_TOPICS: Final = "topics"
_REGEX: Final = "topics.regex"
_DEAD_LETTERS: Final = "errors.deadletterqueue.topic.name"
_GROUP_OVERRIDE: Final = "consumer.override.group.id"
_SUPPORT: Final = "exactly.once.support"
_BOUNDARY: Final = "transaction.boundary"


def check_sink(config: Config, worker: WorkerConfig, report: Report) -> None:
    """Topics, dead letter queue and consumer group of a sink."""
    topics: list[str] = parse_value(_TOPICS, ConfigType.LIST, config.get(_TOPICS)) or []
    regex = (config.get(_REGEX) or "").strip()
    if topics and regex:
        both = f"{_TOPICS} and {_REGEX} are mutually exclusive options, but both are set."
        report.add_error(_TOPICS, both)
        report.add_error(_REGEX, both)
    if not topics and not regex:
        neither = f"Must configure one of {_TOPICS} or {_REGEX}"
        report.add_error(_TOPICS, neither)
        report.add_error(_REGEX, neither)
    _check_dead_letters((config.get(_DEAD_LETTERS) or "").strip(), topics, regex, report)
    if worker.mode is WorkerMode.DISTRIBUTED:
        _check_group(config, worker.group_id, report)


def check_source(connector: SourceConnector, config: Mapping[str, str], worker: WorkerConfig, report: Report) -> None:
    """Whether a source can deliver exactly once, where the configuration insists. Asks the connector: may block."""
    if worker.mode is WorkerMode.STANDALONE:
        return
    if _chosen(_SUPPORT, report) == "required":
        if worker.exactly_once_source_support.lower() != "enabled":
            report.add_error(_SUPPORT, "This worker does not have exactly-once source support enabled.")
        if problem := _exactly_once_problem(connector, config):
            report.add_error(_SUPPORT, problem)
    if _chosen(_BOUNDARY, report) == "connector" and (problem := _boundaries_problem(connector, config)):
        report.add_error(_BOUNDARY, problem)


def _check_dead_letters(dead_letters: str, topics: list[str], regex: str, report: Report) -> None:
    if not dead_letters:
        return
    if dead_letters in topics:
        report.add_error(
            _TOPICS,
            f"The DLQ topic '{dead_letters}' may not be included in the list of topics "
            f"('{_TOPICS}={','.join(topics)}') consumed by the connector",
        )
    if regex and _matches(regex, dead_letters):
        report.add_error(
            _REGEX,
            f"The DLQ topic '{dead_letters}' may not be included in the regex matching the topics "
            f"('{_REGEX}={regex}') consumed by the connector",
        )


def _matches(regex: str, topic: str) -> bool:
    try:
        return compile_regex(regex).fullmatch(topic) is not None
    except re.error:
        return False  # the key's own check says so


def _check_group(config: Config, worker_group: str, report: Report) -> None:
    override, name = config.get(_GROUP_OVERRIDE), config.get("name")
    conflict = f"conflicts with Connect worker group {worker_group}"
    if override is not None:
        if override.strip() == worker_group:
            report.add_error(_GROUP_OVERRIDE, f"Consumer group {override} {conflict}", value=override)
    elif f"connect-{name}" == worker_group:
        report.add_error("name", f"Consumer group for sink connector named {name} {conflict}")


def _chosen(key: str, report: Report) -> str:
    return str(report.value(key) or "").lower()


def _exactly_once_problem(connector: SourceConnector, config: Mapping[str, str]) -> str | None:
    try:
        support = connector.exactly_once_support(config)
    except Exception as error:
        logger.exception("Connector %s failed when asked whether it supports exactly-once", type(connector).__name__)
        return f"An unexpected error occurred while the connector was asked whether it supports exactly-once: {error}"
    match support:
        case ExactlyOnceSupport.SUPPORTED:
            return None
        case ExactlyOnceSupport.UNSUPPORTED:
            return "The connector does not support exactly-once semantics with the provided configuration."
        case None:
            return (
                "The connector does not say whether it supports exactly-once semantics. Look it up in the connector's "
                f"documentation, and if it does, set '{_SUPPORT}' to 'requested', which does not ask the connector"
            )


def _boundaries_problem(connector: SourceConnector, config: Mapping[str, str]) -> str | None:
    try:
        answer = connector.can_define_transaction_boundaries(config)
    except Exception as error:
        logger.exception("Connector %s failed when asked about transaction boundaries", type(connector).__name__)
        return f"An unexpected error occurred while the connector was asked about transaction boundaries: {error}"
    match answer:
        case ConnectorTransactionBoundaries.SUPPORTED:
            return None
        case ConnectorTransactionBoundaries.UNSUPPORTED:
            return (
                "The connector does not support defining its own transaction boundaries with the provided "
                "configuration."
            )
        case None:
            return (
                "The connector does not say whether it can define its own transaction boundaries. Choose another "
                f"value for '{_BOUNDARY}': poll or interval"
            )
