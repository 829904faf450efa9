"""What a configured SQL sink does, from its keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connect_runtime.sdk import ConfigError
from connectors.sql.address import DatabaseAddress, parse_address
from connectors.sql.config import SINK_CONFIG
from connectors.sql.naming import TableNames, parse_mapping

__all__ = ["Connecting", "InsertMode", "PkMode", "Retrying", "SinkSettings", "zone_of"]


class InsertMode(Enum):
    """How records become rows; the values are those of ``insert.mode``."""

    INSERT = "insert"
    UPSERT = "upsert"
    UPDATE = "update"


class PkMode(Enum):
    """Where the key columns come from; the values are those of ``pk.mode``."""

    NONE = "none"
    KAFKA = "kafka"
    RECORD_KEY = "record_key"
    RECORD_VALUE = "record_value"


@dataclass(frozen=True, slots=True)
class Connecting:
    """How to get a first connection: ``attempts`` times, ``backoff_s`` seconds apart."""

    attempts: int
    backoff_s: float


@dataclass(frozen=True, slots=True)
class Retrying:
    """How long a failing batch is tried again.

    Attributes:
        failures: How often a batch may fail in a row for a passing reason.
        outages: How often it may find the database away; ``None`` for as long as that takes.
        backoff_s: Seconds between two tries.
    """

    failures: int
    outages: int | None
    backoff_s: float


@dataclass(frozen=True, slots=True)
class SinkSettings:
    """All of a sink's settings, parsed; each stands for the key of its name.

    Attributes:
        address: The database, with user and password.
        connecting: First connection.
        retrying: Batches that fail.
        insert_mode: How records become rows.
        batch_rows: Most rows of one statement, ``None`` for no limit.
        deletes: Whether a tombstone deletes.
        names: Tables of topics.
        pk_mode: Where key columns come from.
        pk_fields: Their names; empty as `PkMode` says.
        whitelist: Value fields to write; empty for all.
        auto_create: Whether missing tables are created.
        auto_evolve: Whether missing columns are added.
        folds_names: Whether names are folded as unquoted SQL identifiers are.
        zone: Zone of timestamps in columns without one.
        timestamp_fields: Fields with integers that are points in time.
        timestamp_units: How many of those integers' units make a second.
        text_column: Column of a value that is just text.
        defaults_for_null: Whether a ``None`` becomes the schema's default.
    """

    address: DatabaseAddress
    connecting: Connecting
    retrying: Retrying
    insert_mode: InsertMode
    batch_rows: int | None
    deletes: bool
    names: TableNames
    pk_mode: PkMode
    pk_fields: tuple[str, ...]
    whitelist: frozenset[str]
    auto_create: bool
    auto_evolve: bool
    folds_names: bool
    zone: tzinfo
    timestamp_fields: frozenset[str]
    timestamp_units: int
    text_column: str
    defaults_for_null: bool

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> SinkSettings:
        """Settings of a configuration.

        Raises:
            ConfigError: A key has no or a bad value.
        """
        keys = SINK_CONFIG.parse(config)
        mode = keys["insert.mode"]
        return cls(
            address=parse_address(keys["connection.url"]).with_credentials(
                keys["connection.user"], keys["connection.password"]
            ),
            connecting=Connecting(keys["connection.attempts"], keys["connection.backoff.ms"] / 1000),
            retrying=Retrying(
                keys["max.retries"],
                keys["max.retries"] if "max.retries" in config else None,
                keys["retry.backoff.ms"] / 1000,
            ),
            insert_mode=InsertMode.INSERT if mode == "multi" else InsertMode(mode),
            batch_rows=keys["batch.size"] or None,
            deletes=keys["delete.enabled"],
            names=TableNames(
                keys["table.name.format"],
                parse_mapping(keys["topics.to.tables.mapping"]),
                normalize=keys["table.name.normalize"],
            ),
            pk_mode=PkMode(keys["pk.mode"]),
            pk_fields=tuple(keys["pk.fields"]),
            whitelist=frozenset(keys["fields.whitelist"]),
            auto_create=keys["auto.create"],
            auto_evolve=keys["auto.evolve"],
            folds_names=keys["quote.sql.identifiers"] == "never",
            zone=zone_of(keys["db.timezone"]),
            timestamp_fields=frozenset(keys["timestamp.fields.list"]),
            timestamp_units=1_000_000_000 if keys["timestamp.precision.mode"] == "nanoseconds" else 1_000_000,
            text_column=keys["string.output.value.column.name"],
            defaults_for_null=keys["replace.null.with.default"],
        )


def zone_of(name: str) -> tzinfo:
    """A time zone by its name, e.g. ``Europe/Berlin``. Raises: ConfigError."""
    if name.upper() in ("UTC", "GMT", "Z"):
        return UTC  # known without time zone data, which small images lack
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise ConfigError(
            f"Invalid value {name} for configuration db.timezone: not a known time zone, e.g. UTC or Europe/Berlin",
            key="db.timezone",
        ) from exc
