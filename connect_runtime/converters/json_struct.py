"""Structs to what orjson writes, without touching a field that is right as it is.

Most fields are: a string, a boolean, an integer in range. So what is done for a struct depends on the classes of its
values, taken together in one look-up; each such combination is planned once, and then only ranges are checked and the
rest converted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from types import MappingProxyType, NoneType
from typing import Any, Final, NamedTuple

from connect_runtime.sdk import DataError, Type
from connect_runtime.sdk.data import INTEGER_BITS

__all__ = ["FieldEncoder", "StructEncoder"]

_MOST_PLANS: Final = 1000
_DIRECT: Final[Mapping[Type, type]] = MappingProxyType({
    Type.STRING: str, Type.BOOLEAN: bool, Type.FLOAT64: float, **dict.fromkeys(INTEGER_BITS, int),
})  # fmt: skip


class FieldEncoder(NamedTuple):
    """How one field is written.

    Attributes:
        name: The field.
        encode: Encoder of its values, ``None`` included.
        type: Its type, ``None`` for a logical type.
        null_is_direct: Whether ``None`` is written as null.
    """

    name: str
    encode: Callable[[Any], Any]
    type: Type | None
    null_is_direct: bool


class _Plan(NamedTuple):
    ranges: Sequence[tuple[Callable[[Any], tuple[int, ...]], int, int]]
    floats: Sequence[FieldEncoder]
    others: Sequence[FieldEncoder]


class StructEncoder:
    """Encoder of the structs of one schema. Used by one thread.

    Args:
        fields: Its fields, in the schema's order.
    """

    def __init__(self, fields: Iterable[FieldEncoder]) -> None:
        self._fields = tuple(fields)
        self._names = [field.name for field in self._fields]
        self._plans: dict[tuple[type, ...], _Plan] = {}

    def __call__(self, struct: Any) -> Any:
        """A dict with every field in order. Raises: DataError, naming the field at fault."""
        if type(struct) is not dict or list(struct) != self._names:
            struct = self._arranged(struct)
        classes = tuple(map(type, struct.values()))
        plan = self._plans.get(classes) or self._planned(classes)
        for get, lowest, highest in plan.ranges:
            numbers = get(struct)
            if min(numbers) < lowest or max(numbers) > highest:
                return self._converted(struct, self._fields)
        others: Sequence[FieldEncoder] = plan.others
        for field in plan.floats:
            number = struct[field.name]
            if not (0.001 <= number < 1e7 or -1e7 < number <= -0.001 or number == 0):  # noqa: PLR2004  # Java's limits
                others = (*others, field)
        return self._converted(struct, others) if others else struct

    def _arranged(self, struct: Any) -> dict[str, Any]:
        if not isinstance(struct, Mapping):
            raise DataError(f"Invalid type for STRUCT: {type(struct).__name__} ({struct!r:.100})")
        unknown = [name for name in struct if name not in self._names]
        if unknown:
            raise DataError(f"{unknown[0]!r} is not a valid field name: the struct's schema has {self._names}")
        return {name: struct.get(name) for name in self._names}

    def _converted(self, struct: dict[str, Any], fields: Sequence[FieldEncoder]) -> dict[str, Any]:
        encoded = struct.copy()
        for field in fields:
            try:
                encoded[field.name] = field.encode(struct[field.name])
            except DataError as exc:
                raise DataError(f"Field {field.name!r}: {exc}") from exc
        return encoded

    def _planned(self, classes: tuple[type, ...]) -> _Plan:
        if len(self._plans) >= _MOST_PLANS:
            self._plans.clear()
        ranges: dict[int, list[str]] = {}
        floats: list[FieldEncoder] = []
        others: list[FieldEncoder] = []
        for field, cls in zip(self._fields, classes, strict=True):
            if cls is NoneType and field.null_is_direct:
                continue
            if field.type is None or cls is not _DIRECT.get(field.type):
                others.append(field)
            elif field.type in INTEGER_BITS:
                ranges.setdefault(INTEGER_BITS[field.type], []).append(field.name)
            elif field.type is Type.FLOAT64:
                floats.append(field)
        limits = [(_getter(names), -(1 << bits - 1), (1 << bits - 1) - 1) for bits, names in ranges.items()]
        plan = self._plans[classes] = _Plan(limits, floats, others)
        return plan


def _getter(names: Sequence[str]) -> Callable[[Any], tuple[int, ...]]:
    return itemgetter(*names, names[0])  # with one name alone it would give no tuple
