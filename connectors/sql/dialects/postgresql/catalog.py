"""What PostgreSQL's catalog says of a table."""

from __future__ import annotations

from typing import Any, Final

from connectors.sql.dialects.postgresql.statements import quoted_table
from connectors.sql.naming import TableId
from connectors.sql.table import Column, Table

__all__ = ["find_table", "fingerprint"]

_FINGERPRINT: Final = """
SELECT string_agg(quote_ident(attname) || ' ' || atttypid, ',' ORDER BY attnum)
  FROM pg_catalog.pg_attribute WHERE attrelid = {} AND attnum > 0 AND NOT attisdropped
"""
_FINGERPRINT_NOW: Final = _FINGERPRINT.format("pg_catalog.to_regclass(%s)").encode()

# One row for each column; a domain is described by the type below it, which is what its values travel as.
_COLUMNS: Final = f"""
SELECT c.relkind IN ('r', 'p', 'f') AND NOT c.relrowsecurity AS is_plain,
       a.attname, a.attnotnull, a.atthasdef, a.attidentity, a.attgenerated,
       b.oid, b.typname, b.typtype, n.nspname, quote_ident(n.nspname) || '.' || quote_ident(b.typname),
       ({_FINGERPRINT.format("c.oid")})
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN LATERAL (
       WITH RECURSIVE chain AS (
            SELECT oid, typbasetype, typtype FROM pg_catalog.pg_type WHERE oid = a.atttypid
            UNION ALL
            SELECT p.oid, p.typbasetype, p.typtype
              FROM chain JOIN pg_catalog.pg_type p ON p.oid = chain.typbasetype AND chain.typtype = 'd')
       SELECT oid FROM chain WHERE typtype <> 'd') base ON true
  JOIN pg_catalog.pg_type b ON b.oid = base.oid
  JOIN pg_catalog.pg_namespace n ON n.oid = b.typnamespace
 WHERE c.oid = pg_catalog.to_regclass(%s) AND c.relkind IN ('r', 'p', 'f', 'v')
 ORDER BY a.attnum
""".encode()  # noqa: S608  # nothing in it comes from outside


def find_table(connection: Any, table: TableId) -> Table | None:
    """A table as it is now, ``None`` when there is none. Leaves a transaction open.

    Args:
        connection: The driver's connection.
        table: Its name; without a schema it is looked for along the search path.
    """
    with connection.cursor() as cursor:
        rows = cursor.execute(_COLUMNS, (quoted_table(table),)).fetchall()
    if not rows:
        return None
    return Table(table, tuple(_column(row) for row in rows), is_plain=rows[0][0], fingerprint=rows[0][-1])


def fingerprint(connection: Any, table: TableId) -> str | None:
    """What `Table.fingerprint` is now, ``None`` when there is no such table."""
    with connection.cursor() as cursor:
        found: str | None = cursor.execute(_FINGERPRINT_NOW, (quoted_table(table),)).fetchone()[0]
        return found


def _column(row: tuple[Any, ...]) -> Column:
    _, name, not_null, has_default, identity, generated, oid, type_name, kind, namespace, type_sql, _ = row
    is_known = namespace == "pg_catalog" or type_name == "citext"
    known_as = "enum" if kind == "e" else type_name if is_known else ""
    return Column(
        name=name,
        type_name=known_as,
        type_sql=type_sql,
        type_id=oid,
        nullable=not not_null,
        has_default=has_default or identity != "",
        is_generated=generated != "",
        is_always_identity=identity == "a",
    )
