"""A batch through the chain comes to what its records come to one by one, whoever drops some of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from connect_runtime.config import ConfigDef
from connect_runtime.errors import PluginError
from connect_runtime.model import SinkRecord, SourceRecord
from connect_runtime.pipeline import TransformChain, TransformStep
from connect_runtime.sdk import AnyRecord, Predicate, Transform
from connect_runtime.sdk.testing import sink_record


class Append(Transform):
    """Appends a letter to texts; drops those that have become long, if asked to."""

    def __init__(self, letter: str, *, drops: bool = False) -> None:
        self._letter = letter
        self._drops = drops

    @classmethod
    def config_def(cls) -> ConfigDef:
        return ConfigDef()

    def configure(self, config: Mapping[str, str]) -> None:
        pass

    def apply(self, record: AnyRecord) -> AnyRecord | None:
        if self._drops and len(record.value) > 2:
            return None
        return replace(record, value=record.value + self._letter)


class Ends(Predicate):
    def __init__(self, letter: str) -> None:
        self._letter = letter

    @classmethod
    def config_def(cls) -> ConfigDef:
        return ConfigDef()

    def configure(self, config: Mapping[str, str]) -> None:
        pass

    def test(self, record: SourceRecord | SinkRecord) -> bool:
        return bool(record.value.endswith(self._letter))


class Short(Append):
    """Forgets a record of every batch."""

    def apply_batch(self, records: Sequence[AnyRecord]) -> Sequence[AnyRecord | None]:
        return super().apply_batch(records)[1:]


STEPS = st.builds(
    lambda letter, drops, predicate, negate: TransformStep(
        "s", Append(letter, drops=drops), Ends(predicate) if predicate else None, negate=negate
    ),
    st.sampled_from("ab"),
    st.booleans(),
    st.sampled_from(["", "a", "b"]),
    st.booleans(),
)


@given(st.lists(STEPS, max_size=4), st.lists(st.text("ab", max_size=3), max_size=6))
def test_a_batch_comes_to_what_its_records_come_to(steps: list[TransformStep], values: list[str]) -> None:
    chain = TransformChain[SinkRecord](steps)
    records = [sink_record(value) for value in values]
    assert list(chain.apply_batch(records)) == [chain.apply(record) for record in records]
    assert [record.value for record in records] == values


def test_a_transform_that_loses_records_is_named() -> None:
    chain = TransformChain[SinkRecord]([TransformStep("loser", Short("a"))])
    with pytest.raises(PluginError, match="Transform loser answered 1 records for 2"):
        chain.apply_batch([sink_record("x"), sink_record("y")])
