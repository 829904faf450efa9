"""The five paths that are measured: the hand-written loop, the runtime's connector, and where to look for rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from psycopg.conninfo import make_conninfo

from bench.messages import CREATE_TABLE, messages, write_file
from bench.observe import CountedRows, FileRows, Probe, TableRows, TopicRows
from tests.support.postgres import PostgresDatabase

__all__ = ["PATHS", "Job", "MeasuredPath", "Scene"]

_JSON = {"value.converter": "JsonConverter", "value.converter.schemas.enable": "false"}


@dataclass(frozen=True)
class Scene:
    """What the paths run between.

    Attributes:
        bootstrap: The broker.
        folder: A folder for files.
        database: The database.
        rows: Rows of the paths without a database.
        table_rows: Rows of the paths into a table.
    """

    bootstrap: str
    folder: Path
    database: PostgresDatabase
    rows: int
    table_rows: int

    @property
    def file(self) -> Path:
        """The input file."""
        return self.folder / "messages.jsonl"

    def prepare(self) -> None:
        """Write the input file."""
        write_file(self.file, max(self.rows, self.table_rows))

    def create_topic(self, name: str) -> str:
        """Make an empty topic with one partition."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])[name].result(30)
        return name

    def fill_topic(self, name: str, rows: int) -> None:
        """Make a topic with the first ``rows`` messages."""
        producer = Producer({"bootstrap.servers": self.bootstrap, "linger.ms": 20, "batch.size": 1_000_000})
        self.create_topic(name)
        for number, value in enumerate(messages(rows)):
            if number % 50_000 == 0:
                producer.flush()  # below the client's queue of 100,000
            producer.produce(name, value)
        producer.flush()

    def create_table(self, name: str, *, keyed: bool) -> str:
        """Make an empty table, by key when ``keyed``."""
        key = ', PRIMARY KEY ("id")' if keyed else ""
        with self.database.connect() as connection:
            connection.execute(CREATE_TABLE.format(temporary="", table=name, primary_key=key))
        return name


@dataclass(frozen=True)
class Job:
    """One run of a path, for either side.

    Attributes:
        loop: Arguments of ``python -m bench.loops``.
        connector: Configuration of the runtime's connector.
        probe: Sees what has arrived.
        rows: How many rows there are to come.
    """

    loop: tuple[str, ...]
    connector: dict[str, str]
    probe: Probe
    rows: int


@dataclass(frozen=True)
class MeasuredPath:
    """A path with the ratio it has to reach.

    Attributes:
        name: For people.
        key: The beginning of names of its topics, tables and connectors.
        bar: Smallest ratio of the runtime's rate to the loop's.
        job: Makes a run: gets the scene and a name that no other run has.
    """

    name: str
    key: str
    bar: float
    job: Callable[[Scene, str], Job]


def _file_to_topic(scene: Scene, run: str) -> Job:
    topic = scene.create_topic(run)
    return Job(
        loop=("file-to-topic", "--file", str(scene.file), "--topic", topic),
        connector={"connector.class": "FileStreamSource", "file": str(scene.file), "topic": topic},
        probe=TopicRows(scene.bootstrap, topic),
        rows=scene.rows,
    )


def _topic_to_file(scene: Scene, run: str) -> Job:
    out = scene.folder / f"{run}.out"
    return Job(
        loop=("topic-to-file", "--file", str(out), "--topic", "messages"),
        connector={"connector.class": "FileStreamSink", "file": str(out), "topics": "messages"},
        probe=FileRows(out),
        rows=scene.rows,
    )


def _topic_to_nowhere(scene: Scene, run: str) -> Job:
    counter = scene.folder / f"{run}.count"
    return Job(
        loop=("topic-to-nowhere", "--file", str(counter), "--topic", "messages"),
        connector={
            "connector.class": "CountingSink",
            "file": str(counter),
            "topics": "messages",
            **_JSON,
        },
        probe=CountedRows(counter),
        rows=scene.rows,
    )


def _topic_to_table(scene: Scene, run: str, *, mode: str) -> Job:
    keyed = mode == "upsert"
    table = scene.create_table(run, keyed=keyed)
    keys = {"pk.mode": "record_value", "pk.fields": "id"} if keyed else {}
    return Job(
        loop=(f"topic-to-{mode}", "--postgres", conninfo(scene.database), "--table", table, "--topic", "rows"),
        connector={
            "connector.class": "JdbcSink",
            "connection.url": scene.database.jdbc_url,
            "connection.user": scene.database.user,
            "connection.password": scene.database.password,
            "insert.mode": mode,
            "table.name.format": table,
            "topics": "rows",
            **keys,
            **_JSON,
        },
        probe=TableRows(scene.database, table, scene.table_rows),
        rows=scene.table_rows,
    )


def conninfo(database: PostgresDatabase) -> str:
    """Address of a database as psycopg takes it."""
    at = database.address
    return make_conninfo(
        host=at.host, port=at.port, dbname=database.name, user=database.user, password=database.password
    )


PATHS = (
    MeasuredPath("file → topic", "file-topic", 0.6, _file_to_topic),
    MeasuredPath("topic → file", "topic-file", 0.6, _topic_to_file),
    MeasuredPath("topic → discard (JSON)", "topic-discard", 0.6, _topic_to_nowhere),
    MeasuredPath(
        "topic → PostgreSQL insert", "topic-insert", 0.6, lambda scene, run: _topic_to_table(scene, run, mode="insert")
    ),
    MeasuredPath(
        "topic → PostgreSQL upsert", "topic-upsert", 0.8, lambda scene, run: _topic_to_table(scene, run, mode="upsert")
    ),
)
