"""What a row takes from other tables, and how it is found, is made anew by level "rows"."""

from __future__ import annotations

import decimal
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.apps.registry import Apps
from django.db import connection, models
from django.test import override_settings

from mappings import Column, Constant, Gathered, Join, ModelMapping, Picked
from mappings.base import forget
from mappings.catalogue import Catalogue
from mappings.compiler.table import Compilation, compile_table
from mappings.errors import Problem, Reject
from mappings.plan import Plan, TablePlan
from mappings.steps import static_map
from migrate.catalogue_reader import read_catalogue
from migrate.source import Source
from migrate.target import Target
from migrate.urls import parse_source_url
from verify import Declared, Departures, Report, verify_plan

LEGACY = (
    "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(40), home INT) CHARSET utf8mb4",
    "CREATE TABLE homes (id INT PRIMARY KEY, city VARCHAR(40)) CHARSET latin1",
    "CREATE TABLE facts (n INT PRIMARY KEY, person INT, k VARCHAR(20), v VARCHAR(40), KEY (person))"
    " CHARSET utf8mb4",
    "INSERT INTO people VALUES (1, 'Ann', 7), (2, 'Bob', 8), (3, 'Cy', 99), (4, NULL, NULL)",
    "INSERT INTO homes VALUES (7, 'Århus'), (8, 'Rome')",
    "INSERT INTO facts VALUES (1, 1, 'bio', 'first'), (2, 1, 'bio', 'second'),"
    " (3, 1, 'Bio', 'other'), (4, 2, 'skip', 'x'), (5, 2, 'age', '12'), (6, 3, 'bio', NULL)",
)
FACTS: Any = {"by": "person", "name": "k", "value": "v"}
BODY: dict[str, Any] = {
    "id": Column("id"),
    "name": Column("name"),
    "city": Column("home.city"),
    "bio": Picked("facts", **FACTS, pick="bio"),
    "meta": Gathered("facts", **FACTS, without=["skip"]),
    "kind": Constant("person"),
}
META: dict[str, Any] = {
    "source": "people",
    "joins": {"home": Join("homes", on={"id": "home"})},
    "where": "s.id < 100",
}


class Halves(json.JSONDecoder):
    """Floats as decimals, as a project may want them."""

    def __init__(self) -> None:
        super().__init__(parse_float=decimal.Decimal)


class Shouted(models.TextField):  # type: ignore[type-arg]
    """A field of a project's own that shows another value than the column has."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return None if value is None else value.upper() + "!"


class People:
    """The table of people on both sides; `load` fills the target as a plan says."""

    def __init__(self, source: Source, target: Target) -> None:
        self.source, self.target = source, target
        for statement in LEGACY:
            source.rows(statement)
        self.catalogue: Catalogue = read_catalogue(source)

    def plan(self, *, renumbered: bool = False, **fields: Any) -> tuple[TablePlan, Declared]:
        body = {
            "__module__": __name__,
            "id": models.IntegerField(primary_key=True),
            "name": models.TextField(null=True),
            "city": models.CharField(max_length=20, null=True),
            "bio": models.TextField(null=True),
            "meta": models.JSONField(null=True),
            "kind": models.CharField(max_length=10),
            "Meta": type("Meta", (), {"app_label": "rows", "apps": Apps(), "db_table": "person"}),
        }
        model: Any = type("Person", (models.Model,), body | fields)
        with connection.schema_editor() as editor:
            editor.create_model(model)
        meta = type("Meta", (), {**META, "model": model._meta.label})
        mapping: Any = type("PersonMapping", (ModelMapping,), {**BODY, "Meta": meta})
        forget(mapping)
        problems: list[Problem] = []
        moved = {model: static_map({2: 200}, other="keep")} if renumbered else {}
        compilation = Compilation(
            catalogue=self.catalogue, using="default", report=problems.append, renumbering=moved
        )
        table = compile_table(compilation, mapping, model)
        assert table is not None and not problems, problems
        declared = Declared(mappings=(mapping,), catalogue=self.catalogue, renumbering=moved)
        return table, declared

    def load(self, table: TablePlan) -> None:
        names = ", ".join(column.column for column in table.columns)
        fields = ", ".join(f"CONCAT('', {column.copy})" for column in table.columns)
        lines = []
        for row in self.source.rows(f"SELECT {fields} FROM {table.source.relation}"):
            cells = zip(table.columns, row, strict=True)
            made = [c.finish(raw) if c.python_tier else raw or b"" for c, raw in cells]
            lines.append(b"\t".join(made) + b"\n")
        self.target.copy(f"COPY person ({names}) FROM STDIN", lines)

    def look(self, table: TablePlan, declared: Declared, *levels: Any, **more: Any) -> Report:
        return verify_plan(
            Plan(tables=(table,)),
            [self.source],
            [self.target],
            levels=levels or ("rows",),
            declared=declared,
            **more,
        )


@pytest.fixture
def people(source_db: str, django_target: str) -> Iterator[People]:
    source = Source(parse_source_url(source_db))
    target = Target(connection.settings_dict)
    yield People(source, target)
    source.close()
    target.close()


def test_a_right_load_gives_no_finding(people: People) -> None:
    table, declared = people.plan()
    people.load(table)
    report = people.look(table, declared)
    assert [f.render(show_values=True) for f in report.findings] == []
    assert [r.chunks for r in report.results] == [4]
    held = people.target.rows("SELECT city, bio, meta::text, kind FROM person ORDER BY id LIMIT 1")
    assert held == [("Århus", "first", '{"Bio": "other", "bio": ["first", "second"]}', "person")]


def without_homes(table: TablePlan) -> TablePlan:
    joins = tuple(
        replace(join, condition=f"({join.condition}) AND FALSE") if join.alias == "home" else join
        for join in table.source.joins
    )
    return replace(table, source=replace(table.source, joins=joins))


def with_the_last_pick(table: TablePlan) -> TablePlan:
    joins = tuple(
        replace(join, condition=join.condition.replace("MIN(", "MAX("))
        for join in table.source.joins
    )
    return replace(table, source=replace(table.source, joins=joins))


def without_gathering(table: TablePlan) -> TablePlan:
    columns = tuple(
        column.but(copy="'0:'", raw="'0:'", whole=None) if column.name == "meta" else column
        for column in table.columns
    )
    return replace(table, columns=columns)


def with_another_constant(table: TablePlan) -> TablePlan:
    columns = tuple(
        column.but(copy="'animal'", canonical_source="'6:animal'", python=lambda raw: "animal")
        if column.name == "kind"
        else column
        for column in table.columns
    )
    return replace(table, columns=columns)


@pytest.mark.parametrize(
    ("spoil", "damaged"),
    [
        (without_homes, {(1, "city"), (2, "city")}),
        (with_the_last_pick, {(1, "bio")}),
        (without_gathering, {(1, "meta"), (2, "meta"), (3, "meta")}),
        (with_another_constant, {(n, "kind") for n in range(1, 5)}),
    ],
)
def test_a_wrong_plan_is_caught(
    people: People, spoil: Callable[[TablePlan], TablePlan], damaged: set[tuple[int, str]]
) -> None:
    table, declared = people.plan()
    wrong = spoil(table)
    people.load(wrong)
    assert people.look(wrong, declared, "counts", "checksums").findings == ()
    found = people.look(wrong, declared).findings
    assert {(f.key[0], name) for f in found for name in f.columns} == damaged


def test_rows_under_another_key_are_found_by_it(people: People) -> None:
    table, declared = people.plan(renumbered=True)
    people.load(table)
    assert people.look(table, declared).findings == ()
    people.target.execute("UPDATE person SET name = 'x' WHERE id = 200")
    (finding,) = people.look(table, declared).findings
    assert (finding.key, finding.target_key, finding.columns) == ((2,), ("200",), ("name",))


def test_fields_of_a_project_are_held_against_what_they_show(people: People) -> None:
    table, declared = people.plan(name=Shouted(null=True), meta=models.JSONField(decoder=Halves))
    people.load(table)
    assert people.look(table, declared).findings == ()
    people.target.execute("UPDATE person SET name = 'x' WHERE id = 2")
    (finding,) = people.look(table, declared).findings
    assert finding.target_values == ("X!",)


def test_step_that_fails_is_a_refusal(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    table, declared = people.plan()
    people.load(table)

    def fails(value: str) -> str:
        if value == "Bob":
            raise KeyError(value)
        if value == "Cy":
            raise Reject("bad_name", "as the step says")
        return value

    (mapping,) = declared.mappings
    monkeypatch.setitem(mapping._mapping.declarations, "name", Column("name", fails))
    found = people.look(table, declared).findings
    assert [(f.key, f.columns) for f in found] == [((2,), ("name",)), ((3,), ("name",))]
    assert "step_failed" in found[0].detail and "bad_name" in found[1].detail
    assert all("Bob" not in f.render() for f in found)
    told = {"PersonMapping": Departures(rejected=frozenset({(2,), (3,)}))}
    people.target.execute("DELETE FROM person WHERE id IN (2, 3)")
    assert people.look(table, declared, departures=told).findings == ()


def test_moments_are_compared_without_use_tz(people: People) -> None:
    people.source.rows("ALTER TABLE people ADD seen DATETIME(6)")
    people.source.rows("UPDATE people SET seen = '2009-07-01 12:34:56.789'")
    people.catalogue = read_catalogue(people.source)
    BODY["seen"], META["time_zone"] = Column("seen"), "Asia/Kolkata"
    try:
        table, declared = people.plan(seen=models.DateTimeField(null=True))
    finally:
        del BODY["seen"], META["time_zone"]
    people.load(table)
    assert people.look(table, declared).findings == ()
    connection.close()
    with override_settings(USE_TZ=False, TIME_ZONE="America/New_York"):
        assert people.look(table, declared).findings == ()
    connection.close()


def test_pairs_of_many_large_rows_are_read_in_a_sample(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that ends before its statement does must not keep the connection."""
    people.source.rows("DELETE FROM people")
    people.source.rows("INSERT INTO people SELECT seq, REPEAT('x', 40), 7 FROM seq_1_to_99")
    monkeypatch.setattr("verify.rows.source_rows._MOST_BYTES", 400)
    monkeypatch.setattr("verify.rows.check.few_rows", lambda *_: False)
    table, declared = people.plan()
    people.load(table)
    for all_rows in (False, True):
        report = people.look(table, declared, all_rows=all_rows)
        assert [f.render(show_values=True) for f in report.findings] == []
        assert [r.chunks for r in report.results] == [99]
