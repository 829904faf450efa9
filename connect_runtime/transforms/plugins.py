"""Announces the built-in transforms and predicates, also under the names of the Java classes that they stand in for."""

from __future__ import annotations

from connect_runtime.sdk import Predicate, Transform, hookimpl
from connect_runtime.transforms.cast import CastKey, CastValue
from connect_runtime.transforms.expression import Expression, MatchesExpression
from connect_runtime.transforms.extract_field import ExtractFieldKey, ExtractFieldValue
from connect_runtime.transforms.filter import Filter
from connect_runtime.transforms.flatten import FlattenKey, FlattenValue
from connect_runtime.transforms.header_from import HeaderFromKey, HeaderFromValue
from connect_runtime.transforms.headers import DropHeaders, InsertHeader
from connect_runtime.transforms.hoist_field import HoistFieldKey, HoistFieldValue
from connect_runtime.transforms.insert_field import InsertFieldKey, InsertFieldValue
from connect_runtime.transforms.mask_field import MaskFieldKey, MaskFieldValue
from connect_runtime.transforms.predicates import HasHeaderKey, RecordIsTombstone, TopicNameMatches
from connect_runtime.transforms.python_function import PythonFunction
from connect_runtime.transforms.regex_router import RegexRouter
from connect_runtime.transforms.replace_field import ReplaceFieldKey, ReplaceFieldValue
from connect_runtime.transforms.set_schema_metadata import SetSchemaMetadataKey, SetSchemaMetadataValue
from connect_runtime.transforms.timestamp_converter import TimestampConverterKey, TimestampConverterValue
from connect_runtime.transforms.timestamp_router import TimestampRouter
from connect_runtime.transforms.unwrap import Unwrap
from connect_runtime.transforms.value_to_key import ValueToKey

__all__ = ["connect_aliases", "connect_predicates", "connect_transforms"]

_KAFKA = "org.apache.kafka.connect.transforms"
_TRANSFORMS: dict[type[Transform], str] = {
    CastKey: f"{_KAFKA}.Cast$Key",
    CastValue: f"{_KAFKA}.Cast$Value",
    DropHeaders: f"{_KAFKA}.DropHeaders",
    ExtractFieldKey: f"{_KAFKA}.ExtractField$Key",
    ExtractFieldValue: f"{_KAFKA}.ExtractField$Value",
    Filter: f"{_KAFKA}.Filter",
    FlattenKey: f"{_KAFKA}.Flatten$Key",
    FlattenValue: f"{_KAFKA}.Flatten$Value",
    HeaderFromKey: f"{_KAFKA}.HeaderFrom$Key",
    HeaderFromValue: f"{_KAFKA}.HeaderFrom$Value",
    HoistFieldKey: f"{_KAFKA}.HoistField$Key",
    HoistFieldValue: f"{_KAFKA}.HoistField$Value",
    InsertFieldKey: f"{_KAFKA}.InsertField$Key",
    InsertFieldValue: f"{_KAFKA}.InsertField$Value",
    InsertHeader: f"{_KAFKA}.InsertHeader",
    MaskFieldKey: f"{_KAFKA}.MaskField$Key",
    MaskFieldValue: f"{_KAFKA}.MaskField$Value",
    RegexRouter: f"{_KAFKA}.RegexRouter",
    ReplaceFieldKey: f"{_KAFKA}.ReplaceField$Key",
    ReplaceFieldValue: f"{_KAFKA}.ReplaceField$Value",
    SetSchemaMetadataKey: f"{_KAFKA}.SetSchemaMetadata$Key",
    SetSchemaMetadataValue: f"{_KAFKA}.SetSchemaMetadata$Value",
    TimestampConverterKey: f"{_KAFKA}.TimestampConverter$Key",
    TimestampConverterValue: f"{_KAFKA}.TimestampConverter$Value",
    TimestampRouter: f"{_KAFKA}.TimestampRouter",
    Unwrap: "io.debezium.transforms.ExtractNewRecordState",
    ValueToKey: f"{_KAFKA}.ValueToKey",
}
_PREDICATES: dict[type[Predicate], str] = {
    HasHeaderKey: f"{_KAFKA}.predicates.HasHeaderKey",
    RecordIsTombstone: f"{_KAFKA}.predicates.RecordIsTombstone",
    TopicNameMatches: f"{_KAFKA}.predicates.TopicNameMatches",
}


@hookimpl
def connect_transforms() -> list[type[Transform]]:
    """Every built-in transform."""
    return [*_TRANSFORMS, Expression, PythonFunction]


@hookimpl
def connect_predicates() -> list[type[Predicate]]:
    """Every built-in predicate."""
    return [*_PREDICATES, MatchesExpression]


@hookimpl
def connect_aliases() -> dict[str, str]:
    """Java class name to Python class."""
    return {java: f"{cls.__module__}.{cls.__qualname__}" for cls, java in (_TRANSFORMS | _PREDICATES).items()}
