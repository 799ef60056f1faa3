"""Rows that differ on purpose are no findings; the same rows without the excuse are."""

from __future__ import annotations

import pytest

from tests.verify.conftest import Moved
from verify import Departures

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
