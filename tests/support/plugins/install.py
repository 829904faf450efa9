"""Makes the scripted plugins visible to another process, as pip would."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["plugin_environment"]

_REPOSITORY = Path(__file__).resolve().parents[3]


def plugin_environment(folder: Path) -> dict[str, str]:
    """Environment variables for a process that is to find the scripted plugins.

    Args:
        folder: An empty folder, which gets the package's metadata.
    """
    metadata = folder / "scripted_plugins-1.4.2.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: scripted-plugins\nVersion: 1.4.2\n")
    modules = "".join(f"{name} = tests.support.plugins.{name}\n" for name in ("scripted", "sequences"))
    (metadata / "entry_points.txt").write_text(f"[connect_runtime]\n{modules}")
    path = [str(folder), str(_REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(path)}
