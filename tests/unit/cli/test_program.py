from __future__ import annotations

import pytest

from connect_runtime import __version__
from connect_runtime.cli.program import app, run


def test_the_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"connect-runtime {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["topisc", "list"], "Error: No such command 'topisc'."),
        (["topics", "lsit"], "Error: No such command 'lsit'."),
        (["topics", "list", "--bootstrap", "x:1"], "Error: No such option: --bootstrap"),
        (["topics", "read"], "Error: Missing argument"),
        (["topics", "read", "t", "--max", "many"], "Error: Invalid value for '--max'"),
        (["topics", "read", "t", "--offset", "1", "--last", "1"], "Error: Give one of --from-beginning"),
        (["topics", "list", "--property", "x"], "Error: --property wants KEY=VALUE"),
        (
            ["topics", "list", "--property", "no.such.setting=1"],
            "Error: --property no.such.setting: no Kafka client",
        ),
        (["worker"], "Error: Missing argument 'CONFIG'"),
        (["worker", "--workers", "0", "w.properties"], "Error: Invalid value for '--workers'"),
        (["standalone", "--workers", "2", "w.properties"], "Error: No such option: --workers"),
    ],
)
def test_a_typo_is_one_clear_message_and_exit_code_1(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 1
    output = capsys.readouterr()
    assert output.err.startswith(message)
    assert "Traceback" not in output.err
    assert output.out == ""


def test_a_usage_error_names_the_help_of_its_own_command(capsys: pytest.CaptureFixture[str]) -> None:
    run(["topics", "read", "--no-such-option"])
    assert "Try 'connect-runtime topics read --help'." in capsys.readouterr().err


def test_every_command_says_what_it_does() -> None:
    groups = [app, *(group.typer_instance for group in app.registered_groups)]
    commands = [command for group in groups if group is not None for command in group.registered_commands]
    assert commands
    assert all(command.callback is not None and command.callback.__doc__ for command in commands)
