"""Counters: the stored value against the children, and what PHP's own counter was worth."""

from __future__ import annotations

import pytest

from tests.verify.conftest import Moved

PARENTS = "tests_verify_parent"


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("children_count", "children_count + 1"),
        ("big_children_count", "big_children_count - 1"),
        ("total", "total + 0.01"),
        ("greatest", "NULL"),
        ("newest", "newest || ' '"),
    ],
)
@pytest.mark.parametrize("key", [1, 10, 20])
def test_counter_off_by_the_least_is_named(
    moved: Moved, column: str, change: str, key: int
) -> None:
    moved.target(f"UPDATE {PARENTS} SET {column} = {change} WHERE id = {key}")
    report = moved.verify("counters")
    assert not report.ok
    (found,) = [f for f in report.findings if f.kind == "drifted"]
    assert (found.key, found.columns) == ((key,), (column,))
    assert report.totals["drifted"] == 1


def test_counter_of_a_parent_without_children_must_be_zero(moved: Moved) -> None:
    moved.target(f"UPDATE {PARENTS} SET children_count = 1 WHERE id = 50")
    (found,) = [f for f in moved.verify("counters").findings if f.kind == "drifted"]
    assert (found.key, found.source_values, found.target_values) == ((50,), (0,), (1,))


def test_legacy_counter_is_judged_by_the_children_and_is_no_failure(moved: Moved) -> None:
    """Parents 1 to 20 have three children each, the other forty none; PHP said 2 for all."""
    moved.legacy("UPDATE parent SET num_children = 3 WHERE id = 1")
    report = moved.verify("counters")
    assert report.ok
    assert report.totals == {"legacy_drift": 59}
    (result,) = report.results
    counter = next(c for c in result.counters if c.name == "children_count")
    assert (counter.parents, counter.drifted, counter.legacy_differs) == (60, 0, 59)
    assert counter.legacy_total_difference == "+61"


def test_legacy_counter_is_not_excused_by_a_stored_one_that_drifted_along(moved: Moved) -> None:
    moved.target(f"UPDATE {PARENTS} SET children_count = 2 WHERE id = 5")
    report = moved.verify("counters")
    assert report.totals == {"drifted": 1, "legacy_drift": 60}
