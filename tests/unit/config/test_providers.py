from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from connect_runtime.config import ConfigData, ConfigResolver, has_variable, paths_in, with_variables_restored
from connect_runtime.config.builtin_providers import (
    DirectoryConfigProvider,
    EnvVarConfigProvider,
    FileConfigProvider,
    make_resolver,
)
from connect_runtime.errors import ConfigError


class Vault:
    """Answers ``<path>/<key>`` and remembers what it was asked."""

    def __init__(self, ttls: Mapping[str, float] | None = None) -> None:
        self.asked: list[tuple[str, list[str]]] = []
        self._ttls = ttls or {}

    def configure(self, config: Mapping[str, str]) -> None: ...

    def get(self, path: str, keys: Collection[str]) -> ConfigData:
        self.asked.append((path, sorted(keys)))
        values = {key: f"<{path}/{key}>" for key in keys if key != "absent"}
        return ConfigData(values, self._ttls.get(path))


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("${v:p:user}", "<p/user>"),
        ("${v:user}", "</user>"),
        ("${v:a:b:c}", "<a/b:c>"),
        ("${v:}", "</>"),
        ("${noColon}", "${noColon}"),
        ("pre ${v:a:k1} mid ${v:k2}", "pre <a/k1> mid </k2>"),
        ("${v:a:${v:k}}", "<a/${v:k>}"),
        ("$${v:k}", "$</k>"),
        ("\\${v:k}", "\\</k>"),
        ("${ v:k}", "${ v:k}"),
        ("${V:k}", "${V:k}"),
        ("${v:p:absent}", "${v:p:absent}"),
        ("", ""),
        (None, None),
    ],
)
def test_variables_are_replaced_and_what_is_unknown_stays(text: str | None, resolved: str | None) -> None:
    assert ConfigResolver({"v": Vault()}).resolve({"k": text}).config == {"k": resolved}


def test_a_provider_is_asked_once_for_each_path() -> None:
    vault = Vault()
    ConfigResolver({"v": vault}).resolve(
        {"a": "${v:p:x}", "b": "${v:p:y} ${v:q:z}", "${v:r:s}": "keys are not resolved"}
    )
    assert sorted(vault.asked) == [("p", ["x", "y"]), ("q", ["z"])]


def test_the_shortest_time_to_live_of_a_path_counts() -> None:
    resolver = ConfigResolver({"v": Vault({"p": 9.0}), "w": Vault({"p": 5.0})})
    assert resolver.resolve({"a": "${v:p:x} ${w:p:x} ${v:q:x}"}).ttls_s == {"p": 5.0}


def test_resolved_secrets_do_not_print() -> None:
    assert "<p/x>" not in repr(ConfigResolver({"v": Vault()}).resolve({"a": "${v:p:x}"}))


def test_task_configs_get_their_variables_back() -> None:
    raw = {"user": "u", "password": "${v:p:x}", "gone": "${v:p:y}", "null": None}
    task = {"user": "U", "password": "secret", "copy": "secret", "null": "z"}
    assert with_variables_restored(task, raw) == {"user": "U", "password": "${v:p:x}", "copy": "secret", "null": "z"}


def test_a_text_with_a_variable_is_told_apart() -> None:
    assert has_variable("a ${x:y} b")
    assert not has_variable("${x}")
    assert not has_variable(None)


def test_environment_variables_are_limited_to_the_allowed_names() -> None:
    provider = EnvVarConfigProvider({"DB_USER": "u", "HOME": "/h"})
    assert provider.get("", ["DB_USER", "HOME", "NONE"]).values == {"DB_USER": "u", "HOME": "/h"}
    provider.configure({"allowlist.pattern": "DB_.*"})
    assert provider.get("", ["DB_USER", "HOME"]).values == {"DB_USER": "u"}
    with pytest.raises(ConfigError, match=r"Write \$\{env:NAME\} without a path"):
        provider.get("path", ["HOME"])
    with pytest.raises(ConfigError, match="Invalid regex"):
        provider.configure({"allowlist.pattern": "("})


def test_a_properties_file_is_read_key_by_key(tmp_path: Path) -> None:
    file = tmp_path / "s.properties"
    file.write_text("user=u\npassword = p\\u00e4 \nuser=last\n", encoding="utf-8")
    provider = FileConfigProvider()
    provider.configure({})
    assert provider.get(str(file), ["user", "password", "none"]).values == {"user": "last", "password": "pä "}
    assert provider.get("", ["user"]).values == {}
    with pytest.raises(ConfigError, match=r"Could not read properties from file .*none"):
        provider.get(str(tmp_path / "none"), ["user"])


def test_a_directory_gives_whole_files(tmp_path: Path) -> None:
    (tmp_path / "password").write_bytes("pä\n".encode())
    (tmp_path / "folder").mkdir()
    provider = DirectoryConfigProvider()
    provider.configure({})
    assert provider.get(str(tmp_path), ["password", "folder", "none", "../x"]).values == {"password": "pä\n"}
    assert provider.get(str(tmp_path / "password"), ["x"]).values == {}
    assert provider.get("", ["password"]).values == {}


@pytest.mark.parametrize("provider", [FileConfigProvider(), DirectoryConfigProvider()])
def test_only_allowed_paths_are_read(tmp_path: Path, provider: FileConfigProvider | DirectoryConfigProvider) -> None:
    for folder in ("in", "inner"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "k").write_text("k=v", encoding="utf-8")
    provider.configure({"allowed.paths": str(tmp_path / "in")})
    suffix = "/k" if isinstance(provider, FileConfigProvider) else ""
    assert provider.get(f"{tmp_path}/in{suffix}", ["k"]).values
    assert provider.get(f"{tmp_path}/in/../inner{suffix}", ["k"]).values == {}
    assert provider.get(f"{tmp_path}/inner{suffix}", ["k"]).values == {}


@pytest.mark.parametrize("text", ["relative", "/does/not/exist", "/tmp, /tmp"])
def test_allowed_paths_must_be_absolute_and_exist(text: str) -> None:
    with pytest.raises(ConfigError, match="must be an absolute path that exists"):
        FileConfigProvider().configure({"allowed.paths": text})


@pytest.mark.parametrize(
    "class_",
    ["org.apache.kafka.common.config.provider.EnvVarConfigProvider", "EnvVarConfigProvider", "EnvVar", " EnvVar "],
)
def test_providers_answer_to_their_java_names(class_: str) -> None:
    props = {"config.providers": "env, later", "config.providers.env.class": class_}
    resolver = make_resolver(props, {"X": "1"})
    assert resolver.resolve({"a": "${env:X}${later:X}"}).config == {"a": "1${later:X}"}


def test_a_providers_bad_option_is_named_in_full() -> None:
    props = {
        "config.providers": "f",
        "config.providers.f.class": "File",
        "config.providers.f.param.allowed.paths": "relative",
    }
    with pytest.raises(ConfigError, match="Config provider f: Invalid value relative") as caught:
        make_resolver(props, {})
    assert caught.value.key == "config.providers.f.param.allowed.paths"


@pytest.mark.parametrize("make", [FileConfigProvider, DirectoryConfigProvider])
def test_files_are_looked_at_again_only_if_that_is_wanted(
    make: type[FileConfigProvider | DirectoryConfigProvider], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("key=value", encoding="utf-8")
    path = str(tmp_path / "file" if make is FileConfigProvider else tmp_path)
    still, polling = make(), make()
    still.configure({})
    polling.configure({"ttl.ms": "2500"})
    assert still.get(path, ["key"]).ttl_s is None
    assert polling.get(path, ["key"]).ttl_s == 2.5


@pytest.mark.parametrize("text", ["0", "999", "often"])
def test_a_bad_time_to_live_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=f"Invalid value {text} for configuration ttl.ms"):
        FileConfigProvider().configure({"ttl.ms": text})


def test_a_provider_of_another_package_goes_by_its_path() -> None:
    props = {"config.providers": "v", "config.providers.v.class": f"{Vault.__module__}.Vault"}
    assert make_resolver(props, {}).resolve({"a": "${v:p:x}"}).config == {"a": "<p/x>"}


@pytest.mark.parametrize(
    ("class_", "reason"),
    [
        ("no_such_package.Vault", "No module named 'no_such_package'. Is the package installed?"),
        ("pathlib.Vault", "no such config provider"),
        ("pathlib.Path", "no such config provider"),
    ],
)
def test_what_is_no_provider_is_refused(class_: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        make_resolver({"config.providers": "v", "config.providers.v.class": class_}, {})


def test_the_paths_of_variables_are_told() -> None:
    assert paths_in("${v:/a:k} ${v:/b:k} ${v:k} text") == {"/a", "/b", ""}
    assert paths_in(None) == paths_in("text") == set()


def test_a_variable_that_stays_is_told_with_its_key() -> None:
    config = {"url": "pg://${v:p:user}@${v:p:absent}", "user": "${vautl:name}", "plain": "x", "none": None}
    assert ConfigResolver({"v": Vault()}).resolve(config).unresolved == [
        "${v:p:absent} in url stays as it is: provider v has no value for it",
        "${vautl:name} in user stays as it is: config.providers names no vautl",
    ]
