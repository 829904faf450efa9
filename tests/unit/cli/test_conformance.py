"""The command that runs files of cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connect_runtime.cli.program import run

RECORD: dict[str, Any] = {
    "record": "source", "topic": "t", "partition": None, "timestamp": None, "key_schema": None, "key": None,
    "value_schema": None, "value": {"a": 1}, "headers": [],
}  # fmt: skip


def case(case_id: str, **members: Any) -> str:
    given = {
        "id": case_id, "kind": "transform", "class": "org.apache.kafka.connect.transforms.HoistField$Value",
        "config": {"field": "f"}, "input": RECORD, "output": RECORD | {"value": {"f": {"a": 1}}}, "error": None,
        "note": "",
    }  # fmt: skip
    return json.dumps(given | members)


@pytest.fixture
def written(tmp_path: Path) -> Any:
    def write(*lines: str) -> str:
        path = tmp_path / "cases.jsonl"
        path.write_text("\n".join(lines), encoding="utf-8")
        return str(path)

    return write


def test_a_file_of_which_all_cases_pass(written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["conformance", written(case("one"), "", case("two"))]) == 0
    assert capsys.readouterr().out == "2 passed, 0 failed\n"


def test_a_line_ends_at_its_end_only(written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["conformance", written(case("with \u2028", note="\u2028").replace("\\u2028", "\u2028"))]) == 0
    assert capsys.readouterr().out == "1 passed, 0 failed\n"


def test_failures_say_what_was_expected_and_what_came(written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(
        case("right"),
        case("other-value", output=RECORD),
        case("no-error", output=None, error="DataError"),
        case("an-error", config={}),
        case("other-error", config={}, output=None, error="DataError"),
        case("no-class", **{"class": "acme.Nothing"}),
    )
    assert run(["conformance", file, "--failures"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "other-value", "no-error", "an-error", "other-error", "no-class", "1 passed, 5 failed",
    ]  # fmt: skip
    assert json.loads(lines[1].removeprefix("  expected ")) == RECORD
    assert json.loads(lines[2].removeprefix("  got      "))["value"] == {"f": {"a": 1}}
    assert lines[4] == "  expected DataError"
    assert lines[8].startswith("  got      ConfigError: transforms.it (HoistFieldValue): Missing required")


def test_without_the_option_only_the_count_is_shown(written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["conformance", written(case("other", output=None))]) == 1
    assert capsys.readouterr().out == "0 passed, 1 failed; --failures shows them\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "cases.jsonl, line 1: not a JSON object"),
        ("", "cases.jsonl has no cases"),
        ('{"id": "x"}', "cases.jsonl, line 1: not a case: kind, class"),
        (case("x", kind="magic"), "cases.jsonl, line 1: kind is 'magic'"),
    ],
)
def test_what_is_no_case_is_named(line: str, message: str, written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["conformance", written(line)]) == 1
    assert message in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["conformance", "/no/such/file"]) == 1
    assert "Cannot read /no/such/file" in capsys.readouterr().err
