"""DropHeaders and InsertHeader: headers taken away, and a constant one added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from connect_runtime.sdk import (
    AnyRecord,
    ConfigDef,
    ConfigKey,
    ConfigType,
    Header,
    Importance,
    Transform,
    validators,
)
from connect_runtime.sdk.data import parse_string

__all__ = ["DropHeaders", "InsertHeader"]

_HEADERS: Final = "headers"
_HEADER: Final = "header"
_LITERAL: Final = "value.literal"


class DropHeaders(Transform):
    """Removes one or more headers from each record.

    Every header of a listed name goes, the others keep their order.
    """

    _names: frozenset[str]

    @classmethod
    def config_def(cls) -> ConfigDef:
        """``headers``."""
        return ConfigDef(
            [
                ConfigKey(
                    _HEADERS,
                    ConfigType.LIST,
                    required=True,
                    validator=validators.all_of(validators.non_empty_list(), validators.non_empty_items()),
                    importance=Importance.HIGH,
                    doc="The names of the headers to be removed, e.g. trace-id,span-id; case matters.",
                )
            ]
        )

    def configure(self, config: Mapping[str, str]) -> None:
        """Take the names. Raises: ConfigError."""
        self._names = frozenset(self.config_def().parse(config)[_HEADERS])

    def apply(self, record: AnyRecord) -> AnyRecord | None:
        """The record without those headers."""
        names = self._names
        if not any(header.key in names for header in record.headers):
            return record
        return replace(record, headers=tuple(header for header in record.headers if header.key not in names))


class InsertHeader(Transform):
    """Adds a header with a constant value to each record.

    The value's type is what the text looks like: ``42`` is an int8, ``2.5`` a float, ``[1,300]`` a list of int16,
    ``2024-03-01`` a date, ``null`` no value, anything else a string.
    """

    _header: Header

    @classmethod
    def config_def(cls) -> ConfigDef:
        """``header`` and ``value.literal``."""
        return ConfigDef(
            [
                ConfigKey(
                    _HEADER,
                    required=True,
                    validator=validators.non_null(),
                    importance=Importance.HIGH,
                    doc="The name of the header, e.g. environment.",
                ),
                ConfigKey(
                    _LITERAL,
                    required=True,
                    validator=validators.non_null(),
                    importance=Importance.HIGH,
                    doc="The literal value that is to be set as the header value on all records, e.g. production.",
                ),
            ]
        )

    def configure(self, config: Mapping[str, str]) -> None:
        """Take name and value. Raises: ConfigError."""
        options = self.config_def().parse(config)
        schema, value = parse_string(options[_LITERAL])
        self._header = Header(options[_HEADER], value, schema)

    def apply(self, record: AnyRecord) -> AnyRecord | None:
        """The record with that header behind its others."""
        return self.apply_batch([record])[0]

    def apply_batch(self, records: Sequence[AnyRecord]) -> Sequence[AnyRecord | None]:
        """`apply` to each."""
        inserted = (self._header,)
        return [replace(record, headers=record.headers + inserted) for record in records]
