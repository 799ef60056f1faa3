"""A table of one column on both sides, loaded by the compiled SQL, wrong SQL planted or not."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps.registry import Apps
from django.db import connection, models

from mappings import Column, ModelMapping
from mappings.base import forget
from mappings.catalogue import Catalogue
from mappings.compiler.table import Compilation, compile_table
from mappings.errors import Problem, Reject
from mappings.expr import Expr, Kind
from mappings.plan import Plan, TablePlan
from mappings.sqltext import any_of, my_bytes, my_text
from mappings.steps.base import Step
from migrate.catalogue_reader import read_catalogue
from migrate.source import Source
from migrate.target import Target
from verify import Declared, Departures, Report, verify_plan

ZONE = "Europe/Copenhagen"
_NUMBERS = itertools.count(1)
_POINT = bytes.fromhex("010100000000000000000008400000000000001040")


def wrong(expr: Expr, base: str) -> Expr:
    """The expression with another value, which a column of type `base` takes."""
    sql = expr.sql
    text = {
        "uuid": "6fa459ea-ee8a-3ca4-894e-db77e1603550",
        "inet": "10.9.8.7",
        "jsonb": '{"q": 1}',
    }.get(base, "q")
    match expr.kind:
        case Kind.INT | Kind.BOOL:
            made = f"IF({sql} = 0, 1, 0)"
        case Kind.DECIMAL:
            made = f"CAST(3 AS DECIMAL(60, {expr.scale or 0}))"
        case Kind.DOUBLE:
            made = "3e0"
        case Kind.BYTES:
            made = my_bytes(b"q" * 16)
        case Kind.DATE:
            made = "DATE'2001-02-03'"
        case Kind.DATETIME | Kind.INSTANT:
            made = "TIMESTAMP'2001-02-03 04:05:06'"
        case Kind.TIME:
            made = "TIME'01:02:03'"
        case Kind.GEOMETRY:
            made = my_bytes(_POINT)
        case Kind.UUID:
            made = my_text("6fa459ea-ee8a-3ca4-894e-db77e1603550")
        case Kind.ADDRESS:
            made = my_text("10.9.8.7")
        case _:
            made = my_text("7" if base in ("bigint", "integer") else text)
    return expr.but(sql=made)


def planted(step: Step, base: str) -> Step:
    """The step with a wrong SQL form and the right Python form."""
    form = step.sql
    assert form is not None

    def sql(expr: Expr) -> Expr | None:
        made = form(expr)
        return None if made is None else wrong(made, base)

    return Step(**{**vars(step), "sql": sql})


@dataclass
class Loaded:
    """A plan whose table has been loaded, and what the load refused."""

    plan: Plan
    declared: Declared
    rejected: dict[tuple[int], str]
    held: dict[int, Any] = field(default_factory=dict)
    """What Django reads, by key."""

    @property
    def table(self) -> TablePlan:
        return self.plan.tables[0]

    @property
    def departures(self) -> Departures:
        return Departures(
            rejected=frozenset(self.rejected),
            refused={key: (("v", code),) for key, code in self.rejected.items()},
        )

    def outcome(self, key: int) -> Any:
        """What has become of a row, to be compared."""
        return self.rejected.get((key,), "loaded"), repr(self.held.get(key))


class Stage:
    """Connections to both servers. The target is Django's default database."""

    def __init__(self, source: Source, target: Target) -> None:
        self.source, self.target = source, target
        self.name = ""
        self.model: type[models.Model] = models.Model
        self.catalogue = Catalogue(database="")

    def make(self, ddl: str, held: models.Field[Any, Any], values: Sequence[Any]) -> None:
        """Make both tables and fill the source's. A value is SQL, bytes, or what has a text."""
        self.clear()
        self.name = f"held_{next(_NUMBERS)}"
        self.source.rows(f"CREATE TABLE {self.name} (id INT AUTO_INCREMENT PRIMARY KEY, v {ddl})")
        self.source.rows("SET sql_mode = 'ALLOW_INVALID_DATES'")
        listed = ", ".join(f"({value})" for value in values)
        self.source.rows(f"INSERT INTO {self.name} (v) VALUES {listed}")
        self.source.rows("SET sql_mode = ''")
        catalogue = read_catalogue(self.source)
        self.catalogue = Catalogue(database="", tables={self.name: catalogue.tables[self.name]})
        meta = {"app_label": "rows", "apps": Apps(), "db_table": self.name}
        self.model = type(
            self.name.title(),
            (models.Model,),
            {
                "__module__": __name__,
                "id": models.IntegerField(primary_key=True),
                "v": held,
                "Meta": type("Meta", (), meta),
            },
        )
        with connection.schema_editor() as editor:
            editor.create_model(self.model)

    def clear(self) -> None:
        """Drop the tables of the last call."""
        if self.name:
            self.source.rows(f"DROP TABLE {self.name}")
            with connection.schema_editor() as editor:
                editor.delete_model(self.model)
        self.name = ""

    def load(self, *steps: object) -> Loaded:
        """Empty the target and fill it by the compiled SQL, through these steps."""
        meta = {"source": self.name, "model": self.model._meta.label, "time_zone": ZONE}
        body = {
            "id": Column("id"),
            "v": Column("v", *steps),
            "Meta": type("Meta", (), meta),
        }
        mapping: Any = type("HeldMapping", (ModelMapping,), body)
        forget(mapping)
        problems: list[Problem] = []
        compilation = Compilation(
            catalogue=self.catalogue, using="default", report=problems.append, renumbering={}
        )
        table = compile_table(compilation, mapping, self.model)
        assert not problems, problems
        assert table is not None
        declared = Declared(mappings=(mapping,), catalogue=self.catalogue)
        loaded = Loaded(Plan(tables=(table,)), declared, {})
        self.target.execute(f"TRUNCATE {self.name}")
        self.target.copy(f"COPY {self.name} (id, v) FROM STDIN", list(self._lines(table, loaded)))
        manager: Any = self.model._base_manager
        loaded.held = {
            pk: bytes(value) if isinstance(value, memoryview) else value
            for pk, value in manager.values_list("pk", "v")
        }
        return loaded

    def _lines(self, table: TablePlan, loaded: Loaded) -> Any:
        (column,) = (c for c in table.columns if c.name == "v")
        codes = [f"IF({r.sql}, '{r.code}', NULL)" for r in column.refusals]
        fields = ", ".join(
            ["s.id", f"CONCAT('', {column.copy})", column.raw, f"({any_of(column.guards)})"] + codes
        )
        for key, copy, raw, guarded, *found in self.source.rows(
            f"SELECT {fields} FROM {self.name} s ORDER BY id"
        ):
            assert key is not None
            refused = next((code for code in found if code), None)
            if guarded != b"0" or column.python_tier or not refused:
                refused, finished = _by_python(column.finish, raw)
                copy = finished if guarded != b"0" or column.python_tier else copy
            if refused:
                loaded.rejected[(int(key),)] = refused.decode()
            else:
                assert copy is not None
                yield key + b"\t" + copy + b"\n"

    def verify(self, loaded: Loaded, *levels: Any) -> Report:
        """Look at what was loaded."""
        return verify_plan(
            loaded.plan,
            [self.source],
            [self.target],
            levels=levels,
            departures={loaded.table.name: loaded.departures},
            declared=loaded.declared,
        )


def _by_python(
    finish: Callable[[bytes | None], bytes], raw: bytes | None
) -> tuple[bytes | None, bytes | None]:
    try:
        return None, finish(raw)
    except Reject as reject:
        return reject.code.encode(), None


def literal(value: Any) -> str:
    """A value of a test as SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return my_bytes(value) if value else "''"
    return my_text(value) if isinstance(value, str) else my_text(str(value))
