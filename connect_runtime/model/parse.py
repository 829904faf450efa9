"""Text to schema and value, as Connect reads headers (``Values.parseString``)."""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from connect_runtime.errors import DataError
from connect_runtime.model.coerce import coerce, hashable
from connect_runtime.model.float32 import Float32
from connect_runtime.model.logical import decimal_scale, decimal_schema
from connect_runtime.model.schema import (
    BOOLEAN,
    FLOAT32,
    FLOAT64,
    INT8,
    INT16,
    INT32,
    INT64,
    STRING,
    Schema,
    Type,
    array_schema,
    map_schema,
)
from connect_runtime.model.temporal_text import parse_temporal
from connect_runtime.model.tokens import JAVA_BLANKS, TokenReader, is_blank
from connect_runtime.model.validate import INTEGER_BITS

__all__ = ["parse_decimal", "parse_string"]

_INTEGERS: Final = (INT8, INT16, INT32, INT64)
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_LARGEST_SCALE: Final = (1 << 31) - 1
_WIDENING: Final = (Type.INT8, Type.INT16, Type.INT32, Type.INT64, Type.FLOAT32, Type.FLOAT64)
_INT64_DIGITS: Final = 19
_COLONS_OF_A_TIME: Final = 4  # tokens after the first of 12:00:00.123Z

_Parsed = tuple[Schema | None, Any]
_NULL: Final[_Parsed] = (None, None)


def parse_string(text: str | None) -> _Parsed:
    """Schema and value of a text; whatever is nothing else is a string.

    Numbers become the smallest type that holds them, decimals with a fraction FLOAT32 where that does not overflow;
    ``[1,"a"]`` and ``{"a":1}`` become lists and maps, with ``None`` for the schema of parts that have none in common;
    dates and times must have exactly the forms of `parse_temporal`. ``None`` and ``null`` are ``(None, None)``.
    """
    if text is None:
        return _NULL
    return _Parser(text).parse(embedded=False) if text else (STRING, "")


def parse_decimal(text: str) -> Decimal:
    """A number in the syntax of Java's ``BigDecimal``.

    Raises:
        DataError: The text is not one.
    """
    if not _NUMBER.fullmatch(text):
        raise DataError("Text is not a number")
    try:
        number = Decimal(text)
    except InvalidOperation as exc:
        raise DataError("Text is too large for a number") from exc
    if abs(decimal_scale(number)) > _LARGEST_SCALE:
        raise DataError("Text is too large for a number")
    return number or number.copy_abs()  # Java's BigDecimal has no negative zero


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = TokenReader(text)

    def parse(self, *, embedded: bool) -> _Parsed:
        tokens = self._tokens
        if not tokens.has_next:
            return _NULL
        if embedded and tokens.take('"'):
            return self._quoted()
        for literal, parsed in (("null", _NULL), ("true", (BOOLEAN, True)), ("false", (BOOLEAN, False))):
            if self._takes_literal(literal, embedded=embedded):
                return parsed
        start = tokens.mark()
        try:
            if tokens.take("["):
                return self._array()
            if tokens.take("{"):
                return self._map()
        except DataError:
            tokens.rewind(start)
        token = tokens.next()
        return (STRING, token) if is_blank(token) else self._scalar(token.strip(JAVA_BLANKS), embedded=embedded)

    def _takes_literal(self, literal: str, *, embedded: bool) -> bool:
        start = self._tokens.mark()
        if self._tokens.take(literal) and (embedded or not self._tokens.has_next):
            return True
        self._tokens.rewind(start)  # also brings back blanks that were dropped while looking
        return False

    def _quoted(self) -> _Parsed:
        content: list[str] = []
        while self._tokens.has_next and not self._tokens.take('"'):
            content.append(self._tokens.next())
        text = "".join(content)
        return parse_temporal(text) or (STRING, text)

    def _scalar(self, token: str, *, embedded: bool) -> _Parsed:
        if token[0].isdigit():
            temporal = self._temporal(token)
            if temporal is not None:
                return temporal
        if token[0].isdigit() or token[0] in "+-":
            try:
                return _number(token)
            except DataError:
                pass  # not a number: a string, if that is allowed here
        if embedded:
            raise DataError("Failed to parse embedded value: only top-level text needs no quotes")
        return STRING, self._tokens.text

    def _temporal(self, token: str) -> _Parsed | None:
        position = self._tokens.mark()
        following = self._tokens.next_joined(_COLONS_OF_A_TIME)
        found = None if following is None else parse_temporal(token + following)
        if found is None:
            self._tokens.rewind(position)
            found = parse_temporal(token)
        return found

    def _array(self) -> _Parsed:
        tokens, common = self._tokens, _CommonSchema()
        items: list[Any] = []
        while tokens.has_next:
            if tokens.take("]"):
                schema = common.schema
                return array_schema(schema), items if schema is None else [coerce(schema, item) for item in items]
            if tokens.take(","):
                raise DataError("Unable to parse an empty array element")
            item_schema, item = self.parse(embedded=True)
            common.add(item_schema)
            items.append(item)
            self._end_of_item()
        raise DataError("Array is missing terminating ']'")

    def _end_of_item(self) -> None:
        position = self._tokens.mark()
        if self._tokens.take("]"):
            self._tokens.rewind(position)
        elif not self._tokens.take(","):
            raise DataError("Array elements missing ',' delimiter")

    def _map(self) -> _Parsed:
        tokens, keys, values = self._tokens, _CommonSchema(), _CommonSchema()
        entries: list[tuple[Any, Any]] = []
        while tokens.has_next:
            if tokens.take("}"):
                return _map_of(entries, keys.schema, values.schema)
            if tokens.take(","):
                raise DataError("Unable to parse a map entry with no key or value")
            key_schema, key = self.parse(embedded=True)
            if key is None:
                raise DataError("Map entry may not have a null key")
            if not tokens.take(":"):
                raise DataError("Map entry is missing ':'")
            value_schema, value = self.parse(embedded=True)
            tokens.take(",")
            keys.add(key_schema)
            values.add(value_schema)
            entries.append((hashable(key), value))
        raise DataError("Map is missing terminating '}'")


class _CommonSchema:
    """The schema that parts of a container have in common: the widest of numbers, else the last of one type."""

    def __init__(self) -> None:
        self.schema: Schema | None = None
        self._decided = False

    def add(self, schema: Schema | None) -> None:
        if schema is None or self._decided:
            return
        if self.schema is None or self.schema.type is schema.type:
            self.schema = schema
        elif self.schema.type in _WIDENING and schema.type in _WIDENING:
            self.schema = max(self.schema, schema, key=lambda one: _WIDENING.index(one.type))
        else:
            self.schema, self._decided = None, True


def _map_of(entries: list[tuple[Any, Any]], keys: Schema | None, values: Schema | None) -> _Parsed:
    found = dict(entries)
    if keys is None:
        return map_schema(None, None), found
    converted = (
        (coerce(keys, key), value if values is None else coerce(values, value)) for key, value in found.items()
    )
    return map_schema(keys, values), dict(converted)


def _number(token: str) -> _Parsed:
    number = parse_decimal(token)
    if number.adjusted() < _INT64_DIGITS and number == number.to_integral_value():
        integer = int(number)
        for schema in _INTEGERS:
            if -(1 << INTEGER_BITS[schema.type] - 1) <= integer < 1 << INTEGER_BITS[schema.type] - 1:
                return schema, integer
    scale = decimal_scale(number)
    if scale != 0 and math.isfinite(float32 := Float32(float(number))):
        return FLOAT32, float32
    if scale != 0 and math.isfinite(float(number)):
        return FLOAT64, float(number)
    return decimal_schema(scale), number
