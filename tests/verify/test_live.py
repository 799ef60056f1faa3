"""On a source that is written to, only what persists is a finding; the rest is in flight."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from tests.verify.conftest import Moved, connect
from tests.verify.legacy import MAPPINGS
from verify import Declared, Departures, Live, Moment, Report
from verify.levels import Level

EVERYTHING = "tests_verify_everything"
NAME = "EverythingMapping"


def live(
    moved: Moved,
    *levels: Level,
    settle: Callable[[int], None],
    gone: Callable[[], dict[str, Departures]] = dict,
    **how: Any,
) -> tuple[Report, int]:
    """Verify; `settle` is told how often it was called before. The report, and how often."""
    calls = itertools.count()

    @contextlib.contextmanager
    def moment() -> Iterator[Moment]:
        sources, targets = connect(moved.source_url, 1)
        try:
            yield Moment.of(sources, targets, gone())
        finally:
            for opened in (*sources, *targets):
                opened.close()

    again = Live(settle=lambda: settle(next(calls)), moment=moment)
    return moved.verify(*levels, live=again, **how), next(calls)


def on_first(*actions: Callable[[], Any]) -> Callable[[int], None]:
    """What is done while the first pause lasts."""

    def settle(pause: int) -> None:
        if pause == 0:
            for action in actions:
                action()

    return settle


def flying(report: Report) -> list[tuple[str, str, int, tuple[tuple[Any, ...], ...]]]:
    return [
        (r.level, r.table, r.in_flight, r.in_flight_keys) for r in report.results if r.in_flight
    ]


def test_source_at_rest_is_not_waited_for(moved: Moved) -> None:
    report, pauses = live(moved, settle=lambda pause: None)
    assert report.ok
    assert pauses == 0


def test_what_arrives_meanwhile_is_in_flight_and_damage_is_found(moved: Moved) -> None:
    moved.legacy("UPDATE everything SET title = 'later' WHERE id IN (3, 40)")
    moved.target(f"UPDATE {EVERYTHING} SET body = 'damaged' WHERE id = 17")
    report, pauses = live(
        moved,
        "checksums",
        tables=[NAME],
        settle=on_first(lambda: moved.target(
            f"UPDATE {EVERYTHING} SET title = 'later' WHERE id IN (3, 40)"
        )),
    )  # fmt: skip
    assert [(f.kind, f.key, f.columns) for f in report.findings] == [
        ("mismatched", (17,), ("body",))
    ]
    assert flying(report) == [("checksums", NAME, 2, ((3,), (40,)))]
    assert report.totals == {"mismatched": 1}
    assert report.in_flight == report.to_json()["in_flight"] == 2
    assert pauses == 1


_GONE = f"DELETE FROM {EVERYTHING} WHERE id = 9"
_NEW = (
    "INSERT INTO named VALUES ('brand new', 'f', 's')",
    "INSERT INTO tests_verify_named (name, first, second) VALUES ('brand new', 'f', 's')",
)

ARRIVALS: dict[str, tuple[str, str, str, str]] = {
    "a row comes": (*_NEW, "named", "NamedMapping"),
    "a row goes": (
        "DELETE FROM pairing WHERE l = 7 AND r = 1000000000004",
        'DELETE FROM tests_verify_pairing WHERE "left" = 7 AND "right" = 1000000000004',
        "pairing",
        "PairingMapping",
    ),
    "a row of a text key goes": (
        "DELETE FROM named WHERE name = 'a-b5'",
        "DELETE FROM tests_verify_named WHERE name = 'a-b5'",
        "named",
        "NamedMapping",
    ),
    "a text key's row changes": (
        "UPDATE named SET first = 'F' WHERE name = 'a-b5'",
        "UPDATE tests_verify_named SET first = 'F' WHERE name = 'a-b5'",
        "named",
        "NamedMapping",
    ),
    "rows that nothing names": (
        "UPDATE loose SET first = 'F' WHERE third = 4",
        "UPDATE tests_verify_loose SET first = 'F' WHERE third = 4",
        "loose",
        "LooseMapping",
    ),
    "a key that the target does not hold": (
        "UPDATE lost SET first = 'F' WHERE code = 'code 5'",
        "UPDATE tests_verify_lost SET first = 'F' WHERE first = 'f5'",
        "lost",
        "LostMapping",
    ),
}


@pytest.mark.parametrize("name", ARRIVALS)
def test_every_kind_of_table_is_looked_at_again(moved: Moved, name: str) -> None:
    theirs, ours, _, table = ARRIVALS[name]
    moved.legacy(theirs)
    levels: tuple[Level, ...] = ("counts", "checksums")
    still, pauses = live(moved, *levels, tables=[table], settle=lambda pause: None)
    assert not still.sound
    assert not still.in_flight
    assert pauses == 1
    found, _ = live(moved, *levels, tables=[table], settle=on_first(lambda: moved.target(ours)))
    assert found.ok, found.render()
    assert found.in_flight


def test_row_that_was_refused_meanwhile_is_explained_by_the_ledger_as_it_is_then(
    moved: Moved,
) -> None:
    moved.target(_GONE)
    gone = {NAME: Departures(rejected=frozenset({(9,)}))}
    report, _ = live(
        moved, "counts", "checksums", tables=[NAME], settle=lambda p: None, gone=lambda: gone
    )
    assert report.ok
    assert flying(report) == [("counts", NAME, 1, ()), ("checksums", NAME, 1, ((9,),))]


def test_row_that_never_rests_is_in_flight_and_one_that_rests_is_found(moved: Moved) -> None:
    moved.target(f"UPDATE {EVERYTHING} SET small = 99 WHERE id IN (20, 21)")

    def writes(pause: int) -> None:
        moved.legacy(f"UPDATE everything SET small = {200 + pause} WHERE id = 20")

    report, pauses = live(moved, "checksums", tables=[NAME], settle=writes)
    assert [f.key for f in report.findings] == [(21,)]
    assert flying(report) == [("checksums", NAME, 1, ((20,),))]
    assert pauses == 3


def test_row_that_comes_to_rest_and_differs_is_found(moved: Moved) -> None:
    moved.target(f"UPDATE {EVERYTHING} SET small = 99 WHERE id = 20")
    report, pauses = live(
        moved,
        "checksums",
        tables=[NAME],
        settle=on_first(lambda: moved.legacy("UPDATE everything SET small = 200 WHERE id = 20")),
    )
    assert [(f.key, f.source_values) for f in report.findings] == [((20,), (200,))]
    assert pauses == 2


def test_counters_are_looked_at_again_by_parent(moved: Moved) -> None:
    parents = "tests_verify_parent"
    moved.target(f"UPDATE {parents} SET children_count = 7, greatest = 1 WHERE id IN (4, 5)")
    report, _ = live(
        moved,
        "counters",
        settle=on_first(
            lambda: moved.target(f"UPDATE {parents} SET children_count = 3 WHERE id = 4")
        ),
    )
    drifted = [(f.key, f.columns) for f in report.findings if f.kind == "drifted"]
    greatest, count = ("greatest",), ("children_count",)
    assert sorted(drifted) == [((4,), greatest), ((5,), count), ((5,), greatest)]
    assert [(level, count) for level, _, count, _ in flying(report)] == [("counters", 1)]
    assert report.totals["drifted"] == 3


def test_database_is_looked_at_again_as_a_whole(moved: Moved) -> None:
    moved.target(f"SELECT setval('{EVERYTHING}_id_seq', 5)")
    report, _ = live(
        moved,
        "database",
        settle=on_first(lambda: moved.target(f"SELECT setval('{EVERYTHING}_id_seq', 60)")),
    )
    assert report.ok
    assert flying(report) == [("database", NAME, 1, ())]


def test_level_rows_is_looked_at_again_by_key(moved: Moved) -> None:
    moved.legacy("UPDATE everything SET title = 'later' WHERE id IN (3, 40)")
    from migrate.catalogue_reader import read_catalogue

    declared = Declared(mappings=MAPPINGS, catalogue=read_catalogue(moved.sources[0]))
    report, _ = live(
        moved,
        "rows",
        tables=[NAME],
        declared=declared,
        seed=1,
        settle=on_first(
            lambda: moved.target(f"UPDATE {EVERYTHING} SET title = 'later' WHERE id = 3")
        ),
    )
    assert [(f.key, f.columns) for f in report.findings] == [((40,), ("title",))]
    assert flying(report) == [("rows", NAME, 1, ((3,),))]


def test_more_suspicions_than_are_kept_are_looked_at_as_a_whole(
    moved: Moved, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("verify.runner.SUSPECTS", 10)
    moved.target(f"UPDATE {EVERYTHING} SET small = small + 1")
    report, _ = live(
        moved,
        "checksums",
        tables=[NAME],
        settle=on_first(
            lambda: moved.target(f"UPDATE {EVERYTHING} SET small = small - 1 WHERE id > 12")
        ),
    )
    assert not report.sound
    kept: Sequence[Any] = report.findings
    assert len(kept) == report.totals["mismatched"] == 12
    assert report.in_flight == 48
