"""Has pytest show the values of failing assertions in the contract suites, as it does in test modules.

It can only do that for modules that are imported after this one.
"""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite(
    *(f"connect_runtime.sdk.testing.{suite}" for suite in ("converters", "sinks", "sources", "transforms"))
)
