from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from connect_runtime.plugins import PackageSettings, PluginLoader, PluginSettings
from connect_runtime.plugins.packages import BUILT_IN, Package, installed_packages

GOOD = """
from connect_runtime.sdk import hookimpl
from tests.support import fake_plugins

@hookimpl
def connect_connectors():
    return [fake_plugins.WeatherSinkConnector, fake_plugins.WeatherSourceConnector]

@hookimpl
def connect_converters():
    return [fake_plugins.WordConverter]

@hookimpl
def connect_transforms():
    return [fake_plugins.MaskField]

@hookimpl
def connect_predicates():
    return [fake_plugins.HasHeader]

@hookimpl
def connect_aliases():
    return {"com.acme.Wind": "tests.support.fake_plugins.WeatherSinkConnector"}
"""
HOOK = "from connect_runtime.sdk import hookimpl\n@hookimpl\n"


class Site:
    """A folder on the import path, in which packages appear and disappear."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._packages: dict[str, Package] = {}

    def add(self, name: str, code: str, version: str = "1.0") -> None:
        module = f"{self._folder.name}_{name}".replace("-", "_")
        (self._folder / f"{module}.py").write_text(code, encoding="utf-8")
        self._packages[name] = Package(name, module, version)

    def remove(self, name: str) -> None:
        del self._packages[name]

    def packages(self) -> list[Package]:
        return list(self._packages.values())

    def loader(self, settings: PluginSettings | None = None) -> PluginLoader:
        return PluginLoader(settings or PluginSettings(), self.packages)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield Site(tmp_path)
    for name in set(sys.modules) - before:
        if name.startswith(tmp_path.name):
            del sys.modules[name]


def errors(loader: PluginLoader) -> dict[str, str]:
    return {failure.package: failure.error for failure in loader.registry().failures}


def test_a_package_announces_classes_and_aliases_by_hooks(site: Site) -> None:
    site.add("acme", GOOD, "3.1")
    registry = site.loader().registry()
    assert registry.failures == ()
    listed = [(plugin.type.value, plugin.version) for plugin in registry.listing()]
    assert listed == [
        ("sink", "3.1"),
        ("source", "1.4.2"),
        ("transformation", "3.1"),
        ("predicate", "3.1"),
        ("converter", "2.0"),
        ("header_converter", "2.0"),
    ]
    assert registry.find_connector("com.acme.Wind") is registry.find_connector("WeatherSink")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("import nothing_of_that_name", "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("def (", "SyntaxError: invalid syntax"),
        ("x = 1", "has no hook: mark functions such as connect_connectors with @hookimpl"),
        (f"{HOOK}def connect_connector(): return []", "PluginValidationError: unknown hook 'connect_connector'"),
        (f"{HOOK}def connect_connectors(): return [5]", "connect_connectors answers 5, which is not a Connector class"),
        (f"{HOOK}def connect_connectors(): return [str]", "which is not a Connector class"),
        (
            f"from connect_runtime.sdk import Converter\n{HOOK}def connect_converters(): return [Converter]",
            "Converter, which does not define all methods of a Converter or HeaderConverter",
        ),
        (f"{HOOK}def connect_predicates(): raise ValueError('no')", "ValueError: no"),
        (
            f"{HOOK}def connect_aliases(): return {{'a': 'b.C'}}",
            "a stands for b.C, which the package does not announce",
        ),
    ],
)
def test_a_broken_package_leaves_the_others_alone(
    site: Site, caplog: pytest.LogCaptureFixture, code: str, error: str
) -> None:
    site.add("broken", code)
    site.add("good", GOOD)
    loader = site.loader()
    assert error in errors(loader)["broken"]
    assert loader.registry().find_connector("WeatherSink")
    assert "Plugin package broken cannot be loaded" in caplog.text


def test_the_same_failure_is_logged_once(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.add("broken", "import nothing_of_that_name")
    loader = site.loader()
    loader.registry()
    caplog.clear()
    assert errors(loader) == {failure.package: failure.error for failure in loader.refresh().failures}
    assert caplog.records == []


def test_a_package_that_was_mended_loads_on_refresh(site: Site) -> None:
    site.add("acme", "import nothing_of_that_name")
    loader = site.loader()
    before = loader.registry()
    site.add("acme", GOOD + "# mended, and longer than before\n")
    assert loader.refresh().find_connector("WeatherSink")
    assert loader.registry().failures == ()
    assert before.listing() == []


def test_packages_come_and_go_with_a_refresh(site: Site) -> None:
    loader = site.loader()
    assert loader.registry().listing() == []
    site.add("acme", GOOD)
    assert loader.registry().listing() == []
    assert len(loader.refresh().listing(connectors_only=True)) == 2
    site.remove("acme")
    assert loader.refresh().listing() == []


def test_a_newer_version_waits_for_a_restart(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.add("acme", GOOD, "1.0")
    loader = site.loader()
    loader.registry()
    site.add("acme", GOOD, "1.1")
    sink = loader.refresh().listing(connectors_only=True)[0]
    assert sink.version == "1.0"
    assert "acme is now at 1.1, but 1.0 is running: restart the worker" in caplog.text


def test_a_disabled_package_is_not_even_imported(site: Site) -> None:
    site.add("acme-plugins", "raise RuntimeError('imported')")
    loader = site.loader(PluginSettings(packages={"acme-plugins": PackageSettings(enabled=False)}))
    assert loader.registry().failures == ()


def test_only_listed_packages_load_when_told_so(site: Site) -> None:
    site.add("Acme_Plugins", GOOD)
    site.add("other", "raise RuntimeError('imported')")
    loader = site.loader(PluginSettings(load_unlisted=False, packages={"acme-plugins": PackageSettings()}))
    assert loader.registry().find_connector("WeatherSink")
    assert loader.registry().failures == ()


def test_a_package_of_another_version_than_pinned_does_not_load(site: Site) -> None:
    site.add("acme", GOOD, "1.0")
    loader = site.loader(PluginSettings(packages={"acme": PackageSettings(version=SpecifierSet(">=1.2"))}))
    assert errors(loader)["acme"] == (
        "plugins.toml wants acme >=1.2, but 1.0 is installed. "
        "Run: pip install 'acme>=1.2', or change packages.acme.version"
    )
    assert loader.registry().listing() == []


def test_a_listed_package_that_is_missing_is_a_failure(site: Site) -> None:
    loader = site.loader(PluginSettings(packages={"acme": PackageSettings()}))
    assert errors(loader) == {"acme": "plugins.toml lists it, but it is not installed. Run: pip install acme"}


def test_aliases_of_plugins_toml_are_names_too(site: Site) -> None:
    site.add("acme", GOOD)
    loader = site.loader(PluginSettings(aliases={"gusts": "com.acme.Wind"}))
    assert loader.registry().find_connector("gusts").__name__ == "WeatherSinkConnector"


def test_an_installed_distribution_is_found_by_its_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    assert not any(package.name == "acme-weather" for package in installed_packages())
    info = tmp_path / "acme_weather-2.5.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-weather\nVersion: 2.5\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[connect_runtime]\nweather = acme_weather.plugins\n", encoding="utf-8")
    assert Package("acme-weather", "acme_weather.plugins", "2.5") in installed_packages()


def test_what_comes_with_the_runtime_loads_without_failures() -> None:
    own = [package for package in installed_packages() if package.name in BUILT_IN]
    loader = PluginLoader(PluginSettings(), lambda: own)
    assert loader.registry().failures == ()
    assert {package.module for package in own} <= {f"{name}.plugins" for name in BUILT_IN}
