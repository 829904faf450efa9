"""Filter: no record goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connect_runtime.sdk import AnyRecord, ConfigDef, Transform

__all__ = ["Filter"]


class Filter(Transform):
    """Drops all records; use it with a ``predicate`` that says which.

    The source offset, or the offset in the topic, of a dropped record counts as done.
    """

    @classmethod
    def config_def(cls) -> ConfigDef:
        """No options."""
        return ConfigDef()

    def configure(self, config: Mapping[str, str]) -> None:
        """There is nothing to set."""

    def apply(self, record: AnyRecord) -> AnyRecord | None:
        """Nothing."""
        del record
        return None

    def apply_batch(self, records: Sequence[AnyRecord]) -> Sequence[AnyRecord | None]:
        """Nothing for each."""
        return [None] * len(records)
