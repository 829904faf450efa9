"""Test a plugin without a runtime or a broker: fake contexts, records, and contract suites to subclass.

Needs pytest. A contract suite is a class of tests that holds for every plugin of its kind; subclass it in a test module
and override the fixtures and class attributes that its docstring names.
"""

import connect_runtime.sdk.testing.assertions  # noqa: F401  # must come first, see there
from connect_runtime.sdk.testing.contexts import (
    FakeConnectorContext,
    FakeErrantRecordReporter,
    FakeOffsetReader,
    FakeSinkTaskContext,
    FakeSourceTaskContext,
)
from connect_runtime.sdk.testing.converters import ConverterContract, HeaderConverterContract
from connect_runtime.sdk.testing.records import sink_record, sink_records, source_record
from connect_runtime.sdk.testing.sinks import SinkTaskContract
from connect_runtime.sdk.testing.sources import SourceTaskContract, poll_records
from connect_runtime.sdk.testing.transforms import PredicateContract, TransformContract

__all__ = [
    "ConverterContract",
    "FakeConnectorContext",
    "FakeErrantRecordReporter",
    "FakeOffsetReader",
    "FakeSinkTaskContext",
    "FakeSourceTaskContext",
    "HeaderConverterContract",
    "PredicateContract",
    "SinkTaskContract",
    "SourceTaskContract",
    "TransformContract",
    "poll_records",
    "sink_record",
    "sink_records",
    "source_record",
]
