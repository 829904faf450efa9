from __future__ import annotations

import re
from pathlib import Path

import pytest

SUITE = """
import pytest
from tests.support.services import missing, require_tool

def test_with_a_tool():
    assert require_tool("sh", "apt-get install dash").endswith("/sh")

def test_without_a_tool():
    require_tool("no-such-tool", "apt-get install no-such-tool")

@pytest.mark.xfail(strict=True)
def test_known_fault():
    raise AssertionError
"""


@pytest.fixture
def inner(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A suite of its own that lives by this suite's conftest."""
    root = Path(__file__).resolve().parents[2]
    conftest = (root / "tests" / "conftest.py").read_text()
    pytester.makeconftest(re.sub(r"^pytest_plugins.*$", "", conftest, flags=re.MULTILINE))
    pytester.syspathinsert(root)
    monkeypatch.delenv("CI", raising=False)
    return pytester


def test_a_missing_tool_skips_with_the_way_to_get_it(inner: pytest.Pytester) -> None:
    inner.makepyfile(SUITE)
    result = inner.runpytest_inprocess("-rs", "-p", "no:randomly")
    result.assert_outcomes(passed=1, skipped=1, xfailed=1)
    result.stdout.fnmatch_lines("*no-such-tool is missing; get it with: apt-get install no-such-tool*")


def test_in_ci_a_missing_tool_fails_the_run(inner: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    inner.makepyfile(SUITE)
    result = inner.runpytest_inprocess("-p", "no:randomly")
    result.assert_outcomes(passed=1, failed=1, xfailed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines("*was skipped, which fails where CI is set: *no-such-tool is missing*")


def test_in_ci_a_module_that_skips_itself_fails_the_run(
    inner: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    inner.makepyfile("import pytest; pytest.importorskip('no_such_module')")
    result = inner.runpytest_inprocess("-p", "no:randomly")
    assert result.ret not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
