"""Put values through all five faces of a column on real servers, and hold the faces together.

For every value: what SQL and Python load is the same, the three canonical texts are the same,
what the predicates flag is what Python rejects, and a loud refusal is one PostgreSQL makes too.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg2
import psycopg2.extras

from mappings.catalogue import SourceColumn
from mappings.compiler.column import compile_column
from mappings.errors import Reject
from mappings.plan import ColumnPlan
from mappings.sqltext import ROW
from mappings.steps.base import Step
from mappings.target import TargetField
from tests.fix_servers import connect_mysql
from tests.mappings.hidden import assert_hidden

SESSION = ("SET NAMES utf8mb4", "SET sql_mode = ''", "SET time_zone = '+00:00'")


def field(base: str, **facts: Any) -> TargetField:
    """A nullable target field called `v`."""
    return TargetField(name="v", column="v", base=base, null=True, **facts)


@dataclass
class Row:
    """One value: what MySQL says of it and what Python says of it."""

    copy: bytes
    raw: bytes | None
    canonical: bytes | None
    guarded: bool
    refused: dict[str, bool]
    """Codes of the predicates that hold -> whether the refusal is silent."""
    value: Any = None
    rejected: str | None = None


class Checker:
    """Two connections, and `check`. With `unseen`: codes for which SQL has no predicate."""

    def __init__(self, source_url: str, target_url: str) -> None:
        self.source = connect_mysql(source_url, use_unicode=False, conv={})
        self.target = psycopg2.connect(target_url)
        psycopg2.extras.register_uuid(conn_or_curs=self.target)
        psycopg2.extras.register_default_jsonb(self.target, loads=_loads)
        self.version = self.source.get_server_info()
        for statement in SESSION:
            self._my(statement)

    def close(self) -> None:
        self.source.close()
        self.target.close()

    def check(
        self,
        ddl: str,
        target: TargetField,
        values: Iterable[str | bytes | None],
        *,
        steps: Sequence[Step] = (),
        unseen: Iterable[str] = (),
        spelled: bool = True,
    ) -> dict[str, str | None]:
        """Check all values; return, for each as it was given, the code that rejected it.

        With `spelled` false, the canonical text of the source may be another one.
        A value is SQL, or bytes for a string. Raises `AssertionError` at the first disagreement.
        """
        literals = [_literal(value) for value in values]
        self._create(ddl, literals)
        plan = compile_column("test", self.column(), steps, target)
        rows = self._read(plan)
        for row, literal in zip(rows, literals, strict=True):
            _python(row, plan)
            _agree_on_refusal(row, literal, set(unseen))
        if not spelled:
            for row in rows:
                row.canonical = None
        self._compare_loads(plan, rows, literals, target)
        return {text: row.rejected for text, row in zip(literals, rows, strict=True)}

    def plan(self, ddl: str, target: TargetField, *steps: Step) -> ColumnPlan:
        """The plan alone."""
        self._create(ddl, [])
        return compile_column("test", self.column(), steps, target)

    def _my(self, statement: str) -> Sequence[Any]:
        with self.source.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def pg(self, statement: str, *values: Any) -> Sequence[Any]:
        """Run a statement on the target, and return its rows."""
        with self.target.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else ()

    def _create(self, ddl: str, literals: list[str]) -> None:
        self._my("DROP TABLE IF EXISTS s")
        self._my(f"CREATE TABLE s (id INT PRIMARY KEY AUTO_INCREMENT, v {ddl})")
        self._my("SET sql_mode = 'ALLOW_INVALID_DATES'")
        if literals:
            self._my(f"INSERT INTO s (v) VALUES {', '.join(f'({text})' for text in literals)}")
        self._my("SET sql_mode = ''")

    def column(self) -> SourceColumn:
        """The column of the last check, as the catalogue describes it."""
        [got] = self._my(
            "SELECT DATA_TYPE, COLUMN_TYPE, IS_NULLABLE, CHARACTER_MAXIMUM_LENGTH,"
            " CHARACTER_OCTET_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION,"
            " CHARACTER_SET_NAME, COLLATION_NAME FROM information_schema.COLUMNS"
            " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 's' AND COLUMN_NAME = 'v'"
        )
        texts = [None if value is None else value.decode() for value in got]
        numbers = [None if text is None else int(text) for text in texts[3:8]]
        return SourceColumn(
            name="v",
            data_type=texts[0].lower(),
            column_type=texts[1],
            nullable=texts[2] == "YES",
            max_chars=numbers[0],
            max_octets=numbers[1],
            precision=numbers[2],
            scale=numbers[3],
            fraction=numbers[4] or 0,
            charset=texts[8],
            collation=texts[9],
        )

    def _read(self, plan: ColumnPlan) -> list[Row]:
        asked = [f"CONCAT({_BYTES}, {plan.copy})", plan.raw]
        asked.append(f"CONCAT({_BYTES}, {plan.canonical_source or 'NULL'})")
        asked.append(" OR ".join(f"({guard})" for guard in plan.guards) or "0")
        asked += [f"({refusal.sql})" for refusal in plan.refusals]
        rows = []
        for got in self._my(f"SELECT {', '.join(asked)} FROM s {ROW} ORDER BY id"):
            copy, raw, canonical, guarded, *refused = got
            assert None not in refused, "a predicate is NULL"
            flags = zip(plan.refusals, refused, strict=True)
            assert canonical is not None or plan.canonical_source is None, "canonical is NULL"
            codes = {r.code: r.silent for r, flag in flags if flag != b"0"}
            rows.append(Row(copy, raw, canonical, guarded != b"0", codes))
        return rows

    def _compare_loads(
        self, plan: ColumnPlan, rows: list[Row], literals: list[str], target: TargetField
    ) -> None:
        size = f"({target.size}{f', {target.scale}' if target.scale is not None else ''})"
        pg_type = f"{target.base}{size if target.size else ''}{'[]' if target.array else ''}"
        self.target.rollback()
        self.pg("SET TIME ZONE 'UTC'")
        for name in ("by_sql", "by_python"):
            self.pg(f"DROP TABLE IF EXISTS {name}")
            self.pg(f"CREATE TABLE {name} (id integer, v {pg_type})")
        good = [(i, row) for i, row in enumerate(rows) if row.rejected is None]
        self._copy("by_python", [(i, plan.encode(row.value)) for i, row in good])
        if not plan.python_tier:
            self._copy("by_sql", [(i, row.copy) for i, row in good if not row.guarded])
            for row, literal in zip(rows, literals, strict=True):
                self._check_refused(row, literal)
        differing = self.pg(
            "SELECT id, q.v::text, p.v::text FROM by_sql q JOIN by_python p USING (id)"
            " WHERE q.v::text IS DISTINCT FROM p.v::text"
        )
        assert not differing, [(literals[i], a, b) for i, a, b in differing]
        stored = self.pg(f"SELECT id, {plan.canonical_target}, v FROM by_python t ORDER BY id")
        for (i, canonical, read), (j, row) in zip(stored, good, strict=True):
            assert i == j
            mine = plan.canonical(row.value)
            assert mine == canonical.encode(), (literals[i], "Python and target", mine, canonical)
            if row.canonical is not None and not row.guarded:
                assert mine == row.canonical, (literals[i], "source", mine, row.canonical)
            seen = bytes(read) if isinstance(read, memoryview) else read
            assert seen == row.value, (literals[i], "Django reads", seen, row.value)

    def _check_refused(self, row: Row, literal: str) -> None:
        """A row with loud refusals only is one that PostgreSQL refuses by itself."""
        if row.rejected is None or row.guarded or any(row.refused.values()):
            return
        self.pg("SAVEPOINT refused")
        try:
            self._copy("by_sql", [(-1, row.copy)])
        except psycopg2.DataError:
            self.pg("ROLLBACK TO refused")
        else:
            raise AssertionError(f"{literal}: PostgreSQL takes it, yet {row.rejected} is loud")

    def _copy(self, table: str, fields: Iterable[tuple[int, bytes]]) -> None:
        lines = b"".join(b"%d\t%b\n" % line for line in fields)
        with self.target.cursor() as cursor:
            cursor.copy_expert(f"COPY {table} FROM STDIN", io.BytesIO(lines))


def _loads(text: str) -> Any:
    """As Django does, but for integers that Python by default takes for too long."""
    return json.loads(text, parse_int=lambda digits: int(Decimal(digits)))


_BYTES = "CAST('' AS BINARY)"


def _literal(value: str | bytes | None) -> str:
    if isinstance(value, bytes):
        return f"0x{value.hex()}" if value else "''"
    return "NULL" if value is None else value


def _python(row: Row, plan: ColumnPlan) -> None:
    try:
        row.value = plan.python(row.raw)
    except Reject as reject:
        row.rejected = reject.code
        assert_hidden(reject, row.raw)
    try:
        finished = plan.finish(row.raw)
    except Reject as reject:
        assert reject.code == row.rejected, (row.raw, "the shorter way rejects", str(reject))
    else:
        assert row.rejected is None, (row.raw, "the shorter way takes it", row.rejected)
        assert finished == plan.encode(row.value), (row.raw, "the shorter way", finished)


def _agree_on_refusal(row: Row, literal: str, unseen: set[str]) -> None:
    if row.rejected in unseen and not row.refused:
        return
    if row.rejected is None:
        assert not row.refused, (literal, "Python takes it, SQL flags", row.refused)
    else:
        assert row.rejected in row.refused, (literal, row.rejected, "SQL flags", row.refused)
