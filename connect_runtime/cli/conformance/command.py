"""``connect-runtime conformance``: whether the installed plugins do what a file of cases says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["conformance"]

_SOME_FAILED = 1


def conformance(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Cases, one JSON object a line.")],
    *,
    failures: Annotated[
        bool, typer.Option("--failures", help="Show each failed case: its id, what it expects, what came.")
    ] = False,
    plugins_file: Annotated[
        Path, typer.Option("--plugins", metavar="FILE", help="The plugins.toml that says which packages load.")
    ] = Path("plugins.toml"),
) -> int:
    """Run cases of Kafka Connect's behaviour through the installed transforms, predicates and converters.

    A case names a class, its options, an input and the output or the kind of error that must come of it. The exit code
    is 1 when a case fails.
    """
    from connect_runtime.cli.conformance.cases import read_cases  # noqa: PLC0415  # all plugins: only for this command
    from connect_runtime.cli.conformance.running import run_case  # noqa: PLC0415
    from connect_runtime.plugins import PluginLoader, read_plugin_settings  # noqa: PLC0415

    cases = read_cases(file)
    registry = PluginLoader(read_plugin_settings(plugins_file)).registry()
    outcomes = [(case, run_case(case, registry)) for case in cases]
    failed = [(case, outcome) for case, outcome in outcomes if not outcome.passed]
    if failures:
        for case, outcome in failed:
            typer.echo(f"{case.id}\n  expected {outcome.expected}\n  got      {outcome.got}")
    hint = "; --failures shows them" if failed and not failures else ""
    typer.echo(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed{hint}")
    return _SOME_FAILED if failed else 0
