from __future__ import annotations

from tests.support.secured_kafka import other_ca, secured_kafka

__all__ = ["other_ca", "secured_kafka"]
