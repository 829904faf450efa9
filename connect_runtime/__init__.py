"""Kafka Connect for Python people: a connector runtime with Connect's REST API, topics and offsets."""

__version__ = "0.1.0"
__all__ = ["__version__"]
