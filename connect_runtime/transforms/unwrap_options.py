"""The options of Unwrap: Debezium's, old and new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from connect_runtime.sdk import ConfigDef, ConfigKey, ConfigType, Importance, validators
from connect_runtime.transforms.structs import REPLACE_NULL, replace_null_key
from connect_runtime.transforms.unwrap_fields import Addition, parsed_additions

__all__ = ["UNWRAP_DEF", "Deletes", "UnwrapOptions", "unwrap_options"]

_MODE: Final = "delete.tombstone.handling.mode"
_OLD_DELETES: Final = "delete.handling.mode"
_OLD_TOMBSTONES: Final = "drop.tombstones"


class Deletes(Enum):
    """What becomes of an event that says that a row was deleted."""

    DROP = "drop"
    NULL = "null"
    TOMBSTONE = "tombstone"
    REWRITE = "rewrite"


class UnwrapOptions(NamedTuple):
    """Parsed options.

    Attributes:
        deletes: What becomes of delete events.
        drops_tombstones: Whether records without value are dropped.
        headers: What becomes headers.
        fields: What becomes fields of the row.
        route_by: Field of the row whose text is the topic, empty for none.
        drop_header: Header that lists fields to drop, empty for none.
        drops_from_key: Whether those are dropped from the key too.
        drops_required: Whether required fields among them are dropped too.
        replace_null: Whether nulls become defaults when a row is copied.
    """

    deletes: Deletes
    drops_tombstones: bool
    headers: Sequence[Addition]
    fields: Sequence[Addition]
    route_by: str
    drop_header: str
    drops_from_key: bool
    drops_required: bool
    replace_null: bool


_MODES: Final[Mapping[str, tuple[Deletes, bool]]] = MappingProxyType(
    {
        "drop": (Deletes.DROP, True),
        "tombstone": (Deletes.NULL, True),
        "rewrite": (Deletes.REWRITE, True),
        "rewrite-with-tombstone": (Deletes.REWRITE, False),
        "delete-to-tombstone": (Deletes.TOMBSTONE, True),
    }
)
_OLD_MODES: Final = MappingProxyType({"drop": Deletes.DROP, "none": Deletes.NULL, "rewrite": Deletes.REWRITE})

UNWRAP_DEF: Final = ConfigDef(
    [
        ConfigKey(
            _MODE,
            validator=validators.if_set(validators.one_of_ignoring_case(*_MODES)),
            doc="What becomes of delete events and of the tombstones behind them. drop: neither goes on. tombstone "
            "(the default): the delete event goes on as a null with the row's schema, the tombstone does not. "
            "delete-to-tombstone: the same without schema. rewrite: the delete event goes on as the row before the "
            'change, and every row has a field __deleted, "true" or "false". rewrite-with-tombstone: the tombstone '
            "goes on too.",
        ),
        ConfigKey(
            _OLD_TOMBSTONES,
            ConfigType.BOOLEAN,
            importance=Importance.LOW,
            doc=f"Whether tombstones are dropped; true unless set. Of older versions of Debezium: this and "
            f"{_OLD_DELETES} mean nothing when {_MODE} is set.",
        ),
        ConfigKey(
            _OLD_DELETES,
            validator=validators.if_set(validators.one_of_ignoring_case(*_OLD_MODES)),
            importance=Importance.LOW,
            doc="What becomes of delete events: drop (unless set), none (a null with the row's schema) or rewrite. Of "
            "older versions of Debezium.",
        ),
        ConfigKey(
            "add.fields",
            ConfigType.LIST,
            default="",
            importance=Importance.LOW,
            doc="Parts of the event to add to the row, e.g. op,table,source.ts_ms:changed_at. What stands without a "
            "struct is looked for in source, but op and ts_ms in the event itself and id, total_order and "
            "data_collection_order in transaction. What an event does not have is not added.",
        ),
        ConfigKey(
            "add.fields.prefix",
            default="__",
            importance=Importance.LOW,
            doc="Begins the names of added fields: __op, __source_ts_ms.",
        ),
        ConfigKey(
            "add.headers",
            ConfigType.LIST,
            default="",
            importance=Importance.LOW,
            doc="Parts of the event to add as headers, written as in add.fields. A tombstone that goes on has op, d.",
        ),
        ConfigKey(
            "add.headers.prefix",
            default="__",
            importance=Importance.LOW,
            doc="Begins the names of added headers.",
        ),
        ConfigKey(
            "route.by.field",
            default="",
            importance=Importance.LOW,
            doc="Field of the row whose text becomes the topic; a null leaves the topic as it is.",
        ),
        ConfigKey(
            "drop.fields.header.name",
            default="",
            importance=Importance.LOW,
            doc="Name of a header that lists fields to drop from the row.",
        ),
        ConfigKey(
            "drop.fields.from.key",
            ConfigType.BOOLEAN,
            default=False,
            importance=Importance.LOW,
            doc="Whether fields that such a header lists are dropped from the key too.",
        ),
        ConfigKey(
            "drop.fields.keep.schema.compatible",
            ConfigType.BOOLEAN,
            default=True,
            importance=Importance.LOW,
            doc="Whether only optional fields are dropped for such a header.",
        ),
        replace_null_key(),
    ]
)
"""The keys, by Debezium's names."""


def unwrap_options(config: Mapping[str, str]) -> UnwrapOptions:
    """Options of a configuration.

    Raises:
        ConfigError: A value is bad.
    """
    options = UNWRAP_DEF.parse(config)
    deletes, drops_tombstones = _handling(options)
    return UnwrapOptions(
        deletes,
        drops_tombstones,
        parsed_additions(options["add.headers"], options["add.headers.prefix"], "add.headers"),
        parsed_additions(options["add.fields"], options["add.fields.prefix"], "add.fields"),
        options["route.by.field"],
        options["drop.fields.header.name"],
        options["drop.fields.from.key"],
        not options["drop.fields.keep.schema.compatible"],
        options[REPLACE_NULL],
    )


def _handling(options: Mapping[str, Any]) -> tuple[Deletes, bool]:
    mode, old_deletes, old_tombstones = options[_MODE], options[_OLD_DELETES], options[_OLD_TOMBSTONES]
    if mode is not None or (old_deletes is None and old_tombstones is None):
        # Debezium lets the new option win over old ones, which configurations often still have.
        return _MODES[(mode or "tombstone").lower()]
    return _OLD_MODES[(old_deletes or "drop").lower()], old_tombstones is not False
