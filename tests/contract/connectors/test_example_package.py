"""The example connector package: installed with pip it is a plugin like any other, and resumes at its offsets."""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from connect_runtime.plugins import PluginLoader, PluginSettings, class_path
from connect_runtime.plugins.packages import Package, installed_packages
from connect_runtime.sdk import SourceRecord, SourceTask, Type
from connect_runtime.sdk.testing import FakeSourceTaskContext

EXAMPLE = Path(__file__).parents[3] / "examples" / "random-walk-source"
CONFIG = {"topic": "prices", "symbols": "AAA,BBB", "interval.ms": "250"}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package as pip leaves it: its modules, and its entry points beside them."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())
    about = project["project"]
    for module in project["tool"]["setuptools"]["py-modules"]:
        (tmp_path / f"{module}.py").write_text((EXAMPLE / f"{module}.py").read_text())
    folder = tmp_path / f"random_walk_source-{about['version']}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {about['name']}\nVersion: {about['version']}\n")
    points = about["entry-points"]["connect_runtime"].items()
    (folder / "entry_points.txt").write_text("[connect_runtime]\n" + "".join(f"{n} = {m}\n" for n, m in points))
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    yield
    sys.modules.pop("random_walk_source", None)


@pytest.mark.usefixtures("installed")
def test_the_installed_package_is_found_like_any_other() -> None:
    def packages() -> list[Package]:
        return [package for package in installed_packages() if package.name == "random-walk-source"]

    registry = PluginLoader(PluginSettings(), packages).registry()
    assert registry.failures == ()
    for name in ("RandomWalk", "RandomWalkConnector", "random_walk_source.RandomWalkConnector"):
        assert class_path(registry.find_connector(name)) == "random_walk_source.RandomWalkConnector"


def poll(offsets: Mapping[str, float]) -> tuple[FakeSourceTaskContext, list[SourceRecord]]:
    spec = importlib.util.spec_from_file_location("random_walk_source", EXAMPLE / "random_walk_source.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (connector_class,) = module.connect_connectors()
    connector = connector_class()
    connector.start(CONFIG)
    (config,) = connector.task_configs(4)
    context = FakeSourceTaskContext(config, offsets=[({"symbol": s}, {"price": p}) for s, p in offsets.items()])
    task: SourceTask = connector.task_class()()
    task.initialize(context)
    task.start(config)
    return context, list(task.poll() or ())


def test_a_walk_begins_at_100_and_waits_between_prices() -> None:
    context, records = poll({})
    assert context.waits == [0.25]
    assert [record.source_partition for record in records] == [{"symbol": "AAA"}, {"symbol": "BBB"}]
    for record in records:
        assert record.topic == "prices"
        assert record.value == {**(record.source_partition or {}), **(record.source_offset or {})}
        assert abs(record.value["price"] - 100) < 5
        assert record.value_schema is not None
        assert [(f.name, f.schema.type) for f in record.value_schema.fields] == [
            ("symbol", Type.STRING),
            ("price", Type.FLOAT64),
        ]


def test_a_restarted_walk_goes_on_at_its_offset() -> None:
    _, (aaa, bbb) = poll({"BBB": 500.0})
    assert abs(aaa.value["price"] - 100) < 5
    assert abs(bbb.value["price"] - 500) < 5


def test_the_example_is_as_short_as_promised() -> None:
    lines = (EXAMPLE / "random_walk_source.py").read_text().splitlines()
    assert len([line for line in lines if line.strip()]) <= 40
