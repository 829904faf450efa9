"""The reference page about client settings, written from the tables that the clients are made with.

``python -m connect_runtime.kafka.docs docs`` writes it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from connect_runtime.kafka.java_properties import JAVA_NAMES, NO_EFFECT, REFUSED, RENAMED, VALUE_NOTES, WORKED_IN, Role

__all__ = ["PAGE", "render_page"]

PAGE: Final = "client-settings.md"
"""The page's file name."""

_PAGE: Final = """\
# Kafka client settings

Kafka clients take their settings under the names of Kafka's Java clients or under those of
[librdkafka](https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md), which is the client at work here.
Where they go is said in [Running on Kafka](running-on-kafka.md#client-settings): behind `producer.`, `consumer.` and
`admin.` in a worker's file, behind `producer.override.`, `consumer.override.` and `admin.override.` in a connector's
configuration.

Below stand all properties of the Java clients of Kafka 4.3 and what becomes of each:

- *the same*, or another name: it does what it does in Java, as far as the note says nothing else. A value that Java
  takes and librdkafka does not becomes the nearest one that it takes, with a warning.
- *no effect*: it is accepted with a warning, except where the value asks for what happens anyway.
- *refused*: an error, of the worker's start or of the connector's configuration. So is a value that no client accepts.

A name that neither Java nor librdkafka has is a warning that says which one was probably meant. Connectors must not set
`plugin.library.paths`, `ssl.engine.location` and `sasl.kerberos.kinit.cmd`: those run code on the worker.

This page is written by `python -m connect_runtime.kafka.docs docs`.

P stands for producers, C for consumers, A for admin clients.

| Java property | Clients | Here |
|---|---|---|
"""


def render_page() -> str:
    """The whole page."""
    names = sorted(set().union(*JAVA_NAMES.values()))
    return _PAGE + "".join(f"| `{name}` | {_clients(name)} | {_fate(name)} |\n" for name in names)


def _clients(name: str) -> str:
    return " ".join(role.value[0].upper() for role in Role if name in JAVA_NAMES[role])


def _fate(name: str) -> str:
    if name in REFUSED:
        return f"refused: {REFUSED[name]}"
    if name in NO_EFFECT:
        return f"no effect: {NO_EFFECT[name].reason}"
    if name in WORKED_IN:
        return WORKED_IN[name]
    here = f"`{RENAMED[name]}`" if name in RENAMED else "the same"
    if name == "retries":
        here += "; no effect for admin clients"
    return f"{here}; {VALUE_NOTES[name]}" if name in VALUE_NOTES else here


if __name__ == "__main__":
    (Path(sys.argv[1]) / PAGE).write_text(render_page(), encoding="utf-8")
