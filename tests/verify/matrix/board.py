"""Both databases with one table for each kind of value and shape of key, equal and kept so."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps.registry import Apps
from django.db import connection, models

from mappings import Column, ModelMapping, Reference
from mappings.base import forget
from mappings.catalogue import Catalogue
from mappings.compiler.table import Compilation, compile_table
from mappings.errors import Problem, Reject
from mappings.plan import ColumnPlan, Plan, TablePlan
from mappings.sqltext import my_name, pg_name
from migrate.catalogue_reader import read_catalogue
from migrate.source import Source
from migrate.target import Target, TargetRefused
from tests.verify.matrix.shapes import SHAPES, Shape
from tests.verify.matrix.values import Kind
from tests.verify.rows.stage import ZONE
from verify import Declared, Departures, Report, differing_keys, verify_plan

__all__ = ["Board", "Slot"]

LEVELS = ("counts", "checksums", "rows")
_APPS = itertools.count(1)


@dataclass
class Slot:
    """One table: a kind of value under a shape of key."""

    kind: Kind
    shape: Shape
    name: str
    model: type[models.Model]
    mapping: type[ModelMapping]
    rows: list[tuple[str, str, str]]
    """SQL of `v`, `w` and `x`, in the order of the keys."""
    plan: TablePlan = None  # type: ignore[assignment]
    held: list[int] = field(default_factory=list)
    """Numbers of the rows that the target holds."""
    rejected: list[int] = field(default_factory=list)
    primary: dict[int, str] = field(default_factory=dict)
    """Primary keys of the target's rows, as text, by number."""

    @property
    def positions(self) -> dict[str, int]:
        """Rows that hold the type's own value in `v` and NULL in `w`."""
        return {"first": 0, "middle": len(self.rows) // 2 - 1, "last": len(self.rows) - 1}

    @property
    def column(self) -> ColumnPlan:
        return next(c for c in self.plan.columns if c.name == "v")

    def key(self, n: int) -> tuple[Any, ...]:
        return self.shape.key(n)


def _rows(kind: Kind) -> list[tuple[str, str, str]]:
    """At both ends and in the middle the type's own value, with another one beside it."""
    rich, other = kind.rich
    edge, inner = (rich, "NULL", rich), (other, rich, rich)
    values = [*kind.values, "NULL"]
    if len(values) > 24:
        values = [values[i * len(values) // 24] for i in range(24)]
    hostile = [(a, b, rich) for a, b in zip(values, [*values[1:], "NULL"], strict=True)]
    # Both halves of one length, so that the middle is the middle.
    hostile += [hostile[0]] * (len(hostile) % 2)
    half = len(hostile) // 2
    return [edge, inner, *hostile[:half], edge, inner, *hostile[half:], inner, edge]


class Board:
    """Makes tables, fills them, and verifies and damages them one by one."""

    def __init__(self, source: Source, target: Target) -> None:
        self.source, self.target = source, target
        self.slots: dict[tuple[str, str], Slot] = {}
        self.catalogue = Catalogue(database="")

    def make(self, kinds: Iterable[Kind], shapes: Sequence[str] = tuple(SHAPES)) -> None:
        """Make and load the tables of these kinds, each in these shapes."""
        self.slots.clear()
        apps = Apps()
        label = f"matrix{next(_APPS)}"
        parent = _model(
            apps, label, f"{label}_parent", {"id": models.IntegerField(primary_key=True)}
        )
        made = []
        self.source.rows("SET sql_mode = 'ALLOW_INVALID_DATES'")
        for number, (kind, shape) in enumerate(itertools.product(kinds, shapes)):
            made.append(self._slot(apps, label, parent, kind, SHAPES[shape], number))
        self.source.rows("SET sql_mode = ''")
        self.catalogue = read_catalogue(self.source)
        with connection.schema_editor() as editor:
            editor.create_model(parent)
            for slot in made:
                editor.create_model(slot.model)
        ids = ", ".join(f"({n})" for n in range(1, 10))
        self.target.rows(f"INSERT INTO {parent._meta.db_table} VALUES {ids}")
        for slot in made:
            slot.plan = self._compile(slot)
            self._load(slot)
            self.slots[str(slot.kind), slot.shape.name] = slot

    def of(self, kind: Kind) -> list[Slot]:
        """The tables of a kind, as they were made last."""
        return [slot for (name, _), slot in self.slots.items() if name == str(kind)]

    def verify(self, slot: Slot, *levels: Any) -> Report:
        """Look at one table."""
        return verify_plan(
            Plan(tables=(slot.plan,)),
            [self.source],
            [self.target],
            levels=levels or LEVELS,
            departures={slot.plan.name: self._told(slot)},
            declared=Declared(mappings=(slot.mapping,), catalogue=self.catalogue),
            all_rows=True,
        )

    def differing(self, slot: Slot) -> list[tuple[Any, ...]]:
        """Keys of the rows that a resync would refresh, by whichever side names them."""
        found = differing_keys(slot.plan, self.source, self.target, self._told(slot))
        return [key or identity or () for key, identity in found]

    def _told(self, slot: Slot) -> Departures:
        rejected = frozenset(_stored(slot, n) for n in slot.rejected if slot.shape.columns)
        unnamed = 0 if slot.shape.columns else len(slot.rejected)
        return Departures(rejected=rejected, rejected_count=unnamed)

    def damage(self, slot: Slot, n: int, column: str, sql: str) -> bool:
        """Change one cell of row `n`; False where that leaves it as it was, or cannot be."""
        name = pg_name(column)
        here = f"WHERE n = {n}"
        try:
            self.target.execute(f"UPDATE {slot.name} SET {name} = {sql.format(c=name)} {here}")
        except TargetRefused as refused:
            assert refused.about_data, refused
            return False
        return bool(
            self.target.value(
                f"SELECT (SELECT {name}::text FROM {slot.name} {here})"
                f" IS DISTINCT FROM (SELECT {name}::text FROM {slot.name}_kept {here})"
            )
        )

    def change(self, slot: Slot, statement: str) -> bool:
        """Run a statement on the target, `{t}` its table; whether it touched a row."""
        return self.target.execute(statement.format(t=slot.name)) > 0

    def undo(self, slot: Slot) -> None:
        """Let the target hold again what was loaded."""
        name = slot.name
        self.target.rows(f"BEGIN; DELETE FROM {name}; INSERT INTO {name} TABLE {name}_kept; COMMIT")

    def _slot(
        self, apps: Apps, label: str, parent: Any, kind: Kind, shape: Shape, number: int
    ) -> Slot:
        name = f"{label}_{number}"
        ddl = kind.row.ddl
        null = f"{ddl} NULL".replace("NULL NULL", "NULL")
        not_null = f"{ddl} NOT NULL".replace("NULL NOT NULL", "NOT NULL")
        columns = f"{shape.columns.split(', PRIMARY')[0]}, " if shape.columns else ""
        primary = ", PRIMARY KEY (l, r)" if "(l, r)" in shape.columns else ""
        self.source.rows(
            f"CREATE TABLE {name} ({columns}n INT NOT NULL, parent INT NULL, v {null}, w {null},"
            f" x {not_null}{primary}) CHARACTER SET utf8mb4 ENGINE=InnoDB"
        )
        rows = _rows(kind)
        # Written in another order than that of the keys.
        order = sorted(range(len(rows)), key=lambda n: (n * 7) % len(rows))
        for n in order:
            key = "".join(f"{_quoted(part)}, " for part in shape.key(n))
            self.source.rows(
                f"INSERT INTO {name} VALUES ({key}{n}, {1 + n % 9}, {', '.join(rows[n])})"
            )
        held = {name: kind.held() for name in "vwx"}
        held["x"].null = False
        fields = {
            **shape.fields(),
            "n": models.IntegerField(),
            "parent": models.ForeignKey(parent, models.CASCADE, null=True),
            **held,
        }
        model = _model(apps, label, name, fields)
        steps = kind.steps
        body = {
            **shape.mapped(),
            "n": Column("n"),
            "parent": Reference("parent", orphans="null"),
            **{c: Column(c, *steps) for c in "vwx"},
            "Meta": type(
                "Meta", (), {"source": name, "model": model._meta.label, "time_zone": ZONE}
            ),
        }
        mapping: Any = type(f"{name.title()}Mapping", (ModelMapping,), body)
        forget(mapping)
        return Slot(kind=kind, shape=shape, name=name, model=model, mapping=mapping, rows=rows)

    def _compile(self, slot: Slot) -> TablePlan:
        problems: list[Problem] = []
        compilation = Compilation(
            catalogue=self.catalogue, using="default", report=problems.append, renumbering={}
        )
        table = compile_table(compilation, slot.mapping, slot.model)
        assert table is not None and not problems, problems
        return table

    def _load(self, slot: Slot) -> None:
        """Copy by the plan's Python tier, so that SQL and Python are held together."""
        table, lines = slot.plan, []
        raws = ", ".join(column.raw for column in table.columns)
        order = "ORDER BY n"
        for row in self.source.rows(f"SELECT n, {raws} FROM {my_name(slot.name)} s {order}"):
            n = int(row[0] or 0)
            try:
                fields = [
                    c.encode(c.python(r)) for c, r in zip(table.columns, row[1:], strict=True)
                ]
            except Reject:
                slot.rejected.append(n)
                continue
            slot.held.append(n)
            lines.append(b"\t".join(fields) + b"\n")
        names = ", ".join(pg_name(column.column) for column in table.columns)
        self.target.copy(f"COPY {slot.name} ({names}) FROM STDIN", lines)
        self.target.rows(f"CREATE TABLE {slot.name}_kept AS TABLE {slot.name}")
        (pk,) = slot.model._meta.pk_fields
        rows = self.target.rows(f"SELECT n, {pg_name(str(pk.column))}::text FROM {slot.name}")
        slot.primary = dict(rows)


def _model(apps: Apps, label: str, name: str, fields: dict[str, Any]) -> type[models.Model]:
    meta = type("Meta", (), {"app_label": label, "apps": apps, "db_table": name})
    body = {"__module__": __name__, "Meta": meta, **fields}
    return type(name.title().replace("_", ""), (models.Model,), body)


def _stored(slot: Slot, n: int) -> tuple[Any, ...]:
    """The key as the ledger has it: texts by their bytes in the source."""
    return tuple(
        str(part).encode({"latin1": "cp1252"}.get(column.charset or "", "utf-8")).hex()
        if column.kind == "text"
        else part
        for part, column in zip(slot.key(n), slot.plan.key, strict=True)
    )


def _quoted(part: Any) -> str:
    return str(part) if isinstance(part, int) else f"'{part}'"
