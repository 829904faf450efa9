from __future__ import annotations

from connect_runtime.errors import ConfigError, ConnectError
from connect_runtime.observe import stack_of_a_bug, trace_text


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
    bug = raised(ConnectError("failed"), raised(KeyError("x")))
    assert stack_of_a_bug(bug) is bug
    assert stack_of_a_bug(raised(ConfigError("bad key"), raised(FileNotFoundError("f")))) is None
