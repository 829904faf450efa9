from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.herding import HerdedWorker


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[HerdedWorker]:
    with HerdedWorker(tmp_path) as running:
        yield running
