"""The kinds of databases that the sink knows."""

from __future__ import annotations

from connect_runtime.sdk import ConfigError
from connectors.sql.dialects.base import Dialect
from connectors.sql.settings import SinkSettings

__all__ = ["Dialect", "dialect_for"]


def dialect_for(settings: SinkSettings) -> Dialect:
    """The kind of database that ``connection.url`` is for.

    Raises:
        ConfigError: There is none for it.
    """
    match settings.address.dialect:
        case "postgresql":
            # Each kind brings its driver, and loading those that nobody uses would cost time and memory.
            from connectors.sql.dialects.postgresql.dialect import PostgresqlDialect  # noqa: PLC0415

            return PostgresqlDialect(settings.zone, folds_names=settings.folds_names)
        case "sqlite":
            from connectors.sql.dialects.sqlite.dialect import SqliteDialect  # noqa: PLC0415  # as above

            return SqliteDialect(settings.zone)
        case unknown:
            raise ConfigError(f"There is no dialect for {unknown}", key="connection.url")
