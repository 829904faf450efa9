"""Decompression of record batches, for the few who must look inside: compaction, and searching by time.

gzip is in the standard library. The others come from cramjam where it is installed; without it such batches stay
opaque.
"""

import struct
import zlib
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec

__all__ = ["UndecodableError", "decompress"]

_LARGEST_BYTES = 256 * 1024 * 1024
_XERIAL_MAGIC = b"\x82SNAPPY\x00"
_XERIAL_HEADER_BYTES = 16
_NAMES = ("none", "gzip", "snappy", "lz4", "zstd")


class UndecodableError(Exception):
    """The records of a batch cannot be read here."""


def decompress(codec: int, payload: bytes) -> bytes:
    """The records of a batch with the given codec number.

    Raises:
        UndecodableError: The codec is not available, or the bytes do not follow it.
    """
    if codec == 0:
        return payload
    decoder = _DECODERS.get(codec)
    if decoder is None:
        raise UndecodableError(f"no decoder for compression codec {codec}")
    try:
        return decoder(payload)
    except UndecodableError:
        raise
    except Exception as exc:
        raise UndecodableError(f"{_NAMES[codec]} data cannot be decompressed: {exc}") from exc


def _gunzip(payload: bytes) -> bytes:
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
    content = stream.decompress(payload, _LARGEST_BYTES)
    if stream.unconsumed_tail:
        raise UndecodableError(f"more than {_LARGEST_BYTES} bytes when decompressed")
    return content


def _from_cramjam(module: str, function: str) -> Callable[[bytes], bytes]:
    def decode(payload: bytes) -> bytes:
        if find_spec("cramjam") is None:
            raise UndecodableError(f"{module} needs the package cramjam, which is not installed")
        return bytes(getattr(getattr(import_module("cramjam"), module), function)(payload))

    return decode


_unsnap_block = _from_cramjam("snappy", "decompress_raw")


def _unsnap(payload: bytes) -> bytes:
    # Java frames snappy its own way (xerial): a header, then blocks with their length before them.
    if not payload.startswith(_XERIAL_MAGIC):
        return _unsnap_block(payload)
    blocks, at = [], _XERIAL_HEADER_BYTES
    while at < len(payload):
        (size,) = struct.unpack_from(">i", payload, at)
        blocks.append(_unsnap_block(payload[at + 4 : at + 4 + size]))
        at += 4 + size
    return b"".join(blocks)


_DECODERS: Mapping[int, Callable[[bytes], bytes]] = {
    1: _gunzip,
    2: _unsnap,
    3: _from_cramjam("lz4", "decompress"),
    4: _from_cramjam("zstd", "decompress"),
}
