"""The one door to kio, which loads it without dragging a test library in.

kio registers Hypothesis strategies for its types when Hypothesis can be imported, which costs every process of a
development environment 0.4 s and tens of megabytes. Nobody here needs them. The block is lifted at once.
"""

import sys

_blocked = "hypothesis" not in sys.modules
if _blocked:
    sys.modules["hypothesis"] = None  # type: ignore[assignment]
try:
    from kio.index import UnknownAPIKey, UnknownEntity, load_request_schema, load_response_schema
    from kio.schema.errors import ErrorCode
    from kio.serial import entity_reader, entity_writer
finally:
    if _blocked:
        del sys.modules["hypothesis"]

__all__ = [
    "ErrorCode",
    "UnknownAPIKey",
    "UnknownEntity",
    "entity_reader",
    "entity_writer",
    "load_request_schema",
    "load_response_schema",
]
