"""Keys of the file source, and the parsers they ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, assert_never

from connect_runtime.sdk import ConfigDef, ConfigError, ConfigKey, ConfigType, Importance, Width, validators
from connectors.file.column_types import ColumnType, declared_type
from connectors.file.csv_parser import CsvParser
from connectors.file.csv_rows import CsvOptions
from connectors.file.jsonl import JsonLinesParser
from connectors.file.lines import LinesParser
from connectors.file.parsing import BadRecords, OnBadRecord, Origin, Parser

__all__ = ["CONFIG_DEF", "Format", "SourceOptions", "contradictions"]

FILE, TOPIC, BATCH_SIZE, FORMAT = "file", "topic", "batch.size", "format"
ENCODING, MAX_LINE_BYTES, LAST_LINE_TIMEOUT_MS = "encoding", "max.line.bytes", "last.line.timeout.ms"
BAD_RECORDS, KEY_FIELDS = "bad.records", "key.fields"
CSV_DELIMITER, CSV_QUOTE, CSV_COLUMNS = "csv.delimiter", "csv.quote", "csv.columns"
CSV_TYPES, CSV_NULL_VALUES = "csv.types", "csv.null.values"
ROW_TIMEOUT_MS = 5000


class Format(Enum):
    """What a line of the file is."""

    LINES = "lines"
    CSV = "csv"
    JSONL = "jsonl"


def _encoding_of_ascii_lines(name: str, value: Any) -> None:
    try:
        plain = "\r\n,;\t\"'|".encode(value)
    except (LookupError, UnicodeError) as exc:
        raise ConfigError(f"Invalid value {value} for configuration {name}: no such text encoding", key=name) from exc
    if plain != b"\r\n,;\t\"'|":
        raise ConfigError(
            f"Invalid value {value} for configuration {name}: line ends are not single bytes in it; "
            "convert the file to utf-8, e.g. with iconv",
            key=name,
        )


def _types(name: str, items: Sequence[str]) -> dict[str, ColumnType]:
    types = {}
    for item in items:
        column, colon, type_name = item.rpartition(":")
        if not colon:
            raise ConfigError(f"Invalid value {item} for configuration {name}: write column:type", key=name)
        types[column.strip()] = declared_type(type_name.strip())
    return types


def _check_types(name: str, value: Sequence[str]) -> None:
    _types(name, value)


def _character(config: Mapping[str, str], name: str, parsed: str) -> str:
    """A character as written: parsing takes a tab away as a blank; it may also be written as a backslash and t."""
    written = parsed or (config.get(name) or "")[:1]
    return "\t" if written == "\\t" else written


_CHARACTER = validators.check(
    lambda value: len(value) <= 1 or value == "\\t", "must be one character, or \\t for a tab"
)
CONFIG_DEF = ConfigDef(
    [
        ConfigKey(
            FILE,
            default=None,
            importance=Importance.HIGH,
            doc="Source filename. If not specified, the standard input will be used. Relative to the worker's folder.",
        ),
        ConfigKey(
            TOPIC,
            required=True,
            validator=validators.non_empty_string(),
            importance=Importance.HIGH,
            doc="The topic to publish data to.",
        ),
        ConfigKey(
            BATCH_SIZE,
            ConfigType.INT,
            default=2000,
            validator=validators.at_least(1),
            importance=Importance.LOW,
            doc="The maximum number of records the source task can read from the file each time it is polled.",
        ),
        ConfigKey(
            FORMAT,
            default=Format.LINES.value,
            validator=validators.one_of(*(format_.value for format_ in Format)),
            importance=Importance.HIGH,
            group="Format",
            order=1,
            doc="What a line is: lines makes its text the value; csv makes each row a struct, fields named by the "
            "header row; jsonl makes each JSON document a value without schema.",
        ),
        ConfigKey(
            KEY_FIELDS,
            ConfigType.LIST,
            default="",
            validator=validators.distinct_items(),
            group="Format",
            order=2,
            doc="Columns (csv) or members (jsonl) that make up the record's key, e.g. year,month,flight. A record "
            "without one of them is bad. Empty for no key.",
        ),
        ConfigKey(
            BAD_RECORDS,
            default=OnBadRecord.FAIL.value,
            validator=validators.one_of(*(policy.value for policy in OnBadRecord)),
            group="Format",
            order=3,
            doc="What to do with a row (csv) or line (jsonl) that cannot be read: fail stops the task with the line's "
            "number, after all records before it; skip logs the line's number and goes on.",
        ),
        ConfigKey(
            ENCODING,
            default="utf-8",
            validator=_encoding_of_ascii_lines,
            importance=Importance.LOW,
            group="Format",
            order=4,
            doc="Encoding of the text, e.g. utf-8, latin-1, cp1252; jsonl is always utf-8. Bytes that do not belong "
            "to it become U+FFFD in lines and make a row bad in csv.",
        ),
        ConfigKey(
            MAX_LINE_BYTES,
            ConfigType.INT,
            default=10 * 1024 * 1024,
            validator=validators.at_least(1),
            importance=Importance.LOW,
            group="Format",
            order=5,
            doc="Longest line or CSV row, in bytes. A longer one fails the task: something is wrong with the file, and "
            "waiting for the line's end would use up memory.",
        ),
        ConfigKey(
            LAST_LINE_TIMEOUT_MS,
            ConfigType.LONG,
            default=None,
            importance=Importance.LOW,
            group="Format",
            order=6,
            doc="How long, in milliseconds, a last line without line end waits for the rest before it counts as "
            f"complete; -1 for ever. Default: -1 for lines, {ROW_TIMEOUT_MS} for csv and jsonl, where in addition it "
            "has to be a whole row or document.",
        ),
        ConfigKey(
            CSV_DELIMITER,
            default=",",
            validator=_CHARACTER,
            group="CSV",
            order=1,
            doc="Character between fields, e.g. ; or \\t for a tab.",
        ),
        ConfigKey(
            CSV_QUOTE,
            default='"',
            validator=_CHARACTER,
            importance=Importance.LOW,
            group="CSV",
            order=2,
            doc="Character around fields, doubled inside them. Empty for a file without quoting.",
        ),
        ConfigKey(
            CSV_COLUMNS,
            ConfigType.LIST,
            default="",
            validator=validators.distinct_items(),
            group="CSV",
            order=3,
            doc="Names of the columns of a file without header row, e.g. id,name. Empty when the first row holds them.",
        ),
        ConfigKey(
            CSV_TYPES,
            ConfigType.LIST,
            default="",
            validator=_check_types,
            width=Width.LONG,
            group="CSV",
            order=4,
            doc="Types of columns, e.g. flight:int32,price:decimal(2),*:string; * stands for all others. Types: "
            "string, int8, int16, int32, int64, float32, float64, boolean, date, time, timestamp, decimal(<scale>). "
            "Types of columns that are not here are inferred from the first rows: boolean, int64, float64, date, "
            "timestamp, else string. All columns are optional.",
        ),
        ConfigKey(
            CSV_NULL_VALUES,
            ConfigType.LIST,
            default=",NA",
            group="CSV",
            order=5,
            doc="Texts that mean no value; by default the empty text and NA. Empty for none.",
        ),
    ]
)


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """The configuration of a file source, parsed.

    Attributes:
        file: File to read, ``None`` for standard input.
        topic: Topic to write to.
        batch_size: Most records a poll.
        format: What a line is.
        csv: How a CSV file is written.
        key_fields: Fields that make up the key.
        on_bad_record: What to do with a record that cannot be read.
        max_line_bytes: Longest line allowed.
        last_line_timeout_s: How long a last line waits for its end, ``None`` for ever.
    """

    file: str | None
    topic: str
    batch_size: int
    format: Format
    csv: CsvOptions
    key_fields: Sequence[str]
    on_bad_record: OnBadRecord
    max_line_bytes: int
    last_line_timeout_s: float | None

    @classmethod
    def of(cls, config: Mapping[str, str]) -> SourceOptions:
        """The options that a configuration means. Raises: ConfigError."""
        parsed = CONFIG_DEF.parse(config)
        for key, problem in contradictions(config).items():
            raise ConfigError(problem, key=key)
        format_ = Format(parsed[FORMAT])
        return cls(
            file=parsed[FILE] or None,
            topic=parsed[TOPIC],
            batch_size=parsed[BATCH_SIZE],
            format=format_,
            csv=CsvOptions(
                encoding=parsed[ENCODING],
                delimiter=_character(config, CSV_DELIMITER, parsed[CSV_DELIMITER]),
                quote=_character(config, CSV_QUOTE, parsed[CSV_QUOTE]) or None,
                columns=parsed[CSV_COLUMNS],
                types=_types(CSV_TYPES, parsed[CSV_TYPES]),
                nulls=frozenset(parsed[CSV_NULL_VALUES]),
                key_fields=parsed[KEY_FIELDS],
            ),
            key_fields=parsed[KEY_FIELDS],
            on_bad_record=OnBadRecord(parsed[BAD_RECORDS]),
            max_line_bytes=parsed[MAX_LINE_BYTES],
            last_line_timeout_s=_timeout_s(format_, parsed[LAST_LINE_TIMEOUT_MS]),
        )

    def parser(self, origin: Origin) -> Parser:
        """A parser for one file's bytes. Raises: ConnectError."""
        timeout_s = self.last_line_timeout_s
        bad = BadRecords(origin.file, self.on_bad_record)
        match self.format:
            case Format.LINES:
                return LinesParser(origin, self.csv.encoding, self.max_line_bytes, timeout_s)
            case Format.CSV:
                return CsvParser(origin, self.csv, self.max_line_bytes, timeout_s, bad)
            case Format.JSONL:
                return JsonLinesParser(origin, self.max_line_bytes, timeout_s, self.key_fields, bad)
            case _:
                assert_never(self.format)


def contradictions(config: Mapping[str, str]) -> dict[str, str]:
    """Keys that do not go with others, each with what is wrong."""
    format_ = config.get(FORMAT, Format.LINES.value)
    problems = {
        key: f"{key} means nothing with format={format_}: set format=csv, or remove {key}"
        for key in (CSV_DELIMITER, CSV_QUOTE, CSV_COLUMNS, CSV_TYPES, CSV_NULL_VALUES)
        if key in config and format_ != Format.CSV.value
    }
    if config.get(KEY_FIELDS) and format_ == Format.LINES.value:
        problems[KEY_FIELDS] = f"{KEY_FIELDS} needs fields: set format=csv or format=jsonl, or remove {KEY_FIELDS}"
    if config.get(CSV_DELIMITER) == "":
        problems[CSV_DELIMITER] = f"{CSV_DELIMITER} is empty: give one character, or \\t for a tab"
    return problems


def _timeout_s(format_: Format, timeout_ms: int | None) -> float | None:
    if timeout_ms is None:
        return None if format_ is Format.LINES else ROW_TIMEOUT_MS / 1000
    return None if timeout_ms < 0 else timeout_ms / 1000
