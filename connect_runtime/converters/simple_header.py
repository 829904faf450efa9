"""Headers as text whose type is guessed when they are read: Connect's default for headers."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from connect_runtime.sdk import ConfigDef, HeaderConverter, Schema, SchemaAndValue
from connect_runtime.sdk.data import BYTES, convert_to_string, parse_string

__all__ = ["SimpleHeaderConverter"]

_LOG: Final = logging.getLogger(__name__)


class SimpleHeaderConverter(HeaderConverter):
    """Connect's ``SimpleHeaderConverter``.

    The round trip loses types: a string ``12`` comes back as INT8, bytes as a string, a struct as a map.
    """

    @classmethod
    def config_def(cls) -> ConfigDef:
        """No options."""
        return ConfigDef()

    def configure(self, config: Mapping[str, str]) -> None:
        """There is nothing to set."""

    def from_connect_header(self, topic: str, key: str, schema: Schema | None, value: Any) -> bytes | None:
        """UTF-8 text of the value; ``None`` stays ``None``. Raises: DataError, for a class without text form."""
        del topic, key
        text = convert_to_string(schema, value)
        return None if text is None else text.encode("utf-8", "replace")

    def to_connect_header(self, topic: str, key: str, data: bytes | None) -> SchemaAndValue:
        """What the text looks like; the bytes themselves when it cannot be made out. Never fails."""
        if data is None:
            return None, None
        try:
            return parse_string(data.decode("utf-8", "replace"))
        except Exception as exc:  # noqa: BLE001  # a header from anybody must not stop a record: its bytes are kept
            _LOG.warning(
                "Header kept as bytes: its text could not be parsed",
                extra={"topic": topic, "header": key, "reason": f"{type(exc).__name__}: {exc}"},
            )
            return BYTES, data
