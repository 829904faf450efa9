from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from connect_runtime.cli.program import run
from tests.support.postgres import PostgresDatabase, postgres, postgres_server

__all__ = ["postgres", "postgres_server"]

ROWS = 3000
HEADER = "year,month,day,dep_time,carrier,flight,tailnum,distance,time_hour"


@pytest.fixture
def flights(tmp_path: Path) -> Path:
    """A small file of the same kind, with missing values where the real one has them."""
    rows = [
        f"2013,1,{day},{'NA' if n % 100 == 0 else n % 2400},UA,{n},N{n},{n % 997},2013-01-{day:02d}T10:00:00Z"
        for n in range(ROWS)
        for day in [n % 28 + 1]
    ]
    file = tmp_path / "some flights.csv"
    file.write_text("\n".join([HEADER, *rows, ""]))
    return file


def total() -> int:
    return sum(n % 997 for n in range(ROWS))


def assert_equal_figures(shown: str) -> None:
    assert re.search(rf"^rows +{ROWS:,} +{ROWS:,}$", shown, re.MULTILINE)
    assert re.search(rf"^sum\(distance\) +{total():,} +{total():,}$", shown, re.MULTILINE)
    assert "The figures are equal" in shown


@pytest.mark.slow
def test_the_demo_ends_with_equal_figures_and_leaves_nothing(
    flights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    assert run(["demo", "--csv", str(flights)]) == 0
    shown = capsys.readouterr().out
    assert_equal_figures(shown)
    assert shown.count("curl -X PUT http://127.0.0.1:") == 2
    assert list(temporary.iterdir()) == []


@pytest.mark.slow
def test_a_second_demo_in_the_same_folder_finds_its_work_done(
    flights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "demo"
    for _ in range(2):
        assert run(["demo", "--csv", str(flights), "--dir", str(folder)]) == 0
        shown = capsys.readouterr().out
        assert_equal_figures(shown)
    query = next(line for line in shown.splitlines() if line.strip().startswith("sqlite3 "))
    assert str(folder / "flights.db") in query


@pytest.mark.slow
def test_the_demo_writes_to_postgresql_too(
    flights: Path, tmp_path: Path, postgres: PostgresDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    at = postgres.address
    url = f"postgresql://{at.username}:{quote(postgres.password)}@{at.host}:{at.port}/{postgres.name}"
    for _ in range(2):
        assert run(["demo", "--csv", str(flights), "--postgres", url]) == 0
        assert_equal_figures(capsys.readouterr().out)
    assert postgres.execute("SELECT count(*), count(dep_time), sum(distance) FROM flights") == [
        (ROWS, ROWS - ROWS // 100, total())
    ]


def test_a_database_that_is_not_there_is_told_before_anything_starts(
    flights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = "postgresql://me:secret@127.0.0.1:1/nowhere"
    assert run(["demo", "--csv", str(flights), "--postgres", url]) == 2
    error = capsys.readouterr().err
    assert error.startswith("Error: Cannot use the database of --postgres: ")
    assert "secret" not in error


def test_a_csv_file_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--csv", "/no/flights.csv"]) == 2
    assert capsys.readouterr().err == "Error: There is no file /no/flights.csv (--csv)\n"


def test_a_csv_file_without_distances_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    assert run(["demo", "--csv", str(tmp_path / "other.csv")]) == 2
    assert "has no column 'distance'" in capsys.readouterr().err


@pytest.mark.slow
def test_the_demo_is_a_command_of_its_own_process(flights: Path) -> None:
    command = [sys.executable, "-m", "connect_runtime.cli", "demo", "--csv", str(flights)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=90)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
