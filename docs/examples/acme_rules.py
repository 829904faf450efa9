"""A rule of one's own, for the transform PythonFunction."""

from __future__ import annotations

from connect_runtime.sdk import DataError, SinkRecord


def net_price(record: SinkRecord) -> SinkRecord | None:
    """Add the price without tax; drop what is free."""
    price = record.value["price"]
    if price == 0:
        return None
    if price < 0:
        raise DataError(f"Order {record.value['id']} has a negative price")
    record.value["net"] = round(price / 1.2, 2)
    return record
