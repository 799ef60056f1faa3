"""The unique indexes of a target table, as expressions for any rows that are like its own."""

from __future__ import annotations

from dataclasses import dataclass

from mappings.sqltext import pg_name
from migrate.target import Target

__all__ = ["UniqueIndex", "unique_indexes"]

# pg_get_indexdef gives a column or an expression with names that are not qualified, so it can be
# asked of a staging table too. A constraint's index depends on the constraint, not on columns.
_QUERY = """
SELECT i.indexrelid::regclass::text,
       ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, true)
             FROM generate_series(1, i.indnkeyatts) n),
       coalesce((to_jsonb(i)->>'indnullsnotdistinct')::boolean, false),
       pg_get_expr(i.indpred, i.indrelid),
       ARRAY(SELECT a.attname::text FROM pg_attribute a
             WHERE a.attrelid = i.indrelid AND a.attnum > 0 AND (a.attnum = ANY (i.indkey)
                OR EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                           AND d.objid = i.indexrelid AND d.refobjid = i.indrelid
                           AND d.refobjsubid = a.attnum)))
FROM pg_index i WHERE i.indrelid = to_regclass(%s) AND i.indisunique
ORDER BY i.indisprimary DESC, 1
"""


@dataclass(frozen=True, kw_only=True)
class UniqueIndex:
    """A unique index: no two rows that satisfy `predicate` have the same `parts`."""

    name: str
    parts: tuple[str, ...]
    """SQL expressions over the table's own columns, not qualified; a NULL is like no other."""
    predicate: str
    columns: frozenset[str]
    """Every column that parts and predicate read."""

    def select(self, relation: str, *more: str, where: str | None = None) -> str:
        """Query of `more` and of the parts, under `names`, for the rows that the index is about."""
        parts = [f"{part} AS delamp_u{n}" for n, part in enumerate(self.parts)]
        filled = [f"({part}) IS NOT NULL" for part in self.parts]
        where = " AND ".join([f"({self.predicate})", *filled, f"({where or 'TRUE'})"])
        return f"SELECT {', '.join([*more, *parts])} FROM {relation} WHERE {where}"

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"delamp_u{n}" for n in range(len(self.parts)))


def unique_indexes(target: Target, table: str) -> tuple[UniqueIndex, ...]:
    """Every unique index of a table, its primary key first."""
    return tuple(
        UniqueIndex(
            name=name,
            # In arrays, NULL equals NULL.
            parts=tuple(f"ARRAY[{part}]" if alike else part for part in parts),
            predicate=predicate or "TRUE",
            columns=frozenset(columns),
        )
        for name, parts, alike, predicate, columns in target.rows(_QUERY, [pg_name(table)])
    )
