"""What the worker tells about itself."""

from connect_runtime.observe.logging import Loggers, set_up_logging

__all__ = ["Loggers", "set_up_logging"]
