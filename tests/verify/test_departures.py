"""Rows that differ on purpose are no findings; the same rows without the excuse are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mappings.plan import Plan
from tests.verify.conftest import Moved
from verify import Departures, Report, verify_plan

KEYS = {
    "EverythingMapping": ("everything", [(1,), (30,), (60,)], "id IN (1, 30, 60)"),
    "PairingMapping": (
        "pairing",
        [(0, 10**12 + 1), (3, 10**12 + 6), (7, 10**12 + 4)],
        "(\"left\", \"right\" - 1000000000000) IN ((0, 1), (3, 6), (7, 4))",
    ),
    "NamedMapping": (
        "named",
        [("Åb32".encode("latin-1").hex(),), (b"ab1".hex(),)],
        "name IN ('Åb32', 'ab1')",
    ),
    "LostMapping": ("lost", [(b"code 3".hex(),), (b"code 33".hex(),)], "first IN ('f3', 'f33')"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["rejected", "skipped"])
@pytest.mark.parametrize("name", KEYS)
def test_rows_left_out_are_no_findings(moved: Moved, name: str, kind: str) -> None:
    table, keys, where = KEYS[name]
    moved.target(f"DELETE FROM tests_verify_{table} WHERE {where}")
    bare = moved.verify("counts", "checksums", tables=[name])
    assert bare.totals == {"count_differs": 1, "missing": len(keys)}
    excused = {name: Departures(**{kind: frozenset(keys)})}
    report = moved.verify("counts", "checksums", tables=[name], departures=excused)
    assert report.ok, report.render()
    counts = next(r for r in report.results if r.level == "counts")
    assert getattr(counts, kind) == len(keys)


@pytest.mark.parametrize("name", ["EverythingMapping", "NamedMapping", "LostMapping"])
def test_rejected_row_that_is_in_the_target_all_the_same_is_extra(moved: Moved, name: str) -> None:
    _, keys, _ = KEYS[name]
    excused = {name: Departures(rejected=frozenset(keys[:1]))}
    report = moved.verify("counts", "checksums", tables=[name], departures=excused)
    assert report.totals == {"count_differs": 1, "extra": 1}


def test_rejected_rows_of_a_keyless_table_are_counted(moved: Moved) -> None:
    moved.target("DELETE FROM tests_verify_loose WHERE third IN (4, 5)")
    gone = {"LooseMapping": Departures(rejected_count=3, skipped_count=1)}
    levels = ("counts", "checksums")
    assert moved.verify(*levels, tables=["LooseMapping"], departures=gone).ok
    fewer = {"LooseMapping": Departures(rejected_count=3)}
    report = moved.verify(*levels, tables=["LooseMapping"], departures=fewer)
    assert report.totals == {"count_differs": 1, "missing": 1}


@pytest.mark.parametrize(
    ("name", "table", "field", "key", "where"),
    [
        ("ChildMapping", "child", "parent", (7,), "id = 7"),
        ("NamedMapping", "named", "second", (b"ab1".hex(),), "name = 'ab1'"),
        ("LostMapping", "lost", "second", (b"code 3".hex(),), "first = 'f3'"),
        ("EverythingMapping", "everything", "settings", (9,), "id = 9"),
    ],
)
def test_reference_loaded_as_null_is_no_finding(
    moved: Moved, name: str, table: str, field: str, key: tuple[int | str, ...], where: str
) -> None:
    column = "parent_id" if field == "parent" else field
    moved.target(f"UPDATE tests_verify_{table} SET {column} = NULL WHERE {where}")
    bare = moved.verify("checksums", tables=[name])
    assert [f.columns for f in bare.findings] == [(field,)]
    excused = {name: Departures(nulled=frozenset({(key, field)}))}
    assert moved.verify("checksums", tables=[name], departures=excused).ok
    moved.target(f"UPDATE tests_verify_{table} SET {_other(table)} WHERE {where}")
    report = moved.verify("checksums", tables=[name], departures=excused)
    assert [f.kind for f in report.findings] == ["mismatched"], "its other columns still count"
    assert field not in report.findings[0].columns


def test_reference_that_is_not_null_though_the_ledger_says_so_is_a_finding(moved: Moved) -> None:
    excused = {"ChildMapping": Departures(nulled=frozenset({((7,), "parent")}))}
    report = moved.verify("checksums", tables=["ChildMapping"], departures=excused)
    (found,) = report.findings
    assert (found.key, found.columns, found.source_values) == ((7,), ("parent",), (None,))


def _other(table: str) -> str:
    return {"child": "size = size + 1", "everything": "small = 0"}.get(table, "first = 'x'")


def test_rows_that_were_there_before_are_ignored_on_both_sides(moved: Moved) -> None:
    moved.target("UPDATE tests_verify_everything SET title = 'kept' WHERE id = 12")
    moved.target(
        "INSERT INTO tests_verify_everything (id, small, flag) VALUES (1000, 1, true), (0, 1, true)"
    )
    kept = Departures(kept=frozenset({(12,)}), existing=frozenset({"12", "1000", "0"}))
    name = "EverythingMapping"
    report = moved.verify("counts", "checksums", tables=[name], departures={name: kept})
    assert report.ok, report.render()
    assert moved.verify("checksums", tables=[name]).totals == {"mismatched": 1, "extra": 2}


def test_excuse_for_a_row_that_the_source_has_lost_since_is_void(moved: Moved) -> None:
    moved.target("DELETE FROM tests_verify_everything WHERE id = 5")
    moved.legacy("DELETE FROM everything WHERE id = 5")
    gone = {"EverythingMapping": Departures(rejected=frozenset({(5,)}))}
    levels = ("counts", "checksums")
    assert moved.verify(*levels, tables=["EverythingMapping"], departures=gone).ok


def _without_key(moved: Moved, name: str) -> Plan:
    """A plan of that table alone, as if nothing named its rows."""
    table = moved.table(name)
    source = replace(table.source, key=())
    return Plan(tables=(replace(table, source=source, key=(), identity=()),))


@pytest.mark.parametrize("matched", [300, 0])
def test_references_loaded_as_null_in_rows_without_a_key_are_counted(
    moved: Moved, monkeypatch: pytest.MonkeyPatch, matched: int
) -> None:
    """However many they are: not only among the rows that are matched by likeness."""
    monkeypatch.setattr("verify.multiset._MATCHED", matched)
    moved.target("UPDATE tests_verify_child SET parent_id = NULL WHERE id > 20")
    plan, name = _without_key(moved, "ChildMapping"), "ChildMapping"

    def verified(nulled: int) -> Report:
        told = {name: Departures(nulled_count=nulled)}
        return verify_plan(
            plan, moved.sources, moved.targets, levels=("counts", "checksums"), departures=told
        )

    assert verified(40).ok
    kinds = {"mismatched": 1} if matched else {"missing": 1, "extra": 1}
    assert verified(39).totals == kinds
    moved.target("UPDATE tests_verify_child SET size = size + 1 WHERE id = 30")
    assert verified(40).totals == kinds, "the row's other columns still count"


def test_rows_whose_keys_are_not_known_are_counted_beside_those_with_keys(moved: Moved) -> None:
    moved.target("DELETE FROM tests_verify_lost WHERE first IN ('f3', 'f4', 'f5')")
    told = Departures(skipped=frozenset({(b"code 3".hex(),)}), skipped_count=2)
    report = moved.verify(
        "counts", "checksums", tables=["LostMapping"], departures={"LostMapping": told}
    )
    assert report.ok, report.render()
    assert report.results[0].skipped == 3
    fewer = {"LostMapping": replace(told, skipped_count=1)}
    report = moved.verify("counts", "checksums", tables=["LostMapping"], departures=fewer)
    assert report.totals == {"count_differs": 1, "missing": 1}


@pytest.mark.parametrize("name", ["EverythingMapping", "LostMapping"])
def test_rows_that_were_there_before_may_be_told_by_a_query(moved: Moved, name: str) -> None:
    table = moved.table(name)
    copied = ", ".join(f'"{c.column}"' for c in table.columns if c.column != "id")
    moved.target(
        f"INSERT INTO {table.target} (id, {copied}) SELECT id + 1000, {copied} FROM {table.target}"
    )
    moved.target(f"CREATE TABLE before AS SELECT id::text AS k FROM {table.target} WHERE id > 1000")
    told = {name: Departures(existing_sql="SELECT k FROM before")}
    assert moved.verify("counts", "checksums", tables=[name], departures=told).ok
    moved.target("DELETE FROM before WHERE k = (SELECT max(k) FROM before)")
    report = moved.verify("counts", "checksums", tables=[name], departures=told)
    assert report.totals == {"count_differs": 1, "extra": 1}
