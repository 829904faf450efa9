"""Test a plugin without a runtime or a broker: fake contexts, records, and contract suites to subclass.

Needs pytest. A contract suite is a class of tests that holds for every plugin of its kind; subclass it in a test module
and override the fixtures and class attributes that its docstring names.
"""

from connect_runtime.sdk.testing.contexts import (
    FakeConnectorContext,
    FakeErrantRecordReporter,
    FakeOffsetReader,
    FakeSinkTaskContext,
    FakeSourceTaskContext,
)
from connect_runtime.sdk.testing.records import sink_record, sink_records, source_record

__all__ = [
    "FakeConnectorContext",
    "FakeErrantRecordReporter",
    "FakeOffsetReader",
    "FakeSinkTaskContext",
    "FakeSourceTaskContext",
    "sink_record",
    "sink_records",
    "source_record",
]
