"""Put values through all five faces of a column on real servers, and hold the faces together.

For every value: what SQL and Python load is the same, Django's ORM reads it back as what Python
said, the three canonical texts are the same, what the predicates flag is what Python rejects, and
a loud refusal is one PostgreSQL makes too.

`check` makes the tables for one list of values; `prepare` makes them once for many lists, each of
which is one INSERT, one SELECT and two COPYs, however many values it has.
"""

from __future__ import annotations

import io
import itertools
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg2
from django.apps.registry import Apps
from django.contrib.postgres.fields import ArrayField
from django.db import connections, models

from mappings.catalogue import SourceColumn
from mappings.compiler.column import compile_column
from mappings.errors import Reject
from mappings.plan import ColumnPlan
from mappings.sqltext import ROW
from mappings.steps.base import Step
from mappings.target import TargetField, target_field
from tests.fix_servers import connect_mysql
from tests.mappings.hidden import assert_hidden

SESSION = ("SET NAMES utf8mb4", "SET sql_mode = ''", "SET time_zone = '+00:00'")
TRIED = 20
"""Rows per code and list that PostgreSQL is asked to refuse, one by one."""
NUMBERS = itertools.count(1)


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
    """Connections to both servers, `check` and `prepare`."""

    def __init__(self, source_url: str, target_url: str) -> None:
        self.source = connect_mysql(source_url, use_unicode=False, conv={})
        self.target = psycopg2.connect(target_url)
        self.django = f"types{next(NUMBERS)}"
        facts = self.target.get_dsn_parameters()
        connections.databases[self.django] = connections.databases["default"] | {
            "NAME": facts["dbname"],
            "USER": facts["user"],
            "PASSWORD": self.target.info.password or "",
            "HOST": facts.get("host", ""),
            "PORT": facts["port"],
        }
        self.version = self.source.get_server_info()
        self.compared = 0
        """Values that have gone through all faces without a disagreement."""
        for statement in SESSION:
            self._my(statement)

    def close(self) -> None:
        self.source.close()
        self.target.close()
        connections[self.django].close()
        del connections[self.django]
        del connections.databases[self.django]

    def check(
        self,
        ddl: str,
        target: TargetField | models.Field[Any, Any],
        values: Iterable[str | bytes | None],
        *,
        steps: Sequence[Step] = (),
        unseen: Iterable[str] = (),
        spelled: bool = True,
    ) -> dict[str, str | None]:
        """Check all values; return, for each as it was given, the code that rejected it.

        With `unseen`: codes for which SQL has no predicate. With `spelled` false, the canonical
        text of the source may be another one. A value is SQL, or bytes for a string. Raises
        `AssertionError` at the first disagreement.
        """
        prepared = self.prepare(ddl, target, steps=steps, unseen=unseen, spelled=spelled)
        return prepared.check(values)

    def prepare(
        self,
        ddl: str,
        target: TargetField | models.Field[Any, Any],
        *,
        steps: Sequence[Step] = (),
        unseen: Iterable[str] = (),
        spelled: bool = True,
    ) -> Prepared:
        """Make the tables; what is returned checks lists of values until the next `prepare`."""
        facts = target if isinstance(target, TargetField) else described(target)
        self._create(ddl)
        plan = compile_column("test", self.column(), steps, facts)
        size = f"({facts.size}{f', {facts.scale}' if facts.scale is not None else ''})"
        pg_type = f"{facts.base}{size if facts.size else ''}{'[]' if facts.array else ''}"
        self.target.rollback()
        self.pg("SET TIME ZONE 'UTC'")
        checks = "" if facts.least is None else f" CHECK (v >= {facts.least})"
        checks += "" if facts.null else " NOT NULL"
        for name in ("by_sql", "by_python"):
            self.pg(f"DROP TABLE IF EXISTS {name}")
            self.pg(f"CREATE UNLOGGED TABLE {name} (id integer, v {pg_type}{checks})")
        self.target.commit()
        model = _model(_read_by(facts) if isinstance(target, TargetField) else target)
        return Prepared(self, plan, model, frozenset(unseen), spelled)

    def plan(self, ddl: str, target: TargetField, *steps: Step) -> ColumnPlan:
        """The plan alone."""
        self._create(ddl)
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

    def _create(self, ddl: str) -> None:
        self._my("DROP TABLE IF EXISTS s")
        self._my(f"CREATE TABLE s (id INT PRIMARY KEY AUTO_INCREMENT, v {ddl})")

    def fill(self, literals: Sequence[str]) -> None:
        """Let `s` hold these values and no others, in this order."""
        self._my("DELETE FROM s")
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

    def read(self, plan: ColumnPlan) -> list[Row]:
        """Every row of `s` as MySQL sees it, in order."""
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

    def copy(self, table: str, fields: Iterable[tuple[int, bytes]]) -> None:
        """COPY numbered values into a table of the target."""
        lines = b"".join(b"%d\t%b\n" % line for line in fields)
        with self.target.cursor() as cursor:
            cursor.copy_expert(f"COPY {table} FROM STDIN", io.BytesIO(lines))


@dataclass
class Prepared:
    """Tables for one column, one plan and one field, and a model over what Python has loaded."""

    checker: Checker
    plan: ColumnPlan
    model: type[models.Model]
    unseen: frozenset[str]
    spelled: bool

    def check(self, values: Iterable[str | bytes | None]) -> dict[str, str | None]:
        """As `Checker.check` does."""
        literals = [_literal(value) for value in values]
        self.checker.fill(literals)
        rows = self.checker.read(self.plan)
        for row, literal in zip(rows, literals, strict=True):
            _python(row, self.plan)
            _agree_on_refusal(row, literal, self.unseen)
        self._compare_loads(rows, literals)
        self.checker.compared += len(rows)
        return {text: row.rejected for text, row in zip(literals, rows, strict=True)}

    def _compare_loads(self, rows: list[Row], literals: list[str]) -> None:
        plan, pg = self.plan, self.checker.pg
        self.checker.target.rollback()
        pg("TRUNCATE by_sql, by_python")
        good = [(i, row) for i, row in enumerate(rows) if row.rejected is None]
        self.checker.copy("by_python", [(i, plan.encode(row.value)) for i, row in good])
        if not plan.python_tier:
            self.checker.copy("by_sql", [(i, row.copy) for i, row in good if not row.guarded])
            self._check_refused(rows, literals)
        differing = pg(
            "SELECT id, q.v::text, p.v::text FROM by_sql q JOIN by_python p USING (id)"
            " WHERE q.v::text IS DISTINCT FROM p.v::text"
        )
        assert not differing, [(literals[i], a, b) for i, a, b in differing]
        stored = pg(f"SELECT {plan.canonical_target} FROM by_python t ORDER BY id")
        self.checker.target.commit()
        read = self.model.objects.using(self.checker.django).order_by("id").values_list("v")
        for (i, row), (canonical,), (seen,) in zip(good, stored, read, strict=True):
            mine = plan.canonical(row.value)
            assert mine == canonical.encode(), (literals[i], "Python and target", mine, canonical)
            if self.spelled and row.canonical is not None and not row.guarded:
                assert mine == row.canonical, (literals[i], "source", mine, row.canonical)
            value = bytes(seen) if isinstance(seen, memoryview) else seen
            assert value == row.value, (literals[i], "Django reads", value, row.value)

    def _check_refused(self, rows: list[Row], literals: list[str]) -> None:
        """A row with loud refusals only is one that PostgreSQL refuses by itself."""
        tried: Counter[str] = Counter()
        for row, literal in zip(rows, literals, strict=True):
            if row.rejected is None or row.guarded or any(row.refused.values()):
                continue
            tried[row.rejected] += 1
            if tried[row.rejected] > TRIED:
                continue
            self.checker.pg("SAVEPOINT refused")
            try:
                self.checker.copy("by_sql", [(-1, row.copy)])
            except (psycopg2.DataError, psycopg2.IntegrityError):
                self.checker.pg("ROLLBACK TO refused")
            else:
                raise AssertionError(f"{literal}: PostgreSQL takes it, yet {row.rejected} is loud")


def described(django: models.Field[Any, Any]) -> TargetField:
    """The target of a Django field that is to be called `v`."""
    django.set_attributes_from_name("v")
    return target_field(django, "default")


def _read_by(facts: TargetField) -> models.Field[Any, Any]:
    """A Django field that reads such a column."""
    if facts.array:
        return ArrayField(models.TextField())
    if facts.base == "numeric":
        return models.DecimalField(max_digits=facts.size, decimal_places=facts.scale)
    if facts.base == "jsonb":
        return models.JSONField(decoder=AnyInteger)
    return _FIELDS[facts.base]()


class AnyInteger(json.JSONDecoder):
    """As Django's, but for integers that Python by default takes for too long."""

    def __init__(self) -> None:
        super().__init__(parse_int=lambda digits: int(Decimal(digits)))


_FIELDS: dict[str, type[models.Field[Any, Any]]] = {
    "smallint": models.SmallIntegerField,
    "integer": models.IntegerField,
    "bigint": models.BigIntegerField,
    "double precision": models.FloatField,
    "boolean": models.BooleanField,
    "varchar": models.TextField,
    "text": models.TextField,
    "inet": models.GenericIPAddressField,
    "uuid": models.UUIDField,
    "bytea": models.BinaryField,
    "date": models.DateField,
    "timestamp with time zone": models.DateTimeField,
    "time": models.TimeField,
    "interval": models.DurationField,
}


def _model(held: models.Field[Any, Any]) -> type[models.Model]:
    meta = {"app_label": "types", "apps": Apps(), "db_table": "by_python", "managed": False}
    body = {
        "__module__": __name__,
        "id": models.IntegerField(primary_key=True),
        "v": held,
        "Meta": type("Meta", (), meta),
    }
    return type(f"Held{next(NUMBERS)}", (models.Model,), body)


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


def _agree_on_refusal(row: Row, literal: str, unseen: frozenset[str]) -> None:
    if row.rejected in unseen and not row.refused:
        return
    if row.rejected is None:
        assert not row.refused, (literal, "Python takes it, SQL flags", row.refused)
    else:
        assert row.rejected in row.refused, (literal, row.rejected, "SQL flags", row.refused)
