"""Announces the built-in connectors, and the Java classes they stand in for."""

from __future__ import annotations

from connect_runtime.sdk import Connector, hookimpl
from connectors.discard import DiscardSinkConnector
from connectors.file import FileStreamSinkConnector, FileStreamSourceConnector
from connectors.sql import SqlSinkConnector

__all__ = ["connect_aliases", "connect_connectors"]


@hookimpl
def connect_connectors() -> list[type[Connector]]:
    """Source and sink connectors."""
    return [FileStreamSourceConnector, FileStreamSinkConnector, DiscardSinkConnector, SqlSinkConnector]


@hookimpl
def connect_aliases() -> dict[str, str]:
    """Java class names by the class that answers to them."""
    return {
        "org.apache.kafka.connect.file.FileStreamSourceConnector": "connectors.file.source.FileStreamSourceConnector",
        "org.apache.kafka.connect.file.FileStreamSinkConnector": "connectors.file.sink.FileStreamSinkConnector",
        "io.confluent.connect.jdbc.JdbcSinkConnector": "connectors.sql.sink.SqlSinkConnector",
        "io.aiven.connect.jdbc.JdbcSinkConnector": "connectors.sql.sink.SqlSinkConnector",
    }
