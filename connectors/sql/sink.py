"""The SQL sink connector: checks its configuration and gives every task the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connect_runtime.sdk import ConfigDef, ConfigError, ConfigValue, SinkConnector, SinkTask
from connectors.sql.config import SINK_CONFIG
from connectors.sql.fields import KAFKA_NAMES
from connectors.sql.settings import SinkSettings, zone_of

__all__ = ["SqlSinkConnector"]

# By the name under which the connector was configured.
JAVA_TASKS = {
    f"io.{vendor}.connect.jdbc.JdbcSinkConnector": f"io.{vendor}.connect.jdbc.sink.JdbcSinkTask"
    for vendor in ("aiven", "confluent")
}


class SqlSinkConnector(SinkConnector):
    """Writes records to tables of a SQL database."""

    def __init__(self) -> None:
        self._config: dict[str, str] = {}

    @classmethod
    def config_def(cls) -> ConfigDef:
        """See `Connector.config_def`."""
        return SINK_CONFIG

    def validate(self, config: Mapping[str, str]) -> list[ConfigValue]:
        """See `Connector.validate`: also keys that do not go together. Does not connect."""
        values = SINK_CONFIG.validate(config)
        parsed = {value.name: value.value for value in values if not value.errors}
        wrong = _contradictions(parsed)
        return [value.with_errors(*wrong[value.name]) if value.name in wrong else value for value in values]

    def start(self, config: Mapping[str, str]) -> None:
        """See `Connector.start`."""
        wrong = _contradictions(SINK_CONFIG.parse(config))
        for key, reasons in wrong.items():
            raise ConfigError(reasons[0], key=key)
        SinkSettings.of(config)
        self._config = dict(config)

    def task_class(self) -> type[SinkTask]:
        """See `Connector.task_class`."""
        # SQLAlchemy takes a fifth of a second to load, which a worker without SQL connectors need not spend.
        from connectors.sql.sink_task import SqlSinkTask  # noqa: PLC0415

        return SqlSinkTask

    def task_class_name(self) -> str:
        """See `Connector.task_class_name`."""
        return JAVA_TASKS.get(self._config.get("connector.class", ""), super().task_class_name())

    def task_configs(self, max_tasks: int) -> list[dict[str, str]]:
        """See `Connector.task_configs`: the consumer group shares out the partitions."""
        return [dict(self._config) for _ in range(max_tasks)]


def _contradictions(parsed: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is wrong with keys together, by key; keys that are wrong by themselves are missing from ``parsed``."""
    wrong: dict[str, list[str]] = {}

    def report(message: str, *keys: str) -> None:
        for key in keys:
            wrong.setdefault(key, []).append(message)

    insert_mode, pk_mode = parsed.get("insert.mode"), parsed.get("pk.mode")
    pk_fields, whitelist = parsed.get("pk.fields") or [], parsed.get("fields.whitelist") or []
    if insert_mode in ("upsert", "update") and pk_mode == "none":
        needed = "set pk.mode to record_key, record_value or kafka"
        report(f"insert.mode={insert_mode} needs a key to find rows by: {needed}", "insert.mode", "pk.mode")
    if parsed.get("delete.enabled") and pk_mode not in (None, "record_key"):
        reason = "a record to delete has only its key"
        report(f"delete.enabled=true needs pk.mode=record_key: {reason}", "delete.enabled", "pk.mode")
    if pk_mode == "kafka" and len(pk_fields) not in (0, len(KAFKA_NAMES)):
        names = "topic, partition and offset, or none for the default names"
        report(f"pk.mode=kafka needs three names in pk.fields, for {names}", "pk.fields")
    if len(set(pk_fields)) < len(pk_fields) or "" in pk_fields:
        report("pk.fields has an empty name, or one that comes twice", "pk.fields")
    if "" in whitelist:
        report("fields.whitelist has an empty name", "fields.whitelist")
    try:
        zone_of(parsed.get("db.timezone") or "UTC")
    except ConfigError as exc:
        report(str(exc), "db.timezone")
    return wrong
