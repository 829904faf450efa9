"""Functions of users: only those that are allowed, on copies, with errors that name them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from connect_runtime.errors import RetriableError
from connect_runtime.sdk import ConfigError, DataError, SinkRecord, TransformContext
from connect_runtime.sdk.testing import sink_record
from connect_runtime.transforms.python_function import PythonFunction

MODULE = "tests.support.functions"


def made(function: str, allowed: Sequence[str] = (MODULE,), batch: str = "false") -> PythonFunction:
    transform = PythonFunction()
    transform.initialize(TransformContext(frozenset(allowed)))
    transform.configure({"function": function, "batch": batch})
    return transform


@pytest.mark.parametrize("allowed", [[MODULE], [f"{MODULE}:shout"]])
def test_an_allowed_function_is_called(allowed: list[str]) -> None:
    after = made(f"{MODULE}:shout", allowed).apply(sink_record("hey"))
    assert after == sink_record("HEY")


@pytest.mark.parametrize("allowed", [[], ["tests.support"], [f"{MODULE}:set_field"], ["tests"]])
def test_a_function_that_is_not_allowed_is_not_imported(allowed: list[str]) -> None:
    with pytest.raises(ConfigError, match=r"not allowed on this worker.*\[functions\] in plugins.toml"):
        made(f"{MODULE}:shout", allowed)


def test_without_a_context_nothing_is_allowed() -> None:
    with pytest.raises(ConfigError, match="not allowed"):
        PythonFunction().configure({"function": "os:system"})


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("no.such.module:f", "cannot be loaded: No module named"),
        (f"{MODULE}:nothing", r"cannot be loaded: .* from /.*functions\.py, has no nothing\. .*restart the worker"),
        (f"{MODULE}:NOT_A_FUNCTION", "is an object of type int, not a function"),
        (f"{MODULE}:RetriableError", "only imports it"),
        ("shout", "must have the form module:function"),
        (f"{MODULE}:__name__", "must have the form module:function"),
    ],
)
def test_a_name_that_leads_nowhere_is_refused(function: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        made(function, [function.partition(":")[0]])


def test_a_function_may_change_the_record_it_gets() -> None:
    record = sink_record({"old": 1})
    after = made(f"{MODULE}:set_field").apply(record)
    assert after is not None
    assert (after.topic, after.value) == ("elsewhere", {"old": 1, "new": "test"})
    assert record == sink_record({"old": 1})


def test_a_batch_is_one_call() -> None:
    batch: list[SinkRecord] = [sink_record("a"), sink_record(None), sink_record("b")]
    assert made(f"{MODULE}:shout_all", batch="true").apply_batch(batch) == [sink_record("A"), None, sink_record("B")]


@pytest.mark.parametrize(
    ("function", "batch", "message"),
    [
        ("answer_nonsense", "false", "must answer a SinkRecord or None, but answered a dict"),
        ("answer_too_few", "true", "for each of 2 records, but answered 1 items"),
        ("answer_nonsense", "true", "failed with AttributeError"),
        ("shout", "false", "failed with AttributeError"),
    ],
)
def test_what_a_function_does_wrong_is_a_bad_record_and_names_it(function: str, batch: str, message: str) -> None:
    with pytest.raises(DataError, match=f"Function {MODULE}:{function} .*{message}"):
        made(f"{MODULE}:{function}", batch=batch).apply_batch([sink_record(1), sink_record(2)])


def test_an_error_that_may_pass_is_left_as_it_is() -> None:
    with pytest.raises(RetriableError, match="not yet"):
        made(f"{MODULE}:fail_for_now").apply(sink_record("x"))
