"""The schema of a target table in one hash: what a sign-off says it was."""

from __future__ import annotations

import hashlib
import json

from mappings.sqltext import pg_name
from migrate.target import Target

__all__ = ["schema_hash"]

_PARTS = {
    "table": "SELECT relpersistence::text, relrowsecurity FROM pg_class WHERE oid = %s::regclass",
    "columns": """
        SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               a.attidentity::text, a.attgenerated::text, pg_get_expr(d.adbin, d.adrelid),
               c.collname::text
        FROM pg_attribute a
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        LEFT JOIN pg_collation c ON c.oid = a.attcollation
        WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attname""",
    "constraints": """
        SELECT conname::text, pg_get_constraintdef(oid), convalidated FROM pg_constraint
        WHERE conrelid = %s::regclass ORDER BY conname""",
    "indexes": """
        SELECT pg_get_indexdef(indexrelid), indisvalid FROM pg_index
        WHERE indrelid = %s::regclass ORDER BY 1""",
    "triggers": """
        SELECT pg_get_triggerdef(oid), tgenabled::text FROM pg_trigger
        WHERE tgrelid = %s::regclass AND NOT tgisinternal ORDER BY 1""",
}


def schema_hash(target: Target, table: str) -> str | None:
    """SHA-256 of columns, constraints, indexes and triggers; None where there is no such table."""
    name = pg_name(table)
    if target.value("SELECT to_regclass(%s)", [name]) is None:
        return None
    facts = {part: target.rows(sql, [name]) for part, sql in _PARTS.items()}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
