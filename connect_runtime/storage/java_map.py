"""Reads the one kind of Java object that Kafka Connect ever wrote to a file: a ``HashMap<byte[], byte[]>``.

Format: Java Object Serialization Specification, chapter 6. The object is a class description, its fields, a block
with the number of entries, then keys and values in turn; each is an array of bytes, ``null``, or a reference to one
that came before.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

__all__ = ["JAVA_MAGIC", "read_java_map"]

JAVA_MAGIC: Final = b"\xac\xed\x00\x05"

_NULL, _REFERENCE, _CLASS, _OBJECT, _ARRAY = 0x70, 0x71, 0x72, 0x73, 0x75
_BLOCK, _END_OF_BLOCK = 0x77, 0x78
_FIRST_HANDLE = 0x7E0000
_FIELD_SIZES = {"B": 1, "Z": 1, "C": 2, "S": 2, "I": 4, "F": 4, "J": 8, "D": 8}


def read_java_map(data: bytes) -> dict[bytes, bytes]:
    """Entries of the map, without those whose key or value is ``null``.

    Raises:
        ValueError: The bytes are something else or are cut off.
    """
    return _Reader(data).read_map()


class _Class(NamedTuple):
    name: str
    fields_size: int


class _Reader:
    """Goes through the bytes from front to back."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = len(JAVA_MAGIC)
        # What later parts may refer to, in the order in which Java numbers it.
        self._handles: list[_Class | bytes | None] = []

    def read_map(self) -> dict[bytes, bytes]:
        self._expect(_OBJECT)
        described = self._class()
        if described.name != "java.util.HashMap":
            raise ValueError(f"it holds a Java object of class {described.name} instead of java.util.HashMap")
        self._handles.append(None)
        self._take(described.fields_size)
        self._expect(_BLOCK)
        (entries,) = struct.unpack(">4xi", self._take(self._byte()).ljust(8, b"\0")[:8])
        pairs = [(self._array(), self._array()) for _ in range(entries)]
        self._expect(_END_OF_BLOCK)
        return {key: value for key, value in pairs if key is not None and value is not None}

    def _class(self) -> _Class:
        """A class description, or a reference to one."""
        code = self._byte()
        if code == _REFERENCE and isinstance(found := self._referred(), _Class):
            return found
        if code != _CLASS:
            raise self._unexpected(code)
        name = self._text()
        # Serial version and flags tell nothing about the layout of these classes.
        self._take(8 + 1)
        index = len(self._handles)
        self._handles.append(None)
        described = _Class(name, sum(self._field_size() for _ in range(self._short())))
        self._expect(_END_OF_BLOCK)
        self._expect(_NULL)
        self._handles[index] = described
        return described

    def _field_size(self) -> int:
        kind = chr(self._byte())
        self._text()
        if kind not in _FIELD_SIZES:
            raise ValueError(f"the Java object in it has a field of the type {kind!r}, which no map has")
        return _FIELD_SIZES[kind]

    def _array(self) -> bytes | None:
        code = self._byte()
        if code == _NULL:
            return None
        if code == _REFERENCE and isinstance(found := self._referred(), bytes):
            return found
        if code != _ARRAY or self._class().name != "[B":
            raise ValueError("the Java map in it has keys or values that are not arrays of bytes")
        index = len(self._handles)
        self._handles.append(None)
        (size,) = struct.unpack(">I", self._take(4))
        array = self._take(size)
        self._handles[index] = array
        return array

    def _referred(self) -> _Class | bytes | None:
        (handle,) = struct.unpack(">i", self._take(4))
        index = handle - _FIRST_HANDLE
        return self._handles[index] if 0 <= index < len(self._handles) else None

    def _text(self) -> str:
        return self._take(self._short()).decode()

    def _short(self) -> int:
        return int.from_bytes(self._take(2), "big")

    def _byte(self) -> int:
        return self._take(1)[0]

    def _expect(self, code: int) -> None:
        if (found := self._byte()) != code:
            raise self._unexpected(found)

    def _unexpected(self, code: int) -> ValueError:
        return ValueError(f"the Java object in it has an unexpected code {code:#04x} at byte {self._at - 1}")

    def _take(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        if len(taken) < size:
            raise ValueError("the Java object in it is cut off")
        self._at += size
        return taken
