"""The contract suites pass for plugins that keep them, and find those that do not."""

from __future__ import annotations

import pytest

KEPT = """
from connect_runtime.sdk import SinkTask, SourceRecord, SourceTask, Predicate, Transform, ConfigDef
from connect_runtime.sdk.testing import (
    PredicateContract, SinkTaskContract, SourceTaskContract, TransformContract, sink_record, sink_records,
    source_record,
)
import pytest

SOURCE, TARGET = [], []

@pytest.fixture(autouse=True)
def empty():
    SOURCE.clear(), TARGET.clear()

class ListSource(SourceTask):
    def start(self, config):
        stored = self.context.offset_reader.offset({"list": "only"})
        self.at = stored["at"] if stored else 0
    def poll(self):
        while self.at == len(SOURCE):
            if self.context.wait(1):
                return None
        at, self.at = self.at, len(SOURCE)
        return [SourceRecord({"list": "only"}, {"at": n + 1}, "topic", SOURCE[n]) for n in range(at, len(SOURCE))]
    def stop(self):
        pass

class ListSink(SinkTask):
    def start(self, config):
        self.pending = []
    def put(self, records):
        self.pending.extend(record.value for record in records)
    def flush(self, offsets):
        TARGET.extend(self.pending)
        self.pending = []
    def stop(self):
        pass

class Upper(Transform):
    @classmethod
    def config_def(cls):
        return ConfigDef()
    def configure(self, config):
        pass
    def apply(self, record):
        import copy
        after = copy.copy(record)
        after.value = record.value.upper()
        return after

class TestSource(SourceTaskContract):
    @pytest.fixture
    def new_task(self):
        return ListSource
    @pytest.fixture
    def config(self):
        return {}
    @pytest.fixture
    def produce(self):
        def produce(count):
            made = [f"value-{len(SOURCE) + n}" for n in range(count)]
            SOURCE.extend(made)
            return made
        return produce

class TestSink(SinkTaskContract):
    @pytest.fixture
    def new_task(self):
        return ListSink
    @pytest.fixture
    def config(self):
        return {}
    @pytest.fixture
    def records(self):
        made = []
        def records(count):
            new = sink_records([f"value-{len(made) + n}" for n in range(count)], first_offset=len(made))
            made.extend(new)
            return new
        return records
    @pytest.fixture
    def written(self):
        return lambda: list(TARGET)

class IsShort(Predicate):
    @classmethod
    def config_def(cls):
        return ConfigDef()
    def configure(self, config):
        pass
    def test(self, record):
        return len(record.value) < 3

class TestPredicate(PredicateContract):
    matching = (source_record("a"), sink_record("b"))
    others = (source_record("long"),)
    @pytest.fixture
    def predicate(self):
        return IsShort()

class TestTransform(TransformContract):
    records = (source_record("a"), sink_record("b"))
    @pytest.fixture
    def transform(self):
        return Upper()
"""


BREACHES = (
    ("self.at = stored", "self.at = 0  #", "test_a_new_task_goes_on_behind_the_committed_offset"),
    ("self.pending.extend", "self.pending.clear(); self.pending.extend", "test_what_was_flushed_is_in_the_target"),
    ("after = copy.copy(record)", "after = record", "test_the_given_record_is_not_changed"),
    ("< 3", "> 0", "test_it_is_true_for_what_matches_and_only_that"),
    ('{"at": n + 1}', '{"at": (n + 1,)}', "test_records_say_where_they_came_from_and_go"),
)


def test_plugins_that_keep_their_contract_pass(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(KEPT)

    pytester.runpytest("-p", "no:randomly").assert_outcomes(passed=25)


def test_breaches_are_found(pytester: pytest.Pytester) -> None:
    broken = KEPT
    for kept, breach, _ in BREACHES:
        assert kept in broken
        broken = broken.replace(kept, breach)
    pytester.makepyfile(broken)

    result = pytester.runpytest("-p", "no:randomly")

    for _, _, test in BREACHES:
        result.stdout.re_match_lines_random([f"FAILED .*{test}"])
