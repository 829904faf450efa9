"""The command line: the composition root of the program."""

from connect_runtime.cli.program import main

__all__ = ["main"]
