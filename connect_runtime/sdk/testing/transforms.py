"""What holds for every transform and every predicate."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import ClassVar

import pytest

from connect_runtime.errors import DataError
from connect_runtime.model import SinkRecord, SourceRecord
from connect_runtime.sdk.transform import Predicate, Transform

__all__ = ["PredicateContract", "TransformContract"]

_Record = SourceRecord | SinkRecord


class TransformContract:
    """Subclass it for a transform, give it records and the fixture ``transform``.

    Attributes:
        records: Source and sink records that the transform takes. At least one of each kind.
        bad_records: Records that it must refuse with ``DataError``.
    """

    records: ClassVar[Sequence[_Record]] = ()
    bad_records: ClassVar[Sequence[_Record]] = ()

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

    def test_a_batch_is_transformed_as_its_records_are(self, transform: Transform) -> None:
        for kind in (SourceRecord, SinkRecord):
            batch = [record for record in copy.deepcopy(self.records) if type(record) is kind]
            one_by_one = [_applied(transform, record) for record in batch]

            assert _applied_at_once(transform, [*batch, *batch]) == [*one_by_one, *one_by_one]
            assert _applied_at_once(transform, []) == []

    def test_the_records_of_a_batch_are_not_changed(self, transform: Transform) -> None:
        for kind in (SourceRecord, SinkRecord):
            batch = [record for record in copy.deepcopy(self.records) if type(record) is kind]
            before = copy.deepcopy(batch)
            _applied_at_once(transform, batch)
            assert batch == before

    def test_bad_records_are_refused(self, transform: Transform) -> None:
        for record in copy.deepcopy(self.bad_records):
            with pytest.raises(DataError):
                _applied(transform, record)
            with pytest.raises(DataError):
                _applied_at_once(transform, [record])
        self.test_a_batch_is_transformed_as_its_records_are(transform)

    def test_it_can_be_closed(self, transform: Transform) -> None:
        transform.close()


class PredicateContract:
    """Subclass it for a predicate, give it records and the fixture ``predicate``.

    Attributes:
        matching: Records for which the predicate is true. At least one source and one sink record with `others`.
        others: Records for which it is false.
    """

    matching: ClassVar[Sequence[_Record]] = ()
    others: ClassVar[Sequence[_Record]] = ()

    @pytest.fixture
    def predicate(self) -> Predicate:
        """A configured predicate."""
        raise NotImplementedError("override the fixture 'predicate': return a configured predicate")

    def test_it_is_true_for_what_matches_and_only_that(self, predicate: Predicate) -> None:
        records = [*self.matching, *self.others]
        assert {type(record) for record in records} == {SourceRecord, SinkRecord}
        assert [predicate.test(record) for record in records] == [True] * len(self.matching) + [False] * len(
            self.others
        )

    def test_the_tested_record_is_not_changed(self, predicate: Predicate) -> None:
        for record in copy.deepcopy([*self.matching, *self.others]):
            before = copy.deepcopy(record)
            predicate.test(record)
            assert record == before

    def test_it_answers_the_same_again(self, predicate: Predicate) -> None:
        for record in [*self.matching, *self.others]:
            assert predicate.test(record) is predicate.test(copy.deepcopy(record))

    def test_it_can_be_closed(self, predicate: Predicate) -> None:
        predicate.close()


def _applied(transform: Transform, record: SourceRecord | SinkRecord) -> SourceRecord | SinkRecord | None:
    if isinstance(record, SourceRecord):
        return transform.apply(record)
    return transform.apply(record)


def _applied_at_once(transform: Transform, batch: Sequence[_Record]) -> list[_Record | None]:
    # A batch is of one kind: a task has source records or sink records.
    if all(isinstance(record, SourceRecord) for record in batch):
        return list(transform.apply_batch([record for record in batch if isinstance(record, SourceRecord)]))
    return list(transform.apply_batch([record for record in batch if isinstance(record, SinkRecord)]))


def _origin(record: SourceRecord | SinkRecord) -> tuple[object, ...]:
    if isinstance(record, SourceRecord):
        return record.source_partition, record.source_offset
    return record.original_topic, record.original_partition, record.kafka_offset
