"""The file source: lines, CSV rows or JSON documents of one file, as they are written."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from connect_runtime import __version__
from connect_runtime.sdk import (
    Clock,
    ConfigDef,
    ConfigValue,
    ConnectError,
    ExactlyOnceSupport,
    SourceColumns,
    SourceConnector,
    SourceRecord,
    SourceTask,
    SystemClock,
)
from connectors.file.input import Input, Pause, Piece
from connectors.file.offsets import Start, check_altered, offset_maps, partition_map
from connectors.file.parsing import NOTHING, Origin, Parsed, Parser
from connectors.file.source_config import CONFIG_DEF, FILE, SourceOptions, contradictions
from connectors.file.stream import StreamInput
from connectors.file.tail import FileInput

__all__ = ["FileStreamSourceConnector", "FileStreamSourceTask"]

SHORTEST_WAIT_S = 0.05
LONGEST_WAIT_S = 1.0


class FileStreamSourceConnector(SourceConnector):
    """Reads one file, with one task (Kafka Connect's ``FileStreamSource``, and CSV and JSON lines)."""

    version = __version__

    @classmethod
    def config_def(cls) -> ConfigDef:
        """The connector's own keys; the first three are Kafka Connect's."""
        return CONFIG_DEF

    def validate(self, config: Mapping[str, str]) -> list[ConfigValue]:
        """Check a configuration, also for keys that do not go together."""
        problems = contradictions(config)
        values = super().validate(config)
        return [value.with_errors(problems[value.name]) if value.name in problems else value for value in values]

    def start(self, config: Mapping[str, str]) -> None:
        """Take the configuration. Raises: ConfigError."""
        SourceOptions.of(config)
        self._config = dict(config)

    def task_class(self) -> type[SourceTask]:
        """Class of the task."""
        return FileStreamSourceTask

    def task_class_name(self) -> str:
        """Kafka Connect's own task, so that a cluster can go over to it as it is."""
        return "org.apache.kafka.connect.file.FileStreamSourceTask"

    def task_configs(self, max_tasks: int) -> list[dict[str, str]]:
        """One task, whatever ``max_tasks``."""
        del max_tasks
        return [self._config]

    def exactly_once_support(self, config: Mapping[str, str]) -> ExactlyOnceSupport:
        """Exact for a file; standard input cannot be read again."""
        return ExactlyOnceSupport.SUPPORTED if config.get(FILE) else ExactlyOnceSupport.UNSUPPORTED

    def alter_offsets(
        self, config: Mapping[str, str], offsets: Mapping[frozenset[tuple[str, Any]], dict[str, Any] | None]
    ) -> bool:
        """Check offsets that a user wants to store. Raises: ConnectError."""
        if not config.get(FILE):
            raise ConnectError(
                "The offsets of this connector cannot be altered: it reads standard input, since file is not set"
            )
        check_altered(offsets)
        return True


class FileStreamSourceTask(SourceTask):
    """Reads the file. Records that were parsed wait here until they are polled.

    Args:
        clock: For timestamps and pauses.
    """

    version = __version__

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._input: Input | None = None
        self._parser: Parser | None = None
        self._parsed = NOTHING
        self._taken = 0
        self._wait_s = SHORTEST_WAIT_S
        self._has_transforms = False

    def start(self, config: Mapping[str, str]) -> None:
        """Find out where to go on. Raises: ConnectError."""
        self._options = SourceOptions.of(config)
        # A record without a timestamp gets the time of its sending, milliseconds later, and can be sent much faster.
        # Only transforms could tell the difference.
        self._has_transforms = bool(config.get("transforms", "").strip())
        self._input = self._open(self._options.file)
        has_positions = isinstance(self._input, FileInput)
        self._partition = partition_map(self._options.file) if self._options.file and has_positions else None

    def poll(self) -> Sequence[SourceRecord] | None:
        """The next records; ``None`` after a short wait when there are none. Raises: ConnectError."""
        source = self._input
        if source is None:
            return None
        if self._taken == len(self._parsed.values):
            self._read_ahead(source)
        return self._take(source)

    def stop(self) -> None:
        """Close the file."""
        if self._input is not None:
            self._input.close()

    def _read_ahead(self, source: Input) -> None:
        """Read until there are records, or wait a little when there is nothing to read."""
        if self._parsed.failure is not None:
            raise self._parsed.failure
        self._parsed, self._taken = NOTHING, 0
        while not self._parsed.values and self._parsed.failure is None and not self.context.is_stopping:
            piece = source.read()
            self._parsed = self._parse(piece, source.quiet_s)
            if piece is Pause.NOTHING_NOW and self._parsed is NOTHING:
                self.context.wait(self._wait_s)
                self._wait_s = min(self._wait_s * 2, LONGEST_WAIT_S)
                return
        self._wait_s = SHORTEST_WAIT_S
        if not self._parsed.values and self._parsed.failure is not None:
            raise self._parsed.failure

    def _parse(self, piece: Piece, quiet_s: float) -> Parsed:
        if isinstance(piece, Origin):
            self._parser = self._options.parser(piece)
        if self._parser is None or isinstance(piece, Origin):
            return NOTHING
        if isinstance(piece, bytes):
            return self._parser.feed(piece)
        return self._parser.finish() if piece is Pause.ENDED else self._parser.quiet(quiet_s)

    def _take(self, source: Input) -> SourceColumns | None:
        """The next batch of what was read ahead."""
        start, stop = self._taken, min(self._taken + self._options.batch_size, len(self._parsed.values))
        if start == stop or self._parser is None:
            return None
        self._taken = stop
        parsed, parser = self._parsed, self._parser
        now = self._clock.epoch_ms() if self._has_transforms else None
        return SourceColumns(
            self._partition,
            _offset_at(parsed.ends[start:stop], source.head, parser.sample),
            self._options.topic,
            parsed.values[start:stop],
            parser.schema,
            None if parsed.keys is None else parsed.keys[start:stop],
            parser.key_schema,
            now,
        )

    def _open(self, file: str | None) -> Input:
        if file is None:
            if sys.stdin is None:
                raise ConnectError("This worker has no standard input: set file to the file to read")
            return StreamInput("standard input", sys.stdin.fileno(), self._clock, owned=False)
        if _is_stream(file):
            return StreamInput(file, os.open(file, os.O_RDONLY | os.O_NONBLOCK), self._clock, owned=True)
        stored = self.context.offset_reader.offset(partition_map(file))
        return FileInput(file, Start.of(stored), self._clock)


def _is_stream(file: str) -> bool:
    """Whether there is a named pipe or a terminal of that name."""
    try:
        mode = Path(file).stat().st_mode
    except OSError:
        return False  # it may come yet; what is wrong otherwise, opening it will tell
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


def _offset_at(ends: Sequence[int], head: bytes | None, sample: int | None) -> Callable[[int], dict[str, Any] | None]:
    """Source offsets of records that end at these positions; ``head`` is ``None`` for a stream, which has none."""
    if head is None:
        return lambda _: None
    return lambda index: offset_maps((ends[index],), head, sample)[0]
