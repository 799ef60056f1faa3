"""A wrong SQL form, of any step, source type or conversion, agrees with itself in checksums.

Level "rows" names the rows that it has damaged: all of them, and no others.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from mappings import steps
from mappings.catalogue import SourceColumn
from mappings.expr import Expr, Kind, SourceValue
from mappings.steps.base import Step, as_step
from mappings.target import TargetField
from mappings.types import CONVERSIONS, SOURCES, find_conversion, read_column
from mappings.types.base import Conversion, Source
from migrate.source import Source as Reader
from migrate.target import Target
from migrate.urls import parse_source_url
from tests.fix_servers import DatabaseServer, fresh_database
from tests.mappings.steps.agreement import TYPES
from tests.mappings.steps.test_sql_forms import CASES, NOT_STEPS, PYTHON_ONLY, Case, values
from tests.mappings.types.checker import described
from tests.mappings.types.matrix import FIELDS, ROWS, Row, codes_of, field_for, safest, steps_for
from tests.verify.conftest import as_default_database
from tests.verify.rows.stage import Loaded, Stage, literal, planted, wrong
from verify import LevelResult
from verify.rows.decoding import decoder

WITH_SQL = sorted(set(steps.__all__) - PYTHON_ONLY - NOT_STEPS)
HERE = [row for row in ROWS if row.values]

FIELD_OF: dict[Kind, Any] = {
    Kind.INT: models.BigIntegerField,
    Kind.DECIMAL: lambda **more: models.DecimalField(max_digits=60, decimal_places=20, **more),
    Kind.DOUBLE: models.FloatField,
    Kind.BOOL: models.BooleanField,
    Kind.TEXT: models.TextField,
    Kind.BYTES: models.BinaryField,
    Kind.DATE: models.DateField,
    Kind.DATETIME: models.DateTimeField,
    Kind.INSTANT: models.DateTimeField,
    Kind.TIME: models.DurationField,
    Kind.ADDRESS: models.GenericIPAddressField,
    Kind.JSON: models.JSONField,
}


@pytest.fixture(scope="module")
def stage(mariadb: DatabaseServer, postgres: DatabaseServer) -> Iterator[Stage]:
    yield from staged(mariadb, postgres)


def staged(server: Any, postgres: DatabaseServer) -> Iterator[Stage]:
    for source_url in fresh_database(server):
        for target_url in fresh_database(postgres):
            with as_default_database(target_url):
                reader = Reader(parse_source_url(source_url))
                target = Target(connection.settings_dict)
                made = Stage(reader, target)
                yield made
                made.clear()
                reader.close()
                target.close()


def field_after(case: Case, type_: str) -> models.Field[Any, Any]:
    """A field for what a chain of steps makes of a type."""
    definition, facts = TYPES[type_]
    read = read_column(SourceColumn(name="v", column_type=definition.split(" char")[0], **facts))
    assert read is not None
    kind = read.expr.kind
    for step in map(as_step, case.chain):
        kind = step.returns or kind
    if kind is Kind.LIST:
        whole = any(as_step(step).name == "integers" for step in case.chain)
        base = models.BigIntegerField() if whole else models.TextField()
        return ArrayField(base, null=True)
    made: models.Field[Any, Any] = FIELD_OF[kind](null=True)
    return made


def rows_result(stage: Stage, loaded: Loaded) -> LevelResult:
    (result,) = stage.verify(loaded, "rows").results
    assert not result.note
    return result


def assert_clean(stage: Stage, loaded: Loaded) -> None:
    """A right load gives no finding, and something has been loaded."""
    found = [f.render(show_values=True) for f in rows_result(stage, loaded).findings]
    assert found == []
    assert loaded.held


def assert_caught(stage: Stage, right: Loaded, damaged: Loaded) -> None:
    """Checksums find nothing wrong with the damage, rows exactly the damaged cells."""
    keys = range(1, 1 + len(right.held) + len(right.rejected))
    changed = {key for key in keys if right.outcome(key) != damaged.outcome(key)}
    assert changed, "nothing is damaged: the test shows nothing"
    seen = [f for r in stage.verify(damaged, "counts", "checksums").results for f in r.findings]
    assert not seen, "checksums have seen it"
    found = rows_result(stage, damaged).findings
    assert {f.key[0] for f in found} == changed
    assert {f.columns for f in found} == {("v",)}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_rows_agree_with_a_right_load_through_any_steps(stage: Stage, case: Case) -> None:
    for type_ in case.types[:2]:
        definition, _ = TYPES[type_]
        every = [literal(value) for value in values(type_)]
        stage.make(f"{definition} NULL", field_after(case, type_), [*every, "NULL"])
        assert_clean(stage, stage.load(*case.chain))


@pytest.mark.parametrize("name", WITH_SQL)
def test_wrong_sql_of_a_step_is_caught(stage: Stage, name: str) -> None:
    case = next(c for c in CASES if as_step(c.chain[-1]).name == name)
    type_ = case.types[0]
    held = field_after(case, type_)
    every = [literal(value) for value in values(type_)]
    stage.make(f"{TYPES[type_][0]} NULL", held, [*every, "NULL"])
    right = stage.load(*case.chain)
    base = right.table.columns[-1].field.base
    last = planted(as_step(case.chain[-1]), base)
    assert_caught(stage, right, stage.load(*case.chain[:-1], last))


def test_wrong_sql_of_the_zone_of_a_mapping_is_caught(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = ["'2009-07-01 12:34:56'", "'2009-01-01'", "NULL"]
    stage.make("DATETIME NULL", models.DateTimeField(null=True), every)
    right = stage.load()
    monkeypatch.setattr(
        "mappings.compiler.column.local_time", lambda zone: steps.local_time("Asia/Kolkata")
    )
    assert_caught(stage, right, stage.load())


@pytest.mark.parametrize("row", HERE, ids=lambda row: row.label)
def test_rows_agree_with_a_right_load_of_any_type(stage: Stage, row: Row) -> None:
    agrees_in_every_field(stage, row)


def agrees_in_every_field(stage: Stage, row: Row) -> None:
    for name in FIELDS:
        if codes_of(row, name) is not None:
            made(stage, row, field_for(row, name))
            assert_clean_or_empty(stage, stage.load(*steps_for(row, name)))
    held, chain = safest(row)
    made(stage, row, held)
    assert_clean(stage, stage.load(*chain))


def assert_clean_or_empty(stage: Stage, loaded: Loaded) -> None:
    if loaded.held:
        assert_clean(stage, loaded)
    else:
        assert not rows_result(stage, loaded).findings


def made(stage: Stage, row: Row, held: models.Field[Any, Any]) -> None:
    every = [literal(v) if isinstance(v, bytes) else v for v in row.values]
    stage.make(row.ddl, held, every)


def source_of(row: Row) -> Source:
    (found,) = (s for s in SOURCES if row.facts["data_type"] in s.types)
    return found


@pytest.mark.parametrize("row", HERE, ids=lambda row: row.label)
def test_wrong_reading_of_a_source_type_is_caught(
    stage: Stage, row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of the raw value, from which the compiled plan's own Python begins."""
    held, chain = safest(row)
    made(stage, row, held)
    right = stage.load(*chain)
    base = right.table.columns[-1].field.base
    source = source_of(row)
    read = source.read

    def misread(column: SourceColumn) -> SourceValue:
        value = read(column)
        if column.name != "v":
            return value
        expr = wrong(value.expr, base)
        return SourceValue(expr=expr, raw=expr.sql, decode=value.decode)

    monkeypatch.setattr(source, "read", misread)
    assert_caught(stage, right, stage.load(*chain))


def test_every_source_type_has_been_planted() -> None:
    asked = {type(source_of(row)) for row in HERE}
    left = {type(s) for s in SOURCES} - asked
    assert {s.__name__ for s in left} == {"JsonColumn"}, "only MySQL has a JSON type of its own"
    assert decoder(SourceColumn(name="v", data_type="json", column_type="json"), "s.v")


NO_SQL = {"TextToJsonb", "JsonToJsonb", "JsonToText"}
"""Conversions whose canonical text only Python makes: checksums see their mistakes as well."""
CHOSEN: dict[str, tuple[str, tuple[object, ...], models.Field[Any, Any], list[str]]] = {
    "BooleanToBoolean": ("INT", (steps.to_boolean,), models.BooleanField(), ["0", "1"]),
    "BooleanToInteger": ("INT", (steps.to_boolean,), models.IntegerField(), ["0", "1"]),
    "BytesToText": ("VARBINARY(20)", (), models.TextField(), ["'a'", "''", "'\u00e6'"]),
    "ListToIntegers": (
        "VARCHAR(20)",
        (steps.split, steps.integers),
        ArrayField(models.IntegerField()),
        ["'1,2'", "''", "'5'"],
    ),
}


def stages() -> dict[str, tuple[str, tuple[object, ...], models.Field[Any, Any], list[str]]]:
    """For each conversion by name a column that it is the conversion of."""
    found = dict(CHOSEN)
    for row in HERE:
        for name in FIELDS:
            if codes_of(row, name) is None:
                continue
            held, chain = field_for(row, name), steps_for(row, name)
            read = read_column(row.column)
            assert read is not None
            kind = Kind.INSTANT if chain else read.expr.kind
            conversion = find_conversion(kind, described(held))
            every = [literal(v) if isinstance(v, bytes) else v for v in row.values]
            found.setdefault(type(conversion).__name__, (row.ddl, chain, held, every))
    return found


CONVERSION_NAMES = [type(conversion).__name__ for conversion in CONVERSIONS]


@pytest.mark.parametrize("name", [n for n in CONVERSION_NAMES if n not in NO_SQL])
def test_wrong_sql_of_a_conversion_is_caught(
    stage: Stage, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ddl, chain, held, every = stages()[name]
    stage.make(ddl, held, [*every])
    right = stage.load(*chain)
    (conversion,) = (c for c in CONVERSIONS if type(c).__name__ == name)
    for face in ("copy", "canonical_source"):
        monkeypatch.setattr(conversion, face, misled(conversion, face))
    damaged = stage.load(*chain)
    monkeypatch.undo()
    assert_caught(stage, right, damaged)


def misled(conversion: Conversion, face: str) -> Any:
    right = getattr(conversion, face)

    def of(expr: Expr, field: TargetField) -> Any:
        return right(wrong(expr, field.base), field)

    return of


def test_every_step_with_an_sql_form_has_been_planted() -> None:
    last = {as_step(case.chain[-1]).name for case in CASES}
    assert set(WITH_SQL) <= last
    assert all(isinstance(as_step(case.chain[-1]), Step) for case in CASES)
