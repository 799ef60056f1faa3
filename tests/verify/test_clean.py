"""A clean copy gives no false alarm, at any level, by any strategy."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from mappings.compiler import compile_plan
from mappings.plan import Plan
from migrate.catalogue_reader import read_catalogue
from tests.verify.conftest import Moved, connect, fill_legacy
from tests.verify.legacy import MAPPINGS, ROWS
from verify import verify_plan


def test_clean_copy_gives_no_finding(moved: Moved) -> None:
    report = moved.verify()
    assert [f.render(show_values=True) for f in report.findings if f.kind != "legacy_drift"] == []
    assert report.ok
    checked = {r.table: r for r in report.results if r.level == "checksums"}
    assert {r.source_rows for r in checked.values()} == {ROWS}


def test_strategy_follows_the_key(moved: Moved) -> None:
    report = moved.verify("checksums")
    strategies = {r.table: r.strategy for r in report.results}
    assert strategies == {
        "EverythingMapping": "ranges",
        "PairingMapping": "ranges",
        "NamedMapping": "buckets",
        "LooseMapping": "buckets",
        "LostMapping": "buckets",
        "ParentMapping": "ranges",
        "ParentMapping.friends": "ranges",
        "ChildMapping": "ranges",
    }
    chunks = {r.table: r.chunks for r in report.results}
    assert chunks["EverythingMapping"] > 2, "blocks are small so that ranges are many"


def test_json_of_a_report_is_plain_and_versioned(moved: Moved) -> None:
    written = json.loads(json.dumps(moved.verify().to_json()))
    assert written["schema_version"] == 1
    assert written["ok"] is True
    assert {table["level"] for table in written["tables"]} == {
        "counts", "checksums", "counters", "database",
    }  # fmt: skip


def test_two_mappings_into_one_table_are_refused(moved: Moved) -> None:
    """Each would call the other's rows extra."""
    second = replace(moved.table("ParentMapping"), name="OtherMapping")
    plan = Plan(tables=(*moved.plan.tables, second))
    for tables in (None, ["ParentMapping"]):
        with pytest.raises(ValueError, match=r"one table, got ParentMapping and OtherMapping$"):
            verify_plan(plan, moved.sources, moved.targets, tables=tables)
    assert verify_plan(plan, moved.sources, moved.targets, tables=["ChildMapping"]).ok


@pytest.mark.mysql56
def test_mysql_56_is_hashed_alike(source_db56: str, django_target: str) -> None:
    fill_legacy(source_db56)
    sources, targets = connect(source_db56)
    plan = compile_plan(MAPPINGS, read_catalogue(sources[0]))
    moved = Moved(plan, sources, targets, source_db56)
    moved.legacy("UPDATE pairing SET second = '&lt;' WHERE l = 3")
    moved.target("UPDATE tests_verify_pairing SET second = '<' WHERE \"left\" = 3")
    report = moved.verify()
    assert report.ok, report.render(show_values=True)
    moved.target("UPDATE tests_verify_named SET first = 'x' WHERE name = 'ab1'")
    moved.target("UPDATE tests_verify_everything SET ratio = ratio + 1e-15 WHERE id = 9")
    report = moved.verify("checksums")
    assert {(f.key, f.columns) for f in report.findings} == {
        (("ab1",), ("first",)),
        ((9,), ("ratio",)),
    }
    for opened in (*sources, *targets):
        opened.close()
