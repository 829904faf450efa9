from __future__ import annotations

from pathlib import Path

from connect_runtime.config import ConfigDef, ConfigKey, ConfigType, Password, validators
from connect_runtime.config.docs import render_keys, write_pages


def test_keys_are_tabled_by_group() -> None:
    definition = ConfigDef(
        [
            ConfigKey("b", ConfigType.INT, default=5, validator=validators.at_least(1), doc="Five.", group="Two"),
            ConfigKey("a", required=True, doc="A | B.", group="One"),
            ConfigKey("c", default="", group="Two"),
            ConfigKey("hidden", internal=True, group="Two"),
            ConfigKey("d", ConfigType.PASSWORD, default=Password("hunter2"), group="Two"),
        ]
    )
    header = "| Key | Type | Default | Valid | Importance | Meaning |\n|---|---|---|---|---|---|\n"
    assert render_keys(definition, {"a": "x"}) == (
        f"## Two\n\n{header}"
        "| `b` | INT | `5` | `[1,...]` | MEDIUM | Five. |\n"
        "| `c` | STRING | empty |  | MEDIUM |  |\n"
        "| `d` | PASSWORD | `[hidden]` |  | MEDIUM |  |\n"
        f"\n## One\n\n{header}"
        "| `a` | STRING | required; embedded broker: `x` |  | MEDIUM | A \\| B. |\n"
    )


def test_pages_are_written_into_a_folder_that_need_not_exist(tmp_path: Path) -> None:
    written = write_pages(tmp_path / "docs")
    assert [path.name for path in written] == ["worker-config.md", "connector-config.md"]
    assert "`offset.flush.interval.ms`" in written[0].read_text(encoding="utf-8")
