"""A secret that changes under a cluster: every worker restarts what it runs, and nothing moves."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.integration.cluster.conftest import NewCluster
from tests.support.worker_cluster import until

pytestmark = [pytest.mark.timeout(300)]


def test_tasks_on_all_workers_get_a_rotated_secret(
    new_cluster: NewCluster, bootstrap_servers: str, topic: str, tmp_path: Path
) -> None:
    secrets = tmp_path / "secrets.properties"
    secrets.write_text("password=one-of-the-old\n", encoding="utf-8")
    providers = {
        "config.providers": "file",
        "config.providers.file.class": "FileConfigProvider",
        "config.providers.file.param.ttl.ms": "1000",
    }
    cluster = new_cluster(bootstrap_servers, properties=providers)
    cluster.add(2)
    cluster.create("numbers", cluster.sequences.source(topic, 4, password=f"${{file:{secrets}:password}}"))
    before = cluster.await_settled({"numbers": 4})
    assert len(set(before.values())) == 2
    starts = cluster.sequences.starts()

    (tmp_path / "next").write_text("password=one-of-the-new\n", encoding="utf-8")
    (tmp_path / "next").replace(secrets)
    once: Counter[str] = Counter(dict.fromkeys(before, 1))
    until(lambda: cluster.sequences.starts() - starts >= once, lambda: cluster.sequences.starts() - starts)
    assert cluster.await_settled({"numbers": 4}) == before
    assert cluster.sequences.starts() - starts == once
    assert "one-of-the" not in cluster.log
