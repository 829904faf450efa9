from __future__ import annotations

from pathlib import Path

import pytest

from connect_runtime.sdk import ConfigError
from connectors.plugins import connect_aliases
from connectors.sql import SqlSinkConnector
from connectors.sql.settings import InsertMode, SinkSettings

URL = {"connection.url": "postgresql://u:secret@h/d"}


def wrong(**keys: str) -> dict[str, str]:
    config = URL | {key.replace("_", "."): value for key, value in keys.items()}
    return {value.name: "; ".join(value.errors) for value in SqlSinkConnector().validate(config) if value.errors}


def test_a_url_is_all_that_is_needed() -> None:
    assert wrong() == {}
    settings = SinkSettings.of(URL)
    assert settings.insert_mode is InsertMode.INSERT
    assert settings.batch_rows == 3000
    assert settings.retrying.failures == 10


def test_a_missing_url_is_an_error_of_its_key() -> None:
    errors = {value.name: value.errors for value in SqlSinkConnector().validate({}) if value.errors}
    assert errors == {
        "connection.url": ('Missing required configuration "connection.url" which has no default value.',)
    }


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (
            {"insert_mode": "upsert"},
            {"insert.mode": "needs a key to find rows by", "pk.mode": "set pk.mode to record_key"},
        ),
        ({"insert_mode": "update"}, {"insert.mode": "insert.mode=update needs", "pk.mode": "needs a key"}),
        ({"delete_enabled": "true"}, {"delete.enabled": "needs pk.mode=record_key", "pk.mode": "has only its key"}),
        (
            {"delete_enabled": "true", "pk_mode": "record_value"},
            {"delete.enabled": "needs pk.mode=record_key", "pk.mode": "needs pk.mode=record_key"},
        ),
        ({"pk_mode": "kafka", "pk_fields": "a,b"}, {"pk.fields": "needs three names"}),
        ({"pk_mode": "record_value", "pk_fields": "a,a"}, {"pk.fields": "comes twice"}),
        ({"pk_mode": "record_value", "pk_fields": "a,"}, {"pk.fields": "empty name"}),
        ({"fields_whitelist": ",a"}, {"fields.whitelist": "empty name"}),
        ({"db_timezone": "Europe/Nowhere"}, {"db.timezone": "not a known time zone"}),
        ({"db_timezone": "../../etc/passwd"}, {"db.timezone": "not a known time zone"}),
        ({"insert_mode": "replace"}, {"insert.mode": "String must be one of: insert, multi, upsert, update"}),
        ({"insert_mode": "upsert", "pk_mode": "key"}, {"pk.mode": "String must be one of: none, kafka, record_key"}),
        ({"topics_to_tables_mapping": "a:b,c"}, {"topics.to.tables.mapping": "expected topic:table"}),
        ({"table_name_format": ""}, {"table.name.format": "non-empty"}),
        ({"batch_size": "-1"}, {"batch.size": "at least 0"}),
        ({"max_retries": "x"}, {"max.retries": "Not a number"}),
        ({"connection_url": "mysql://u:secret@h/d"}, {"connection.url": "no dialect for 'mysql'"}),
    ],
)
def test_what_is_wrong_is_said_at_its_key(keys: dict[str, str], expected: dict[str, str]) -> None:
    errors = wrong(**keys)
    assert errors.keys() == expected.keys()
    assert all(part in errors[key] for key, part in expected.items()), errors
    assert "secret" not in str(errors)


@pytest.mark.parametrize(
    "keys",
    [
        {"insert_mode": "upsert", "pk_mode": "record_key"},
        {"insert_mode": "upsert", "pk_mode": "kafka"},
        {"insert_mode": "update", "pk_mode": "record_value", "pk_fields": "a"},
        {"delete_enabled": "true", "pk_mode": "record_key", "pk_fields": "a"},
        {"pk_mode": "kafka", "pk_fields": "t,p,o"},
        {"db_timezone": "Europe/Berlin", "connection_url": "jdbc:sqlite:/x.db"},
    ],
)
def test_keys_that_go_together_are_accepted(keys: dict[str, str]) -> None:
    assert wrong(**keys) == {}


def test_a_connector_with_contradictions_does_not_start() -> None:
    with pytest.raises(ConfigError, match=r"insert.mode=upsert needs a key"):
        SqlSinkConnector().start(URL | {"insert.mode": "upsert"})


def test_every_task_gets_the_whole_configuration() -> None:
    connector = SqlSinkConnector()
    config = URL | {"auto.create": "true", "unknown": "kept"}
    connector.start(config)
    assert connector.task_configs(3) == [config] * 3


@pytest.mark.parametrize("company", ["confluent", "aiven"])
def test_the_java_sinks_names_are_this_connectors(company: str) -> None:
    path = f"{SqlSinkConnector.__module__}.{SqlSinkConnector.__qualname__}"
    assert connect_aliases()[f"io.{company}.connect.jdbc.JdbcSinkConnector"] == path


def test_every_key_is_described() -> None:
    for key in SqlSinkConnector.config_def():
        assert len(key.doc) > 20, key.name
        assert key.group
        assert key.display_name != key.name


def test_every_key_is_documented_with_its_default() -> None:
    page = (Path(__file__).parents[4] / "docs/connectors/sql-sink.md").read_text()
    table = page.partition("## Keys")[2].partition("###")[0]
    rows = {line.split("|")[1]: line for line in table.splitlines() if line.startswith("| `")}
    for key in SqlSinkConnector.config_def():
        (row,) = (row for names, row in rows.items() if f"`{key.name}`" in names)
        shown = "required" if key.required else _shown(key.default)
        assert row.split("|")[2].strip() == shown, key.name


def _shown(default: object) -> str:
    if default is None or default == ():
        return "none" if default is None else "empty"
    return f"`{str(default).lower()}`" if isinstance(default, bool) else f"`{default}`"


def test_an_outage_is_limited_only_where_retries_are_configured() -> None:
    assert SinkSettings.of(URL).retrying.outages is None
    assert SinkSettings.of(URL | {"max.retries": "10"}).retrying.outages == 10


@pytest.mark.parametrize(
    ("connector_class", "task_class"),
    [
        ("io.confluent.connect.jdbc.JdbcSinkConnector", "io.confluent.connect.jdbc.sink.JdbcSinkTask"),
        ("io.aiven.connect.jdbc.JdbcSinkConnector", "io.aiven.connect.jdbc.sink.JdbcSinkTask"),
        ("SqlSinkConnector", "connectors.sql.sink_task.SqlSinkTask"),
    ],
)
def test_tasks_are_stored_under_the_java_name_that_goes_with_the_connectors(
    connector_class: str, task_class: str
) -> None:
    connector = SqlSinkConnector()
    connector.start({"connector.class": connector_class, "connection.url": "sqlite:///x.db"})
    assert connector.task_class_name() == task_class
