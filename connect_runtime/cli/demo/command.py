"""The command ``demo`` and its options."""

from __future__ import annotations

__all__ = ["demo"]


def demo() -> int:
    """Carry 336,776 flights from a CSV file through a topic into a table."""
    return 0
