"""Configuration keys of the SQL sink: the Connect JDBC sink's names and defaults."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from connect_runtime.sdk import ConfigDef, ConfigKey, ConfigType, Importance, Width, validators
from connectors.sql.address import URL_KEY, parse_address
from connectors.sql.naming import parse_mapping

__all__ = ["SINK_CONFIG"]

_HIGH, _MEDIUM, _LOW = Importance.HIGH, Importance.MEDIUM, Importance.LOW
_CONNECTION, _WRITES, _MAPPING, _DDL, _RETRIES = "Connection", "Writes", "Data Mapping", "DDL Support", "Retries"


def _check_url(_name: str, value: Any) -> None:
    if value is not None:
        parse_address(value)


def _check_mapping(_name: str, value: Any) -> None:
    parse_mapping(value or ())


def _group(name: str) -> Any:
    return partial(ConfigKey, group=name)


_connection, _write, _map, _ddl, _retry = map(_group, (_CONNECTION, _WRITES, _MAPPING, _DDL, _RETRIES))

SINK_CONFIG: Final = ConfigDef(
    [
        _connection(
            URL_KEY,
            ConfigType.STRING,
            required=True,
            validator=_check_url,
            importance=_HIGH,
            order=1,
            width=Width.LONG,
            display_name="Database URL",
            doc="Database to write to, as SQLAlchemy or JDBC URL, e.g. postgresql://host:5432/db, "
            "jdbc:postgresql://host:5432/db?currentSchema=s, sqlite:////folder/file.db, jdbc:sqlite:/folder/file.db.",
        ),
        _connection(
            "connection.user",
            ConfigType.STRING,
            importance=_HIGH,
            order=2,
            width=Width.MEDIUM,
            display_name="Database user",
            doc="Who connects. Goes before a user in the URL.",
        ),
        _connection(
            "connection.password",
            ConfigType.PASSWORD,
            importance=_HIGH,
            order=3,
            width=Width.SHORT,
            display_name="Database password",
            doc="Password of that user. Goes before a password in the URL, and unlike that one is never shown.",
        ),
        _connection(
            "connection.attempts",
            ConfigType.INT,
            default=3,
            validator=validators.at_least(1),
            importance=_LOW,
            order=4,
            display_name="Connection attempts",
            doc="How often a starting task tries to connect before it fails.",
        ),
        _connection(
            "connection.backoff.ms",
            ConfigType.LONG,
            default=10_000,
            validator=validators.at_least(0),
            importance=_LOW,
            order=5,
            display_name="Connection backoff",
            doc="Milliseconds between those attempts.",
        ),
        _write(
            "insert.mode",
            ConfigType.STRING,
            default="insert",
            validator=validators.one_of("insert", "multi", "upsert", "update"),
            importance=_HIGH,
            order=1,
            display_name="Insert mode",
            doc="insert: every record is a new row. upsert: a row with the record's key is replaced, or a new one "
            "inserted; safe to repeat. update: only rows that are there are changed. multi: another name of insert.",
        ),
        _write(
            "batch.size",
            ConfigType.INT,
            default=3000,
            validator=validators.at_least(0),
            importance=_MEDIUM,
            order=2,
            display_name="Batch size",
            doc="Most rows in one upsert, update or delete statement; 0 for no limit. Inserts are streamed and need "
            "none. All records of one delivery are one transaction, whatever this says.",
        ),
        _write(
            "delete.enabled",
            ConfigType.BOOLEAN,
            default=False,
            importance=_MEDIUM,
            order=3,
            display_name="Enable deletes",
            doc="Whether a record without value deletes the row of its key. Needs pk.mode=record_key.",
        ),
        _map(
            "table.name.format",
            ConfigType.STRING,
            default="${topic}",
            validator=validators.non_empty_string(),
            importance=_MEDIUM,
            order=1,
            width=Width.LONG,
            display_name="Table name format",
            doc="Table of a topic; ${topic} stands for it. A dot parts schema and table, unless in double quotes: "
            'e.g. kafka.${topic}, or "${topic}" for topics with dots.',
        ),
        _map(
            "table.name.normalize",
            ConfigType.BOOLEAN,
            default=False,
            importance=_MEDIUM,
            order=2,
            display_name="Normalize table names",
            doc="Whether characters of a topic other than letters, digits and _ become _ in its table's name.",
        ),
        _map(
            "topics.to.tables.mapping",
            ConfigType.LIST,
            default="",
            validator=_check_mapping,
            importance=_MEDIUM,
            order=3,
            width=Width.LONG,
            display_name="Topics to tables",
            doc="Tables of single topics, e.g. orders:shop.orders,users:people; other topics as in table.name.format.",
        ),
        _map(
            "pk.mode",
            ConfigType.STRING,
            default="none",
            validator=validators.one_of("none", "kafka", "record_key", "record_value"),
            importance=_HIGH,
            order=4,
            display_name="Primary key mode",
            doc="Where the key columns come from. none: there are none. kafka: topic, partition and offset. "
            "record_key: the record's key. record_value: fields of its value.",
        ),
        _map(
            "pk.fields",
            ConfigType.LIST,
            default="",
            importance=_HIGH,
            order=5,
            width=Width.LONG,
            display_name="Primary key fields",
            doc="Names of the key columns. pk.mode=kafka: three, by default __connect_topic, __connect_partition, "
            "__connect_offset. record_key: fields of the key, by default all; for a key that is a single value, the "
            "one column's name. record_value: fields of the value, by default all.",
        ),
        _map(
            "fields.whitelist",
            ConfigType.LIST,
            default="",
            importance=_MEDIUM,
            order=6,
            width=Width.LONG,
            display_name="Fields whitelist",
            doc="Fields of the value to write, besides key columns; empty for all.",
        ),
        _map(
            "db.timezone",
            ConfigType.STRING,
            default="UTC",
            importance=_MEDIUM,
            order=7,
            display_name="Database time zone",
            doc="Zone in which points in time are written to columns without time zone, e.g. Europe/Berlin.",
        ),
        _map(
            "timestamp.fields.list",
            ConfigType.LIST,
            default="",
            importance=_LOW,
            order=8,
            display_name="Timestamp fields",
            doc="Fields whose integers are points in time, in units of timestamp.precision.mode since 1970, or whose "
            "text is an ISO 8601 date and time.",
        ),
        _map(
            "timestamp.precision.mode",
            ConfigType.STRING,
            default="microseconds",
            validator=validators.one_of("microseconds", "nanoseconds"),
            importance=_LOW,
            order=9,
            display_name="Timestamp precision",
            doc="Unit of the integers in timestamp.fields.list.",
        ),
        _map(
            "string.output.value.column.name",
            ConfigType.STRING,
            default="record_value",
            validator=validators.non_empty_string(),
            importance=_LOW,
            order=10,
            display_name="Text column",
            doc="Column of a value that is text and not a struct.",
        ),
        _map(
            "replace.null.with.default",
            ConfigType.BOOLEAN,
            default=True,
            importance=_LOW,
            order=11,
            display_name="Replace null with default",
            doc="Whether a null becomes the default of its field's schema.",
        ),
        _ddl(
            "auto.create",
            ConfigType.BOOLEAN,
            default=False,
            importance=_MEDIUM,
            order=1,
            display_name="Create tables",
            doc="Whether a missing table is created from the record's schema.",
        ),
        _ddl(
            "auto.evolve",
            ConfigType.BOOLEAN,
            default=False,
            importance=_MEDIUM,
            order=2,
            display_name="Add columns",
            doc="Whether a missing column is added. Its field must be optional or have a default. Nothing else is "
            "altered.",
        ),
        _ddl(
            "quote.sql.identifiers",
            ConfigType.STRING,
            default="always",
            validator=validators.one_of("always", "never"),
            importance=_MEDIUM,
            order=3,
            display_name="Quote identifiers",
            doc="always: names keep their case. never: they are folded as the database folds unquoted names "
            "(PostgreSQL: to lower case).",
        ),
        _retry(
            "max.retries",
            ConfigType.INT,
            default=10,
            validator=validators.at_least(0),
            importance=_MEDIUM,
            order=1,
            display_name="Retries",
            doc="How often a batch that failed for a passing reason (deadlock, lock timeout, full disk) is tried again "
            "before the task fails. When set, it limits the tries during an outage of the database too; when not set, "
            "an outage is waited for as long as it takes.",
        ),
        _retry(
            "retry.backoff.ms",
            ConfigType.LONG,
            default=3000,
            validator=validators.at_least(0),
            importance=_MEDIUM,
            order=2,
            display_name="Retry backoff",
            doc="Milliseconds before a failed batch is tried again.",
        ),
    ]
)
