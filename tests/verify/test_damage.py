"""Every kind of damage is found, and named with its key and its column."""

from __future__ import annotations

from typing import Any

import pytest

from tests.verify.conftest import Moved
from tests.verify.legacy import ROWS
from verify import Finding

SMALLEST = {
    "small": "small + 1",
    "big": "big - 1",
    "flag": "NOT flag",
    "price": "price + 0.01",
    "ratio": "ratio + 1e-15",
    "born": "born + 1",
    "seen": "seen + interval '1 microsecond'",
    "stamp": "stamp + interval '1 hour'",
    "span": "span - interval '1 microsecond'",
    "clock": "clock + interval '1 second'",
    "year": "year - 1",
    "code": "replace(code, 'Æ', 'AE')",
    "title": "title || ' '",
    "body": "replace(body, E'\\n', E'\\r\\n')",
    "data": r"data || '\x00'::bytea",
    "kind": "upper(kind)",
    "tags": "tags || 'y'::varchar",
    "settings": "jsonb_set(settings, '{n}', '0')",
    "token": "'00000000-0000-0000-0000-0000000000ff'",
}
POSITIONS = {"first": 1, "middle": ROWS // 2, "last": ROWS}


def checked(moved: Moved, table: str) -> list[Finding]:
    """What level 2 finds in one table."""
    report = moved.verify("checksums", tables=[table])
    assert not report.ok
    assert sum(report.totals.values()) == len(report.findings)
    return list(report.findings)


def only(moved: Moved, table: str) -> Finding:
    found = checked(moved, table)
    assert len(found) == 1, [f.render(show_values=True) for f in found]
    return found[0]


@pytest.mark.parametrize("position", POSITIONS)
def test_smallest_change_of_each_type_is_named_to_the_cell(moved: Moved, position: str) -> None:
    """One row for all columns together would hide a column: they are damaged one by one."""
    key = POSITIONS[position]
    for column, changed in SMALLEST.items():
        table, row = "tests_verify_everything", f"WHERE id = {key}"
        moved.target(f"CREATE TABLE saved AS SELECT {column} AS was FROM {table} {row}")
        moved.target(f"UPDATE {table} SET {column} = {changed} {row}")
        found = only(moved, "EverythingMapping")
        assert (found.kind, found.key, found.columns) == ("mismatched", (key,), (column,))
        assert found.source_values != found.target_values
        moved.target(f"UPDATE {table} SET {column} = (SELECT was FROM saved) {row}")
        moved.target("DROP TABLE saved")
    assert moved.verify("checksums", tables=["EverythingMapping"]).ok


@pytest.mark.parametrize("column", [c for c in SMALLEST if c not in ("small", "flag")])
def test_value_turned_to_null_is_named(moved: Moved, column: str) -> None:
    moved.target(f"UPDATE tests_verify_everything SET {column} = NULL WHERE id = 7")
    found = only(moved, "EverythingMapping")
    assert (found.kind, found.key, found.columns) == ("mismatched", (7,), (column,))
    assert found.target_values == (None,)


TEXTS = {
    "pairing": (
        "PairingMapping",
        '"left" = {0} AND "right" = {1}',
        [(0, 10**12 + 1), (3, 10**12 + 6), (7, 10**12 + 4)],
    ),
    "named": ("NamedMapping", "name = '{0}'", [("ab1",), ("a-b30",), ("b_a59",)]),
}  # fmt: skip
TEXT_DAMAGE = {
    "trailing space": ("first = first || ' '", ("first",)),
    "case": ("first = upper(first)", ("first",)),
    "NULL to empty": ("second = ''", ("second",)),
    "to NULL": ("first = NULL", ("first",)),
    "swapped columns": ("first = second, second = first", ("first", "second")),
    "truncated": ("second = left(second, 1)", ("second",)),
    "moved border": ("first = first || 's', second = substr(second, 2)", ("first", "second")),
    "normalised Unicode": ("first = E'e\\u0301'", ("first",)),
}


@pytest.mark.parametrize("damage", TEXT_DAMAGE)
@pytest.mark.parametrize("table", TEXTS)
def test_damaged_text_is_named_under_composite_and_text_keys(
    moved: Moved, table: str, damage: str
) -> None:
    name, where, keys = TEXTS[table]
    change, columns = TEXT_DAMAGE[damage]
    for key in keys:
        if damage == "NULL to empty":
            moved.legacy(
                f"UPDATE {table} SET second = NULL WHERE first = %s",
                _first(moved, table, where, key),
            )
        elif damage == "normalised Unicode":
            moved.legacy(
                f"UPDATE {table} SET first = 'é' WHERE first = %s", _first(moved, table, where, key)
            )
        moved.target(f"UPDATE tests_verify_{table} SET {change} WHERE {where.format(*key)}")
    found = checked(moved, name)
    assert {(f.kind, f.key, f.columns) for f in found} == {
        ("mismatched", key, columns) for key in keys
    }


def _first(moved: Moved, table: str, where: str, key: tuple[Any, ...]) -> str:
    rows = moved.target(f"SELECT first FROM tests_verify_{table} WHERE {where.format(*key)}")
    return str(rows[0][0])


@pytest.mark.parametrize(
    ("name", "table", "column", "keys"),
    [
        ("EverythingMapping", "everything", "id", [(1,), (30,), (60,)]),
        ("NamedMapping", "named", "name", [("ab1",), ("a-b30",), ("b_a59",)]),
    ],
)
def test_deleted_and_added_rows_are_named(
    moved: Moved, name: str, table: str, column: str, keys: list[tuple[Any, ...]]
) -> None:
    for (key,) in keys:
        moved.target(f"DELETE FROM tests_verify_{table} WHERE {column} = '{key}'")
    found = checked(moved, name)
    assert sorted((f.kind, f.key) for f in found) == sorted(("missing", key) for key in keys)
    report = moved.verify("counts", tables=[name])
    assert report.totals == {"count_differs": 1}

    for (key,) in keys:
        moved.legacy(f"DELETE FROM {table} WHERE {column} = %s", key)
    assert moved.verify("counts", "checksums", tables=[name]).ok

    moved.legacy(f"DELETE FROM {table} WHERE {column} = %s", 2 if column == "id" else "Åb2")
    found = checked(moved, name)
    assert [(f.kind, f.key) for f in found] == [("extra", (2 if column == "id" else "Åb2",))]


@pytest.mark.parametrize("key", [-5, 2**31 - 1])
def test_row_added_beyond_either_end_is_named(moved: Moved, key: int) -> None:
    moved.target(
        "INSERT INTO tests_verify_everything (id, small, flag)"
        f" SELECT {key}, small, flag FROM tests_verify_everything WHERE id = 1"
    )
    found = only(moved, "EverythingMapping")
    assert (found.kind, found.key) == ("extra", (key,))


def test_swapped_rows_are_both_named(moved: Moved) -> None:
    moved.target(
        "UPDATE tests_verify_pairing p SET first = q.first, second = q.second FROM"
        ' tests_verify_pairing q WHERE p."left" = q."left" AND p."left" = 3'
        ' AND p."right" + q."right" = 2000000000007 AND p."right" IN (1000000000003, 1000000000004)'
    )
    found = checked(moved, "PairingMapping")
    assert [f.key for f in found] == [(3, 10**12 + 3), (3, 10**12 + 4)]
    assert {f.columns for f in found} == {("first", "second")}


def test_child_moved_to_another_parent_is_named(moved: Moved) -> None:
    moved.target("UPDATE tests_verify_child SET parent_id = 3 WHERE id = 1")
    found = only(moved, "ChildMapping")
    assert (found.key, found.columns, found.target_values) == ((1,), ("parent",), (3,))


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM tests_verify_loose WHERE id = (SELECT max(id) FROM tests_verify_loose)",
        "DELETE FROM tests_verify_loose WHERE id = (SELECT min(id) FROM tests_verify_loose)",
    ],
)
def test_one_of_two_equal_keyless_rows_is_missed(moved: Moved, statement: str) -> None:
    moved.legacy("INSERT INTO loose SELECT * FROM loose")
    moved.target("INSERT INTO tests_verify_loose (first, second, third)"
                 " SELECT first, second, third FROM tests_verify_loose")  # fmt: skip
    assert moved.verify("checksums", tables=["LooseMapping"]).ok
    moved.target(statement)
    assert only(moved, "LooseMapping").kind == "missing"


def test_keyless_row_twice_in_the_target_is_extra(moved: Moved) -> None:
    """Two and two are not four and none: equal rows must not cancel out."""
    for _ in range(2):
        moved.target(
            "INSERT INTO tests_verify_loose (first, second, third)"
            " SELECT first, second, third FROM tests_verify_loose WHERE third = 5 LIMIT 1"
        )
    found = checked(moved, "LooseMapping")
    assert [f.kind for f in found] == ["extra", "extra"]
    assert all(f.target_key for f in found)


@pytest.mark.parametrize("damage", ["trailing space", "case", "to NULL", "moved border"])
def test_damaged_keyless_row_is_matched_and_its_columns_are_named(
    moved: Moved, damage: str
) -> None:
    change, columns = TEXT_DAMAGE[damage]
    moved.target(
        f"UPDATE tests_verify_loose SET {change}"
        " WHERE id = (SELECT max(id) FROM tests_verify_loose WHERE third = 12)"
    )
    found = only(moved, "LooseMapping")
    assert (found.kind, found.columns) == ("mismatched", columns)
    assert found.target_key


def test_damaged_row_without_its_key_in_the_target_is_named_by_the_source(moved: Moved) -> None:
    moved.target("UPDATE tests_verify_lost SET second = 'S33' WHERE first = 'f33'")
    found = only(moved, "LostMapping")
    assert (found.kind, found.key, found.columns) == ("mismatched", ("code 33",), ("second",))


def test_null_and_empty_text_differ(moved: Moved) -> None:
    moved.legacy("UPDATE named SET first = NULL WHERE name = 'ab1'")
    moved.target("UPDATE tests_verify_named SET first = '' WHERE name = 'ab1'")
    found = only(moved, "NamedMapping")
    assert (found.source_values, found.target_values) == ((None,), ("",))


@pytest.mark.parametrize(("left", "right"), [("12", "3"), ("1,", "2~,"), ("3:", ""), ("", "~,")])
def test_texts_side_by_side_do_not_run_together(moved: Moved, left: str, right: str) -> None:
    moved.legacy("UPDATE named SET first = %s, second = %s WHERE name = 'ab1'", left, right)
    both = left + right
    moved.target(
        f"UPDATE tests_verify_named SET first = '{both[:1]}', second = '{both[1:]}'"
        " WHERE name = 'ab1'"
    )
    assert only(moved, "NamedMapping").columns == ("first", "second")


def test_doubles_that_are_spelled_differently_are_no_finding(moved: Moved) -> None:
    for n, value in enumerate((1.5e-14, 1e16, 1e15, 0.1 + 0.2, 1e-5, 123456789.123456789, 5e-324)):
        moved.legacy("UPDATE everything SET ratio = %s WHERE id = %s", repr(value), n + 1)
        moved.target(f"UPDATE tests_verify_everything SET ratio = {value!r} WHERE id = {n + 1}")
    assert moved.verify("checksums", tables=["EverythingMapping"]).ok


def test_values_are_hidden_unless_asked_for(moved: Moved) -> None:
    moved.target("UPDATE tests_verify_everything SET title = 'a secret' WHERE id = 5")
    report = moved.verify("checksums", tables=["EverythingMapping"])
    assert "secret" not in report.render() + str(report.to_json())
    assert "a secret" in report.render(show_values=True)
    assert "a secret" in str(report.to_json(show_values=True))


def test_findings_are_capped_and_counted_to_the_end(
    moved: Moved, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("verify.runner.KEPT_PER_TABLE", 10)
    moved.target("UPDATE tests_verify_everything SET small = small + 1")
    report = moved.verify("checksums", tables=["EverythingMapping"])
    assert len(report.findings) == 10
    assert report.totals == {"mismatched": ROWS}
    assert f"and {ROWS - 10:,} more" in report.render()
