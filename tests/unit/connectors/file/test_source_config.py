from __future__ import annotations

import pytest

from connect_runtime.sdk import ConfigError, ConfigType, ConnectError, ExactlyOnceSupport, Importance
from connectors.file import FileStreamSourceConnector, FileStreamSourceTask
from connectors.file.parsing import OnBadRecord
from connectors.file.source_config import CONFIG_DEF, Format, SourceOptions

PLAIN = {"name": "c", "topic": "t", "file": "/data/f"}


def errors(**config: str) -> dict[str, tuple[str, ...]]:
    given = PLAIN | {key.replace("_", "."): value for key, value in config.items()}
    return {value.name: value.errors for value in FileStreamSourceConnector().validate(given) if value.errors}


def test_the_keys_of_kafka_connect_come_first_with_its_defaults() -> None:
    keys = [(key.name, key.type, key.required, key.default, key.importance) for key in CONFIG_DEF][:3]
    assert keys == [
        ("file", ConfigType.STRING, False, None, Importance.HIGH),
        ("topic", ConfigType.STRING, True, None, Importance.HIGH),
        ("batch.size", ConfigType.INT, False, 2000, Importance.LOW),
    ]


def test_what_is_not_configured_has_defaults() -> None:
    options = SourceOptions.of(PLAIN)
    assert (options.file, options.topic, options.batch_size, options.format) == ("/data/f", "t", 2000, Format.LINES)
    assert options.last_line_timeout_s is None
    assert options.on_bad_record is OnBadRecord.FAIL
    assert options.csv.delimiter == ","
    assert options.csv.quote == '"'
    assert options.csv.nulls == {"", "NA"}


def test_csv_and_jsonl_take_a_last_line_without_end_after_five_seconds() -> None:
    assert SourceOptions.of(PLAIN | {"format": "csv"}).last_line_timeout_s == 5.0
    assert SourceOptions.of(PLAIN | {"format": "jsonl"}).last_line_timeout_s == 5.0
    assert SourceOptions.of(PLAIN | {"format": "csv", "last.line.timeout.ms": "-1"}).last_line_timeout_s is None
    assert SourceOptions.of(PLAIN | {"last.line.timeout.ms": "250"}).last_line_timeout_s == 0.25


@pytest.mark.parametrize("tab", ["\t", "\\t", " \\t "])
def test_a_tab_may_be_written_as_such_or_escaped(tab: str) -> None:
    assert errors(format="csv", csv_delimiter=tab) == {}
    assert SourceOptions.of(PLAIN | {"format": "csv", "csv.delimiter": tab}).csv.delimiter == "\t"


def test_no_quote_and_no_null_values_can_be_said() -> None:
    options = SourceOptions.of(PLAIN | {"format": "csv", "csv.quote": "", "csv.null.values": ""})
    assert options.csv.quote is None
    assert options.csv.nulls == frozenset()


def test_each_problem_is_reported_on_its_key() -> None:
    assert errors() == {}
    assert errors(topic="") == {"topic": ("Invalid value  for configuration topic: String must be non-empty",)}
    assert "batch.size" in errors(batch_size="0")
    assert "format" in errors(format="xml")
    assert "bad.records" in errors(format="csv", bad_records="ignore")
    assert "csv.delimiter" in errors(format="csv", csv_delimiter="||")
    assert "is empty" in errors(format="csv", csv_delimiter="")["csv.delimiter"][0]
    assert "write column:type" in errors(format="csv", csv_types="flight")["csv.types"][0]
    assert "is not a type" in errors(format="csv", csv_types="flight:int")["csv.types"][0]
    assert "no such text encoding" in errors(encoding="utf-9")["encoding"][0]
    assert "not single bytes" in errors(encoding="utf-16")["encoding"][0]


def test_keys_that_mean_nothing_together_are_reported() -> None:
    assert errors(csv_types="a:int32") == {
        "csv.types": ("csv.types means nothing with format=lines: set format=csv, or remove csv.types",)
    }
    assert "format=jsonl" in errors(format="jsonl", csv_quote="'")["csv.quote"][0]
    assert errors(key_fields="id") == {
        "key.fields": ("key.fields needs fields: set format=csv or format=jsonl, or remove key.fields",)
    }
    with pytest.raises(ConfigError, match=r"key\.fields needs fields"):
        FileStreamSourceConnector().start(PLAIN | {"key.fields": "id"})


def test_the_connector_plans_one_task() -> None:
    connector = FileStreamSourceConnector()
    connector.start(PLAIN)
    assert connector.task_class() is FileStreamSourceTask
    assert connector.task_configs(5) == [PLAIN]


def test_only_a_file_can_be_read_exactly_once() -> None:
    connector = FileStreamSourceConnector()
    assert connector.exactly_once_support(PLAIN) is ExactlyOnceSupport.SUPPORTED
    assert connector.exactly_once_support({"topic": "t"}) is ExactlyOnceSupport.UNSUPPORTED
    assert connector.exactly_once_support({"topic": "t", "file": ""}) is ExactlyOnceSupport.UNSUPPORTED


def test_offsets_of_a_file_can_be_altered_and_those_of_standard_input_not() -> None:
    connector = FileStreamSourceConnector()
    offsets = {frozenset({("filename", "/data/f")}): {"position": 7}}
    assert connector.alter_offsets(PLAIN, offsets)
    with pytest.raises(ConnectError, match="standard input"):
        connector.alter_offsets({"topic": "t"}, offsets)
