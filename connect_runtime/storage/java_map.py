"""Reads the one kind of Java object that Kafka Connect ever wrote to a file: a ``HashMap<byte[], byte[]>``.

Format: Java Object Serialization Specification, chapter 6. The object is a class description, two fields, a block
with the number of entries, then keys and values in turn; each is an array of bytes, ``null``, or a reference to
something that was there before.
"""

from __future__ import annotations

import struct
from typing import Final

__all__ = ["JAVA_MAGIC", "read_java_map"]

JAVA_MAGIC: Final = b"\xac\xed\x00\x05"

_NULL, _REFERENCE, _CLASS_DESCRIPTION, _OBJECT = 0x70, 0x71, 0x72, 0x73
_ARRAY, _BLOCK_DATA, _END_BLOCK_DATA = 0x75, 0x77, 0x78
_FIRST_HANDLE = 0x7E0000
_OBJECT_FIELD_TYPES = b"[L"


def read_java_map(data: bytes) -> dict[bytes, bytes]:
    """Entries of the map, without those whose key or value is ``null``.

    Raises:
        ValueError: The bytes are something else or are cut off.
    """
    try:
        return _Reader(data).read_map()
    except (IndexError, struct.error) as exc:
        raise ValueError("the Java object in it is cut off") from exc


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = len(JAVA_MAGIC)
        # Everything that later parts may refer to, in the order in which Java numbers it.
        self._handles: list[object] = []

    def read_map(self) -> dict[bytes, bytes]:
        self._expect(_OBJECT)
        name, fields_size = self._class_description()
        if name != "java.util.HashMap":
            raise ValueError(f"it holds a Java object of class {name} instead of java.util.HashMap")
        self._handles.append(None)
        self._take(fields_size)
        self._expect(_BLOCK_DATA)
        block = self._take(self._byte())
        (entries,) = struct.unpack(">i", block[4:8])
        pairs = [(self._bytes(), self._bytes()) for _ in range(entries)]
        self._expect(_END_BLOCK_DATA)
        return {key: value for key, value in pairs if key is not None and value is not None}

    def _class_description(self) -> tuple[str, int]:
        """Name of the class, and size of its primitive fields."""
        if self._byte() == _REFERENCE:
            found = self._reference()
            if isinstance(found, tuple):
                return found
            raise ValueError("the Java object in it refers to a class that is none")
        self._at -= 1
        self._expect(_CLASS_DESCRIPTION)
        name = self._text()
        self._take(8 + 1)
        index = len(self._handles)
        self._handles.append(None)
        sizes = {ord("B"): 1, ord("Z"): 1, ord("C"): 2, ord("S"): 2, ord("I"): 4, ord("F"): 4, ord("J"): 8, ord("D"): 8}
        (fields,) = struct.unpack(">H", self._take(2))
        size = 0
        for _ in range(fields):
            kind = self._byte()
            if kind in _OBJECT_FIELD_TYPES:
                raise ValueError(f"the Java object of class {name} in it has fields that are not expected")
            self._text()
            size += sizes[kind]
        self._expect(_END_BLOCK_DATA)
        self._expect(_NULL)
        self._handles[index] = (name, size)
        return name, size

    def _bytes(self) -> bytes | None:
        match self._byte():
            case 0x70:
                return None
            case 0x71:
                found = self._reference()
                if found is None or isinstance(found, bytes):
                    return found
            case 0x75:
                name, _ = self._class_description()
                index = len(self._handles)
                self._handles.append(None)
                (size,) = struct.unpack(">i", self._take(4))
                if name == "[B" and size >= 0:
                    self._handles[index] = self._take(size)
                    return bytes(self._data[self._at - size : self._at])
        raise ValueError("the Java map in it has keys or values that are not arrays of bytes")

    def _reference(self) -> object:
        (handle,) = struct.unpack(">i", self._take(4))
        return self._handles[handle - _FIRST_HANDLE]

    def _text(self) -> str:
        (size,) = struct.unpack(">H", self._take(2))
        return self._take(size).decode()

    def _expect(self, code: int) -> None:
        if (found := self._byte()) != code:
            raise ValueError(
                f"the Java object in it has the code {found:#x} at byte {self._at - 1} instead of {code:#x}"
            )

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _take(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        if len(taken) < size:
            raise IndexError(size)
        self._at += size
        return taken
