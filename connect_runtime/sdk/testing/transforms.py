"""What holds for every transform."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import ClassVar

import pytest

from connect_runtime.model import SinkRecord, SourceRecord
from connect_runtime.sdk.transform import Transform

__all__ = ["TransformContract"]


class TransformContract:
    """Subclass it for a transform, give it records and the fixture ``transform``.

    Attributes:
        records: Source and sink records that the transform takes. At least one of each kind.
    """

    records: ClassVar[Sequence[SourceRecord | SinkRecord]] = ()

    @pytest.fixture
    def transform(self) -> Transform:
        """A configured transform."""
        raise NotImplementedError("override the fixture 'transform': return a configured transform")

    def test_it_takes_records_of_both_kinds(self, transform: Transform) -> None:
        assert {type(record) for record in self.records} == {SourceRecord, SinkRecord}
        for record in copy.deepcopy(self.records):
            after = _applied(transform, record)
            assert after is None or type(after) is type(record)

    def test_the_given_record_is_not_changed(self, transform: Transform) -> None:
        for record in copy.deepcopy(self.records):
            before = copy.deepcopy(record)
            _applied(transform, record)
            assert record == before

    def test_the_same_record_gives_the_same_result(self, transform: Transform) -> None:
        for record in copy.deepcopy(self.records):
            assert _applied(transform, record) == _applied(transform, copy.deepcopy(record))

    def test_where_a_record_came_from_stays_known(self, transform: Transform) -> None:
        for record in copy.deepcopy(self.records):
            after = _applied(transform, record)
            if after is not None:
                assert _origin(after) == _origin(record)

    def test_it_can_be_closed(self, transform: Transform) -> None:
        transform.close()


def _applied(transform: Transform, record: SourceRecord | SinkRecord) -> SourceRecord | SinkRecord | None:
    if isinstance(record, SourceRecord):
        return transform.apply(record)
    return transform.apply(record)


def _origin(record: SourceRecord | SinkRecord) -> tuple[object, ...]:
    if isinstance(record, SourceRecord):
        return record.source_partition, record.source_offset
    return record.original_topic, record.original_partition, record.kafka_offset
