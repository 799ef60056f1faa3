"""Columns and rows that only Python can make are part of every checksum."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.verify.conftest import Moved
from tests.verify.legacy import ROWS
from verify import Departures
from verify.buckets import Buckets
from verify.ports import Pair
from verify.ranges import Ranges


def test_guarded_rows_go_by_python(moved: Moved) -> None:
    """`second` has a step whose SQL form does not hold for texts with an ampersand."""
    moved.legacy("UPDATE pairing SET second = 'R&amp;D' WHERE first IN ('f10', 'f11', 'f60')")
    moved.target(
        "UPDATE tests_verify_pairing SET second = 'R&D' WHERE first IN ('f10', 'f11', 'f60')"
    )
    assert moved.verify("checksums", tables=["PairingMapping"]).ok
    moved.target("UPDATE tests_verify_pairing SET second = 'R&amp;D' WHERE first = 'f11'")
    report = moved.verify("checksums", tables=["PairingMapping"])
    assert [(f.key, f.columns) for f in report.findings] == [((1, 10**12 + 3), ("second",))]


def test_guarded_rows_go_by_python_under_a_text_key(moved: Moved) -> None:
    moved.legacy("UPDATE named SET second = 'R&amp;D' WHERE first IN ('f10', 'f11', 'f60')")
    table = "tests_verify_named"
    moved.target(f"UPDATE {table} SET second = 'R&D' WHERE first IN ('f10', 'f11', 'f60')")
    assert moved.verify("checksums", tables=["NamedMapping"]).ok
    moved.target(f"UPDATE {table} SET second = 'R&amp;D' WHERE first = 'f11'")
    report = moved.verify("checksums", tables=["NamedMapping"])
    assert [(f.key, f.columns) for f in report.findings] == [(("ab11",), ("second",))]


def test_sums_made_in_python_are_those_of_the_servers(moved: Moved) -> None:
    """Sums that never agree would only cost time, and nobody would notice."""
    moved.legacy("UPDATE named SET second = '&lt;' WHERE first = 'f10'")
    moved.target("UPDATE tests_verify_named SET second = '<' WHERE first = 'f10'")
    for name in ("NamedMapping", "LooseMapping", "LostMapping"):
        buckets = Buckets(moved.table(name), Departures(), ROWS)
        mine = buckets.source_sums(moved.sources[0])
        assert mine == buckets.target_sums(moved.targets[0])
        assert sum(rows for rows, _, _ in mine.values()) == ROWS


def test_source_value_that_python_refuses_is_a_finding_unless_rejected(moved: Moved) -> None:
    moved.legacy("UPDATE everything SET settings = 'a:1:{broken' WHERE id = 20")
    report = moved.verify("checksums", tables=["EverythingMapping"])
    (found,) = report.findings
    assert (found.kind, found.key, found.columns) == ("mismatched", (20,), ("settings",))
    assert "refused" in found.detail
    moved.target("DELETE FROM tests_verify_everything WHERE id = 20")
    (found,) = moved.verify("checksums", tables=["EverythingMapping"]).findings
    assert (found.kind, found.key) == ("missing", (20,))


@pytest.mark.parametrize("size", [3_000, 70_000])
def test_value_longer_than_a_block_is_compared_whole(moved: Moved, size: int) -> None:
    """Blocks of the fixture are 4,096 bytes: MySQL cuts what it joins at twice that."""
    moved.legacy("ALTER TABLE everything MODIFY body MEDIUMTEXT CHARACTER SET latin1")
    moved.legacy("UPDATE everything SET body = REPEAT('x', %s) WHERE id IN (3, 31)", size)
    moved.target(
        f"UPDATE tests_verify_everything SET body = repeat('x', {size}) WHERE id IN (3, 31)"
    )
    assert moved.verify("checksums", tables=["EverythingMapping"]).ok
    moved.target("UPDATE tests_verify_everything SET body = body || 'x' WHERE id = 31")
    (found,) = moved.verify("checksums", tables=["EverythingMapping"]).findings
    assert (found.key, found.columns) == ((31,), ("body",))


@pytest.mark.parametrize("most", [500, 1, 0])
@pytest.mark.parametrize("ampersands", [3, ROWS])
def test_ranges_with_guarded_rows_have_one_hash_on_both_sides(
    moved: Moved, monkeypatch: pytest.MonkeyPatch, most: int, ampersands: int
) -> None:
    """Few guarded rows are literals in MySQL's own hash, many make delamp read the range."""
    monkeypatch.setattr("verify.guarded._MOST", most)
    chosen = "(SUBSTRING(first, 2) + 0)"
    moved.legacy(f"UPDATE pairing SET second = '&lt;b&gt;' WHERE {chosen} <= %s", ampersands)
    moved.target(
        "UPDATE tests_verify_pairing SET second = '<b>'"
        f" WHERE substring(first, 2)::int <= {ampersands}"
    )
    pair = Pair(moved.sources[0], moved.targets[0])
    ranges = Ranges(moved.table("PairingMapping"), Departures(), pair)
    rows = 0
    with ThreadPoolExecutor(1) as executor:
        while key_range := ranges.planner.next(pair.source):
            outcome = ranges.compare(pair, key_range, executor)
            assert outcome.same, key_range
            rows += outcome.source.rows
    assert rows == ROWS


def test_guarded_row_too_long_for_a_statement_is_compared_whole(moved: Moved) -> None:
    """Blocks of the fixture are 4,096 bytes."""
    moved.legacy("ALTER TABLE pairing MODIFY second TEXT")
    moved.legacy("UPDATE pairing SET second = CONCAT('&lt;', REPEAT('x', 9000)) WHERE first = 'f9'")
    moved.target("ALTER TABLE tests_verify_pairing ALTER second TYPE text")
    moved.target(
        "UPDATE tests_verify_pairing SET second = '<' || repeat('x', 9000) WHERE first = 'f9'"
    )
    assert moved.verify("checksums", tables=["PairingMapping"]).ok
    moved.target("UPDATE tests_verify_pairing SET second = second || 'x' WHERE first = 'f9'")
    (found,) = moved.verify("checksums", tables=["PairingMapping"]).findings
    assert found.columns == ("second",)
