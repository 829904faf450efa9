"""Keys that the framework understands in the configuration of sink connectors only, and of source connectors only."""

from __future__ import annotations

from typing import Final

from connect_runtime.config.key import ConfigKey
from connect_runtime.config.types import ConfigType, Importance, Width
from connect_runtime.config.validators import (
    all_of,
    at_least,
    distinct_items,
    if_set,
    non_empty_string,
    non_null,
    one_of_ignoring_case,
    regex,
    unique_items,
)

__all__ = ["SINK_KEYS", "SOURCE_KEYS"]

_COMMON: Final = "Common"
_ERRORS: Final = "Error Handling"
_EXACTLY_ONCE: Final = "Exactly Once Support"

SINK_KEYS: Final = (
    ConfigKey(
        "topics",
        ConfigType.LIST,
        default="",
        validator=distinct_items(),
        importance=Importance.HIGH,
        doc="Topics to read, separated by commas; either this or `topics.regex`. Example: `orders,returns`.",
        group=_COMMON,
        order=4,
        width=Width.LONG,
        display_name="Topics",
    ),
    ConfigKey(
        "topics.regex",
        default="",
        validator=regex(),
        importance=Importance.HIGH,
        doc="Regular expression, in Java's syntax, that the whole name of a topic to read matches. "
        "Example: `orders-.*`.",
        group=_COMMON,
        order=4,
        width=Width.LONG,
        display_name="Topics regex",
    ),
    ConfigKey(
        "errors.deadletterqueue.topic.name",
        default="",
        importance=Importance.MEDIUM,
        doc="Topic for records that were skipped, as they were read; empty for none. Example: `orders-dead`.",
        group=_ERRORS,
        order=6,
        width=Width.MEDIUM,
        display_name="Dead Letter Queue Topic Name",
    ),
    ConfigKey(
        "errors.deadletterqueue.topic.replication.factor",
        ConfigType.SHORT,
        default=3,
        importance=Importance.MEDIUM,
        doc="Copies of that topic if it has to be made. Example: `1` on a single broker.",
        group=_ERRORS,
        order=7,
        width=Width.MEDIUM,
        display_name="Dead Letter Queue Topic Replication Factor",
    ),
    ConfigKey(
        "errors.deadletterqueue.context.headers.enable",
        ConfigType.BOOLEAN,
        default=False,
        importance=Importance.MEDIUM,
        doc="Whether such records get headers `__connect.errors.*` that say what went wrong, and where.",
        group=_ERRORS,
        order=8,
        width=Width.MEDIUM,
        display_name="Enable Error Context Headers",
    ),
)

SOURCE_KEYS: Final = (
    ConfigKey(
        "topic.creation.groups",
        ConfigType.LIST,
        default="",
        validator=all_of(non_null(), unique_items("Duplicate alias provided.")),
        importance=Importance.LOW,
        doc="Names of groups of topics that are made alike, besides `default`; their settings follow as "
        "`topic.creation.<group>.<setting>`. Example: `compacted`.",
        group="Topic Creation",
        order=1,
        width=Width.LONG,
        display_name="Topic Creation Groups",
    ),
    ConfigKey(
        "exactly.once.support",
        default="requested",
        validator=one_of_ignoring_case("requested", "required"),
        importance=Importance.MEDIUM,
        doc="Whether exactly-once delivery must be possible: `required` refuses the configuration if it is not, "
        "`requested` goes on without.",
        group=_EXACTLY_ONCE,
        order=2,
        width=Width.SHORT,
        display_name="Exactly once support",
    ),
    ConfigKey(
        "transaction.boundary",
        default="poll",
        validator=one_of_ignoring_case("poll", "interval", "connector"),
        importance=Importance.MEDIUM,
        doc="Where transactions end, with exactly-once delivery: after every `poll`, after an `interval`, or where the "
        "`connector` says.",
        group=_EXACTLY_ONCE,
        order=3,
        width=Width.SHORT,
        display_name="Transaction Boundary",
    ),
    ConfigKey(
        "transaction.boundary.interval.ms",
        ConfigType.LONG,
        validator=if_set(at_least(0)),
        importance=Importance.LOW,
        doc="Milliseconds of that interval; not set, the worker's `offset.flush.interval.ms`. Example: `5000`.",
        group=_EXACTLY_ONCE,
        order=4,
        width=Width.SHORT,
        display_name="Transaction boundary interval",
    ),
    ConfigKey(
        "offsets.storage.topic",
        validator=non_empty_string(),
        importance=Importance.LOW,
        doc="Compacted topic for this connector's source offsets in place of the worker's, in the cluster that it "
        "writes to; made if it is missing. A standalone worker ignores it. Example: `flights-offsets`.",
        group="offsets.topic",
        order=1,
        width=Width.LONG,
        display_name="Offsets topic",
    ),
)
