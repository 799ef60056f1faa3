"""Level "rows" finds damage to the cell, and gives no false alarm on a clean copy."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, reset_queries
from django.test import override_settings

from migrate.catalogue_reader import read_catalogue
from tests.verify.conftest import Moved
from tests.verify.legacy import ROWS
from verify import Declared, Departures, Report, verify_plan
from verify.levels import BLIND_SPOTS

ROOT = Path(__file__).resolve().parents[3]
Look = Callable[..., Report]


def module_files() -> list[Path]:
    return sorted((ROOT / "verify" / "rows").glob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def file_of(module: str) -> Path | None:
    found = ROOT / Path(*module.split("."))
    if found.with_suffix(".py").exists():
        return found.with_suffix(".py")
    return found / "__init__.py" if (found / "__init__.py").exists() else None


def test_nothing_of_the_compiler_is_imported_by_any_way() -> None:
    seen: set[str] = set()
    open_ = [name for path in module_files() for name in imported(path)]
    while open_:
        name = open_.pop()
        if name in seen or name.partition(".")[0] not in ("mappings", "verify", "migrate"):
            continue
        seen.add(name)
        path = file_of(name)
        open_ += imported(path) if path else ()
    assert {"mappings.types", "verify.departures"} <= seen
    assert not {name for name in seen if name.startswith(("mappings.compiler", "migrate"))}


def test_no_compiled_sql_of_the_plan_is_used() -> None:
    sql = {"copy", "raw", "canonical_source", "canonical_target", "canonical", "guards"}
    sql |= {"refusals", "finish", "python_tier", "whole", "target_rows", "owns"}
    for path in module_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                assert node.attr not in sql, f"{path.name}:{node.lineno}: .{node.attr}"


@pytest.mark.parametrize("all_rows", [False, True])
def test_clean_copy_gives_no_finding(look: Look, all_rows: bool) -> None:
    report = look(all_rows=all_rows)
    assert [f.render(show_values=True) for f in report.findings] == []
    assert {r.chunks for r in report.results} == {ROWS}
    assert not any(r.note for r in report.results)


EVERYTHING = {
    "small": "small + 1",
    "big": "big - 1",
    "flag": "NOT flag",
    "price": "price + 0.01",
    "ratio": "ratio * 1.0000000000000002",
    "born": "born + 1",
    "seen": "seen + interval '1 microsecond'",
    "stamp": "stamp + interval '1 hour'",
    "span": "span - interval '1 microsecond'",
    "clock": "clock + interval '1 second'",
    "year": "NULL",
    "code": "code || ' '",
    "title": "upper(title)",
    "body": "replace(body, E'\\\\', '')",
    "data": "data || '\\x00'::bytea",
    "kind": "''",
    "tags": "tags || '{x}'",
    "settings": """'{"n": true}'""",
    "token": "NULL",
}


@pytest.mark.parametrize("column", EVERYTHING)
@pytest.mark.parametrize("key", [1, ROWS // 2, ROWS])
def test_damaged_cell_is_named(moved: Moved, look: Look, column: str, key: int) -> None:
    moved.target(
        f"UPDATE tests_verify_everything SET {column} = {EVERYTHING[column]} WHERE id = {key}"
        f" AND {column} IS DISTINCT FROM {EVERYTHING[column]} RETURNING id"
    )
    (finding,) = look(tables=["EverythingMapping"]).findings
    assert (finding.kind, finding.key, finding.columns) == ("mismatched", (key,), (column,))
    assert finding.target_key == (str(key),)
    assert repr(finding.source_values) != repr(finding.target_values)


@pytest.mark.parametrize(
    ("table", "where", "key"),
    [
        ("Pairing", '"left" = 3 AND "right" = 1000000000002', (3, 10**12 + 2)),
        ("Named", "name = 'Åb2'", ("Åb2",)),
        ("Lost", "first = 'f7'", ("code 7",)),
        ("Child", "id = 60", (60,)),
    ],
)
def test_damage_is_named_whatever_the_key(
    moved: Moved, look: Look, table: str, where: str, key: tuple[Any, ...]
) -> None:
    column = "name" if table == "Child" else "second"
    sql = f"UPDATE tests_verify_{table.lower()} SET {column} = 'x' WHERE {where} RETURNING 1"
    assert len(moved.target(sql)) == 1
    (finding,) = look().findings
    assert (finding.kind, finding.key, finding.columns) == ("mismatched", key, (column,))


def test_rows_that_nothing_names_are_compared_as_a_multiset(moved: Moved, look: Look) -> None:
    moved.target("UPDATE tests_verify_loose SET third = 77 WHERE first = 'f9' AND id % 2 = 0")
    (finding,) = look().findings
    assert (finding.kind, finding.columns) == ("mismatched", ("third",))
    assert (finding.source_values, finding.target_values) == ((9,), (77,))


def test_lost_row_is_missing(moved: Moved, look: Look) -> None:
    moved.target("DELETE FROM tests_verify_everything WHERE id = 30")
    moved.target("DELETE FROM tests_verify_loose WHERE first = 'f3'")
    found = look().findings
    assert [(f.kind, f.table, f.key) for f in found] == [
        ("missing", "EverythingMapping", (30,)),
        ("missing", "LooseMapping", ()),
        ("missing", "LooseMapping", ()),
    ]


def test_what_the_quarantine_explains_is_no_finding(moved: Moved, look: Look) -> None:
    moved.target("DELETE FROM tests_verify_everything WHERE id IN (30, 31)")
    moved.target("DELETE FROM tests_verify_loose WHERE first = 'f3'")
    moved.target("UPDATE tests_verify_child SET parent_id = NULL WHERE id = 5")
    told = {
        "EverythingMapping": Departures(rejected=frozenset({(30,)}), skipped=frozenset({(31,)})),
        "LooseMapping": Departures(rejected_count=2),
        "ChildMapping": Departures(nulled=frozenset({((5,), "parent")})),
    }
    assert look(departures=told).findings == ()


def test_row_in_quarantine_for_a_value_that_python_takes_is_found(moved: Moved, look: Look) -> None:
    moved.target("DELETE FROM tests_verify_everything WHERE id IN (30, 31)")
    told = Departures(
        rejected=frozenset({(30,), (31,)}),
        refused={(30,): (("title", "too_long"),), (31,): (("title", "not_unique"),)},
    )
    (finding,) = look(departures={"EverythingMapping": told}).findings
    assert (finding.kind, finding.key, finding.columns) == ("missing", (30,), ("title",))
    assert "too_long" in finding.detail


def test_row_that_python_refuses_and_the_target_holds_is_found(moved: Moved, look: Look) -> None:
    moved.legacy("UPDATE everything SET settings = 'not serialised' WHERE id = 12")
    (finding,) = look().findings
    assert (finding.kind, finding.key, finding.columns) == ("mismatched", (12,), ("settings",))
    assert "bad_serialize" in finding.detail
    assert "not serialised" not in finding.render()


def test_value_that_django_cannot_read_is_found(moved: Moved, look: Look) -> None:
    moved.target("UPDATE tests_verify_everything SET born = '20000-01-01' WHERE id = 12")
    (finding,) = look().findings
    assert (finding.kind, finding.key, finding.columns) == ("mismatched", (12,), ("born",))
    assert "cannot read" in finding.detail


def test_value_that_django_cannot_read_is_found_without_a_key(moved: Moved, look: Look) -> None:
    moved.target("ALTER TABLE tests_verify_loose ALTER third TYPE date USING '20000-01-01'::date")
    found = look().findings
    assert {(f.kind, f.table, f.columns) for f in found} == {
        ("mismatched", "LooseMapping", ("third",))
    }
    assert len(found) == ROWS
    assert "cannot read" in found[0].detail


def test_report_tells_the_seed_of_a_sample_and_none_without_one(look: Look) -> None:
    report = look(seed=5)
    assert json.loads(json.dumps(report.to_json()))["seed"] == 5
    assert "seed 5" in report.render()
    assert look().seed != look().seed
    assert look(all_rows=True).to_json()["seed"] is None


def test_level_needs_the_mappings(moved: Moved) -> None:
    with pytest.raises(ValueError, match="declared"):
        moved.verify("rows")
    assert "rows" not in moved.verify().levels
    assert BLIND_SPOTS["rows"]


def test_table_whose_mapping_is_not_there_is_told_as_not_covered(moved: Moved) -> None:
    declared = Declared(mappings=(), catalogue=read_catalogue(moved.sources[0]))
    report = verify_plan(
        moved.plan, moved.sources, moved.targets, levels=["rows"], declared=declared
    )
    assert all(r.note.startswith("not covered") for r in report.results)
    assert "not covered" in report.render()


def test_statements_are_not_kept_under_debug(look: Look) -> None:
    with override_settings(DEBUG=True):
        reset_queries()
        look(all_rows=True)
        assert len(connection.queries) <= 1
