"""What the target holds already, as far as there is a target: its tables may not exist yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mappings.plan import ColumnPlan, ReferencePlan, TablePlan
from mappings.sqltext import pg_name
from verify.dry_run.clashes import Clash
from verify.dry_run.names import RowName
from verify.dry_run.values import Values, digest, text_digest
from verify.ports import TargetConnection

__all__ = ["TargetTables"]

_PIECE = 20_000


_PACKING = """
SELECT a.attname::text, a.attstorage::text,
       CASE coalesce(nullif(to_jsonb(a)->>'attcompression', ''),
                     left(current_setting('default_toast_compression', true), 1), 'p')
       WHEN 'p' THEN 'pglz' ELSE 'another' END
FROM pg_attribute a
WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped
"""


class TargetTables:
    """The target's tables, read only. Without a connection nothing is known of any."""

    def __init__(self, target: TargetConnection | None) -> None:
        self._target = target
        self._known: dict[str, bool | None] = {}

    def rows(self, table: str) -> bool | None:
        """Whether the table holds rows; None: it does not exist, or may not be read."""
        if table not in self._known:
            self._known[table] = self._look(table)
        return self._known[table]

    def _look(self, table: str) -> bool | None:
        if self._target is None:
            return None
        readable = "SELECT has_table_privilege(to_regclass(%s), 'SELECT')"
        found = self._target.rows(readable, [pg_name(table)])[0][0]
        if not found:
            return None
        query = f"SELECT EXISTS (SELECT FROM {pg_name(table)})"
        return bool(self._target.rows(query)[0][0])

    def packing(self, table: str) -> dict[str, str | None]:
        """How the table's columns pack long values: `pglz`, None: not at all, else what is said.

        Of a column that is not there yet nothing is said.
        """
        if self._target is None:
            return {}
        found = self._target.rows(_PACKING, [pg_name(table)])
        return {name: packed if stored in ("x", "m") else None for name, stored, packed in found}

    def put_parents(
        self, values: Values, label: str, child: ColumnPlan, plan: ReferencePlan
    ) -> None:
        """Put the values that the target's rows give to a reference."""
        inner = (
            f"SELECT {pg_name(plan.parent_column)} AS {pg_name(child.column)}"
            f" FROM {pg_name(plan.parent)} WHERE {pg_name(plan.parent_column)} IS NOT NULL"
        )
        self._put(values, label, [child], inner)

    def put_texts(self, values: Values, label: str, plan: ReferencePlan) -> None:
        """Put PostgreSQL's own spelling of the keys that a generic reference may mean."""
        column = pg_name(plan.parent_column)
        for start, piece in self._pieces(f"SELECT {column}::text FROM {pg_name(plan.parent)}"):
            values.put([
                (label, text_digest(row), "", RowName(f"{label} {start + n}", None, "", ""))
                for n, row in enumerate(piece)
            ])  # fmt: skip

    def put_held(self, values: Values, clash: Clash, table: TablePlan) -> None:
        """Put the values that the table's rows hold of a unique rule that needs no judge."""
        nulls = " AND ".join(f"{pg_name(c.column)} IS NOT NULL" for c in clash.rule.columns)
        where = f" WHERE {nulls}" if clash.rule.nulls_distinct else ""
        inner = f"SELECT * FROM {pg_name(table.target)}{where}"
        self._put(values, clash.label, clash.rule.columns, inner)

    def _put(self, values: Values, label: str, columns: Sequence[ColumnPlan], inner: str) -> None:
        texts = ", ".join(column.canonical_target for column in columns)
        for start, piece in self._pieces(f"SELECT {texts} FROM ({inner}) t"):
            values.put([
                (label, digest([text.encode() for text in row]), "",
                 RowName(f"{label} {start + n}", None, "", ""))
                for n, row in enumerate(piece)
            ])  # fmt: skip

    def _pieces(self, query: str) -> Iterator[tuple[int, list[tuple[str, ...]]]]:
        """The rows a piece at a time; the target must not change meanwhile."""
        if self._target is None:
            return
        start = 0
        while piece := self._target.rows(f"{query} ORDER BY 1 LIMIT {_PIECE} OFFSET {start}"):
            yield start, piece
            start += len(piece)
