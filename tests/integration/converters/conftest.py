from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.schema_registry import ApicurioRegistry


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApicurioRegistry]:
    with ApicurioRegistry(tmp_path_factory.mktemp("registry")) as running:
        yield running
