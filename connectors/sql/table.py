"""Tables as they are in the database now, and columns as they should be added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from connect_runtime.sdk import Schema
from connectors.sql.naming import TableId

__all__ = ["Column", "NewColumn", "Operation", "Table"]


class Operation(Enum):
    """What a statement does with rows."""

    INSERT = "insert"
    UPSERT = "upsert"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        name: As the database stores it.
        type_name: Its type, by the name that the dialect knows it by.
        type_sql: Its type as it can stand in a cast; empty where the dialect needs none.
        type_id: Number of the type in the database; 0 where there are none.
        nullable: Whether it may be null.
        has_default: Whether the database fills it when it is left out.
        is_generated: Whether the database computes it, so that it cannot be written.
        is_always_identity: Whether the database numbers it unless a statement insists.
    """

    name: str
    type_name: str
    type_sql: str = ""
    type_id: int = 0
    nullable: bool = True
    has_default: bool = False
    is_generated: bool = False
    is_always_identity: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view.

    Attributes:
        id: Its name.
        columns: Its columns, in order.
        is_plain: Whether rows can be streamed into it, past rules and views.
        fingerprint: Text that changes with the columns and their types; empty where the dialect needs none.
    """

    id: TableId
    columns: tuple[Column, ...]
    is_plain: bool = True
    fingerprint: str = ""
    _by_name: Mapping[str, Column] = field(init=False, repr=False, compare=False)
    _by_folded: Mapping[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name = {column.name: column for column in self.columns}
        folded = {column.name.casefold(): column for column in reversed(self.columns)}
        object.__setattr__(self, "_by_name", MappingProxyType(by_name))
        object.__setattr__(self, "_by_folded", MappingProxyType(folded))

    def column(self, name: str) -> Column | None:
        """The column of that name, else one that differs in case only, else ``None``."""
        return self._by_name.get(name) or self._by_folded.get(name.casefold())


@dataclass(frozen=True, slots=True)
class NewColumn:
    """A column to be created.

    Attributes:
        name: Its name as the database should store it.
        schema: Schema of its values.
        is_key: Whether it is part of the primary key.
        is_timestamp: Whether its integers or texts are points in time.
    """

    name: str
    schema: Schema
    is_key: bool = False
    is_timestamp: bool = False

    @property
    def nullable(self) -> bool:
        """Whether it may be null."""
        return self.schema.optional and not self.is_key
