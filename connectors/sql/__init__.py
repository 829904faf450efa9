"""SQL databases: the sink."""

from connectors.sql.sink import SqlSinkConnector

__all__ = ["SqlSinkConnector"]
