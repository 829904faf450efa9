from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 400


def importlinter() -> dict[str, list[dict[str, list[str]]]]:
    config: dict[str, list[dict[str, list[str]]]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"][
        "importlinter"
    ]
    return config


def test_imports_keep_to_the_layers() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_package_has_its_layer() -> None:
    layers = {name for layer in importlinter()["contracts"][0]["layers"] for name in re.split(r" [|:] ", layer)}
    there = {"api", "connectors"} | {
        f"connect_runtime.{path.stem}"
        for path in (ROOT / "connect_runtime").iterdir()
        if path.name != "__init__.py" and (path.suffix == ".py" or (path / "__init__.py").exists())
    }
    assert there - {"connect_runtime.broker"} == layers


def test_no_python_file_came_to_know_everything() -> None:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    lengths = {name: len((ROOT / name).read_bytes().splitlines()) for name in listed.split() if (ROOT / name).exists()}
    assert lengths
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}
