from __future__ import annotations

from pathlib import Path

import pytest

from connect_runtime.broker.errors import FolderUnusableError
from connect_runtime.broker.storage import lock


def test_a_folder_that_takes_no_bytes_is_named(tmp_path: Path) -> None:
    (tmp_path / lock._NAME).symlink_to("/dev/full")
    with pytest.raises(FolderUnusableError, match=str(tmp_path)), lock.FolderLock(tmp_path, wait_s=0.1):
        pass
