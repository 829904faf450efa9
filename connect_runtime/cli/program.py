"""The program ``connect-runtime``: its commands, and how their errors reach the user.

A command's own modules are imported when it runs: a worker should not pay for what prints tables, nor the reverse.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from connect_runtime import __version__
from connect_runtime.cli.conformance.command import conformance
from connect_runtime.cli.demo.command import demo
from connect_runtime.cli.plugins import plugins
from connect_runtime.cli.preview.command import preview
from connect_runtime.cli.serve import broker, standalone, worker
from connect_runtime.cli.topics.commands import topics_app
from connect_runtime.errors import ConfigError, ConnectError, ExitCode, StartupError

__all__ = ["app", "main", "run"]

_NAME = "connect-runtime"
_INTERRUPTED = 130
_ARGPARSE_USAGE = 2

app = typer.Typer(
    name=_NAME,
    help="Kafka Connect for Python: run connectors between Kafka topics and other systems.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(worker)
app.command()(standalone)
# The broker is a program of its own and reads its own options.
app.command(add_help_option=False, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(broker)
app.command()(plugins)
app.command()(preview)
app.command()(conformance)
app.command()(demo)
app.add_typer(topics_app)


def main() -> NoReturn:
    """Run the command that the process was started with, and end the process with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command; errors that a user can cause become one message on stderr.

    Returns:
        The exit code, as in `ExitCode`; 130 after Ctrl-C.
    """
    try:
        result = app(args=list(arguments), prog_name=_NAME, standalone_mode=False)
    except SystemExit as ended:
        return _code_of(ended)
    except typer.TyperException as error:
        return _fail(_usage_message(error), ExitCode.USAGE)
    except ConnectError as error:
        return _fail(str(error), _exit_code(error))
    except (typer.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except BrokenPipeError:
        return _unread()
    return result if isinstance(result, int) else ExitCode.OK


def _code_of(ended: SystemExit) -> int:
    if isinstance(ended.__context__, BrokenPipeError):  # typer makes it an exit with 1
        return _unread()
    return ExitCode.USAGE if ended.code == _ARGPARSE_USAGE else int(ended.code or 0)


def _unread() -> ExitCode:
    """Whoever read our output has enough (`| head`): nothing may be flushed into the broken pipe at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.OK


def _exit_code(error: ConnectError) -> ExitCode:
    if isinstance(error, StartupError):
        return error.exit_code
    return ExitCode.BAD_WORKER if isinstance(error, ConfigError) else ExitCode.USAGE


def _usage_message(error: typer.TyperException) -> str:
    command = getattr(getattr(error, "ctx", None), "command_path", _NAME)
    return f"{error.format_message()}\nTry '{command} --help'."


def _fail(message: str, code: ExitCode) -> ExitCode:
    sys.stdout.flush()
    typer.secho("Error: ", fg=typer.colors.RED, bold=True, nl=False, err=True)
    typer.echo(message, err=True)
    return code


def _show_version(wanted: bool) -> None:  # noqa: FBT001  # typer calls it with the flag's value
    if wanted:
        typer.echo(f"{_NAME} {__version__}")
        raise typer.Exit


@app.callback()
def _program(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    del version
