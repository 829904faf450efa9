"""What the worker tells about itself."""

from connect_runtime.observe.failure import plugin_failure, stack_of_a_bug, trace_text
from connect_runtime.observe.logging import Loggers, hide_in_log, level_number, set_up_logging

__all__ = ["Loggers", "hide_in_log", "level_number", "plugin_failure", "set_up_logging", "stack_of_a_bug", "trace_text"]
