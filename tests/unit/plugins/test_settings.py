from __future__ import annotations

from pathlib import Path

import pytest

from connect_runtime.errors import ExitCode, StartupError
from connect_runtime.plugins import PluginSettings, read_plugin_settings

ROOT = Path(__file__).parents[3]


def written(folder: Path, text: str) -> Path:
    path = folder / "plugins.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_missing_file_says_nothing(tmp_path: Path) -> None:
    assert read_plugin_settings(tmp_path / "plugins.toml") == PluginSettings()


def test_the_file_in_the_repository_is_valid_with_its_examples() -> None:
    assert read_plugin_settings(ROOT / "plugins.toml").package("anything").enabled


def test_the_examples_in_the_file_work_when_uncommented(tmp_path: Path) -> None:
    lines = (ROOT / "plugins.toml").read_text(encoding="utf-8").splitlines()
    examples = [
        line.removeprefix("# ")
        for line in lines
        if line.startswith(("# [", "# enabled", "# version", "# allow", '# "com'))
    ]
    settings = read_plugin_settings(written(tmp_path, "\n".join(examples)))
    assert "1.5" in settings.package("acme-connectors").version
    assert settings.functions == {"acme.rules", "acme.money:round_up"}
    assert settings.aliases == {"com.acme.OrdersSource": "acme_connectors.orders.OrdersSourceConnector"}


def test_package_names_are_compared_as_pip_compares_them(tmp_path: Path) -> None:
    settings = read_plugin_settings(written(tmp_path, '[packages."Acme_Connectors"]\nenabled = false'))
    assert not settings.package("acme-connectors").enabled
    assert settings.package("other").enabled


def test_unlisted_packages_stay_out_when_only_listed_ones_load(tmp_path: Path) -> None:
    settings = read_plugin_settings(written(tmp_path, 'load = "listed"\n[packages.acme]\nversion = "==1.*"'))
    assert settings.package("acme").enabled
    assert not settings.package("other").enabled


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("load = \n[x]", "Invalid value (at line 1, column 8)"),
        ('load = "none"', 'load is \'none\', but must be "all" or "listed"'),
        ("plugins = []", "plugins is not known here; known are: load, packages, aliases, functions"),
        ("[packages.acme]\nenabeld = true", "packages.acme.enabeld is not known here; known are: enabled, version"),
        ('[packages.acme]\nenabled = "no"', "packages.acme.enabled is 'no', but must be a bool"),
        (
            '[packages.acme]\nversion = "1.2"',
            "packages.acme.version: Invalid specifier: '1.2'; write e.g. \">=1.2,<2\"",
        ),
        ('[packages]\nacme = "1"', "packages.acme must be a table"),
        ("[functions]\nallow = 'acme'", "functions.allow is 'acme', but must be a list"),
        ("[functions]\nallow = ['acme rules']", "functions.allow: 'acme rules' must be"),
        ("[aliases]\na = 1", "aliases.a is 1, but must be a str"),
    ],
)
def test_what_is_not_understood_stops_the_worker(tmp_path: Path, text: str, problem: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(StartupError) as caught:
        read_plugin_settings(path)
    assert str(caught.value).startswith(f"Cannot use {path}: ")
    assert problem in str(caught.value)
    assert caught.value.exit_code is ExitCode.BAD_WORKER
