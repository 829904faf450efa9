"""The examples of ``docs/running-on-kafka.md``, as worker files."""

from __future__ import annotations

import re
from pathlib import Path

import javaproperties
import pytest

from connect_runtime.kafka import check_worker_settings, internal_admin_settings, producer_settings

PAGE = Path(__file__).parents[3] / "docs" / "running-on-kafka.md"
EXAMPLES = [
    javaproperties.loads(block)
    for block in re.findall(r"```properties\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.get("sasl.mechanism", "none"))
def test_every_example_is_a_worker_s_file_without_anything_to_complain_of(example: dict[str, str]) -> None:
    secured = {key: value for key, value in example.items() if key.startswith(("sasl.", "ssl.", "security."))}
    worker = {
        f"{prefix}{key}": value for prefix in ("producer.", "consumer.") for key, value in secured.items()
    } | example

    assert check_worker_settings(worker) == []
    for settings in (internal_admin_settings(worker, "id"), producer_settings(worker, {}, "id")):
        assert (
            settings.conf.get("security.protocol", "plaintext") == example.get("security.protocol", "plaintext").lower()
        )


def test_connection_strings_of_azure_event_hubs_come_out_to_the_letter() -> None:
    (example,) = [example for example in EXAMPLES if "windows.net" in example.get("bootstrap.servers", "")]

    conf = internal_admin_settings(example, "id").conf

    assert conf["sasl.username"] == "$ConnectionString"
    assert conf["sasl.password"] == (
        "Endpoint=sb://NAMESPACE.servicebus.windows.net/;SharedAccessKeyName=NAME;SharedAccessKey=KEY"
    )
