from __future__ import annotations

from connect_runtime.errors import ConfigError, ConnectError, PluginError
from connect_runtime.observe import plugin_failure, stack_of_a_bug, trace_text


def raised(error: Exception, cause: Exception | None = None) -> Exception:
    try:
        raise error from cause  # noqa: TRY301  # raised to be looked at
    except Exception as caught:  # noqa: BLE001  # that is the point
        return caught


def test_a_trace_begins_with_class_and_message_and_names_causes() -> None:
    error = raised(ConnectError("could not write"), raised(ValueError("too long")))
    lines = trace_text(error).splitlines()
    assert lines[0] == "connect_runtime.errors.ConnectError: could not write"
    assert lines[1].startswith("\tat raised (")
    assert "Caused by: builtins.ValueError: too long" in lines


def test_only_what_nobody_meant_to_raise_shows_its_stack_in_the_log() -> None:
    assert stack_of_a_bug(bug := raised(KeyError("x"))) is bug
    assert stack_of_a_bug(raised(FileNotFoundError("f"))) is None
    assert stack_of_a_bug(raised(ConfigError("bad key"), raised(ValueError("not a number")))) is None


def test_a_bug_in_a_plugin_shows_its_stack_however_often_it_was_wrapped() -> None:
    bug = raised(KeyError("x"))
    failure = raised(plugin_failure("put failed: 'x'", bug), bug)
    assert isinstance(failure, PluginError)
    again = raised(plugin_failure("the task failed", failure), failure)
    assert stack_of_a_bug(again) is again


def test_what_a_plugin_meant_to_raise_shows_no_stack_whatever_library_was_behind_it() -> None:
    translated = raised(ConnectError("the table is missing"), raised(RuntimeError("driver says 42P01")))
    failure = raised(plugin_failure("put failed: the table is missing", translated), translated)
    assert not isinstance(failure, PluginError)
    assert stack_of_a_bug(failure) is None
