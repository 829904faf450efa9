"""A sink that drops what it gets, for tests and measurements."""

from connectors.discard.sink import DiscardSinkConnector, DiscardSinkTask

__all__ = ["DiscardSinkConnector", "DiscardSinkTask"]
