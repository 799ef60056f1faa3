"""A budget is spent where it tells most; what is left is said, never clean, and gone on with."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mappings.keys import KeyRange
from tests.verify.conftest import Moved
from verify import LevelResult, Limits, Past, Report, Resumption
from verify.keeping import result_from_json, result_to_json
from verify.levels import LEVELS
from verify.limits import NO_LIMITS
from verify.priority import telling_first
from verify.progression import Course, Progression
from verify.task import Task, Unit

EVERYTHING = "EverythingMapping"
_LEVELS = ("counts", "checksums", "counters", "database")


def after(looks: int) -> Limits:
    """Limits that are over when they were asked for so many times."""
    asked = itertools.count()
    return Limits(stop=lambda: next(asked) >= looks)


def names(report: Report) -> list[tuple[str, str]]:
    return [(r.level, r.table) for r in report.results]


def pieces(moved: Moved, *levels: Any, tables: list[str], step: int) -> Iterator[Report]:
    """One verification in as many sessions as it takes, each a little longer than nothing."""
    kept: dict[tuple[str, str], LevelResult] = {}

    def keep(result: LevelResult) -> None:
        kept[result.level, result.table] = result

    for _ in range(200):
        # As the ledger has them: JSON and back.
        begun = [result_from_json(json.loads(json.dumps(result_to_json(r)))) for r in kept.values()]
        resumption = Resumption(begun=begun, kept=keep)
        report = moved.verify(*levels, tables=tables, limits=after(step), resumption=resumption)
        yield report
        if report.complete:
            return


def test_spent_budget_looks_at_nothing_and_says_so(moved: Moved) -> None:
    report = moved.verify(limits=Limits(seconds=1e-9))
    assert report.results == ()
    assert (report.verdict, report.ok, report.sound) == ("clean as far as looked", False, True)
    everything = [(unit.level, unit.name) for unit in Task.of(
        moved.plan, levels=None, tables=None, declared=None, seed=None
    ).units()]  # fmt: skip
    assert [(u.level, u.table) for u in report.unlooked] == everything
    assert report.to_json()["ok"] is False
    assert len(report.to_json()["not_looked_at"]) == len(everything)
    assert "clean as far as looked" in report.render()


def test_enough_of_a_budget_is_a_whole_verification(moved: Moved) -> None:
    report = moved.verify(limits=Limits(seconds=600))
    assert report.ok
    assert names(report) == names(moved.verify())


@pytest.mark.parametrize("step", [3, 7])
def test_parts_put_together_are_the_whole(moved: Moved, step: int) -> None:
    moved.target("UPDATE tests_verify_everything SET title = title || '!' WHERE id IN (1, 30, 60)")
    moved.target("DELETE FROM tests_verify_pairing WHERE id = 9")
    tables = [EVERYTHING, "PairingMapping", "NamedMapping"]
    whole = moved.verify(*_LEVELS, tables=tables)
    parts = list(pieces(moved, *_LEVELS, tables=tables, step=step))
    assert len(parts) > 3
    assert all(part.interrupted and not part.ok for part in parts[:-1])
    last = parts[-1]
    assert last.complete
    assert last.totals == whole.totals
    found = [(r.level, r.table, r.source_rows, r.target_rows) for r in whole.results]
    assert [(r.level, r.table, r.source_rows, r.target_rows) for r in last.results] == found
    # Values are people's data and are not kept; everything else is.
    assert [f.to_json() for f in last.findings] == [f.to_json() for f in whole.findings]


def test_table_that_was_stopped_within_says_up_to_which_key(moved: Moved) -> None:
    first, *_ = pieces(moved, "checksums", tables=[EVERYTHING], step=4)
    (result,), (left,) = first.results, first.unlooked
    assert not result.complete
    assert result.until is not None
    assert left.why == f"looked at up to key {result.until[0]} only: it was stopped"
    assert 0 < (result.source_rows or 0) < 60
    assert first.verdict == "clean as far as looked"


def test_what_is_done_is_not_looked_at_again(moved: Moved) -> None:
    *_, last = pieces(moved, "counts", tables=[EVERYTHING, "NamedMapping"], step=2)
    moved.target("DELETE FROM tests_verify_everything WHERE id = 5")
    again = moved.verify(
        "counts", tables=[EVERYTHING, "NamedMapping"], resumption=Resumption(begun=last.results)
    )
    assert again.ok


def ordered(moved: Moved, past: dict[tuple[str, str], Past], **how: bool) -> list[Unit]:
    levels = [level for level in LEVELS if level != "rows"]
    task = Task.of(moved.plan, levels=levels, tables=None, declared=None, seed=None)
    return telling_first(task.units(), past, all_rows=how.get("all_rows", False))


def test_cheap_levels_come_first(moved: Moved) -> None:
    levels = dict.fromkeys(unit.level for unit in ordered(moved, {}))
    assert tuple(levels) == ("counts", "database", "counters", "checksums")


def test_tables_come_by_what_is_known_of_them(moved: Moved) -> None:
    past = {
        ("checksums", EVERYTHING): Past(at=30.0, found=False),
        ("checksums", "NamedMapping"): Past(at=20.0, found=False),
        ("checksums", "ChildMapping"): Past(at=40.0, found=True),
        ("counts", "LooseMapping"): Past(at=10.0, found=True),
    }
    found = [unit.name for unit in ordered(moved, past) if unit.level == "checksums"]
    assert found[0] == "ChildMapping"
    assert found[-2:] == ["NamedMapping", EVERYTHING]
    assert next(unit for unit in ordered(moved, past)).name == "LooseMapping"


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=str)
def test_ranges_that_end_in_any_order_are_counted_without_a_gap(order: tuple[int, ...]) -> None:
    bounds: list[tuple[int, ...] | None] = [None, (10,), (20,), (30,), None]
    course = Course(limits=NO_LIMITS.started())
    progression = Progression(course, course.log())
    done: set[int] = set()
    tell: Callable[[], None] = lambda: None  # noqa: E731
    for n in order:
        progression.finish(KeyRange(after=bounds[n], until=bounds[n + 1]), 10, (), tell)
        done.add(n)
        solid = next((n for n in range(4) if n not in done), 4)
        assert progression.rows == 10 * solid
        assert progression.until == bounds[solid]
        assert progression.complete == (solid == 4)


class Broken(Exception):
    """The connection, or the process."""


@pytest.mark.parametrize("calls", [1, 2, 3])
def test_what_broke_off_within_a_table_goes_on_from_what_was_told_last(
    moved: Moved, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    monkeypatch.setattr("verify.progression._SECONDS", 0.0)
    moved.target("UPDATE tests_verify_everything SET title = title || '!' WHERE id % 7 = 0")
    whole = moved.verify("checksums", tables=[EVERYTHING])
    told: list[LevelResult] = []

    def keep(result: LevelResult) -> None:
        told.append(result)
        if len(told) == calls:
            raise Broken

    with pytest.raises(Broken):
        moved.verify("checksums", tables=[EVERYTHING], resumption=Resumption(kept=keep))
    last = told[calls - 1]
    assert not last.complete
    again = moved.verify("checksums", tables=[EVERYTHING], resumption=Resumption(begun=[last]))
    assert again.complete
    assert again.totals == whole.totals
    assert [f.key for f in again.findings] == [f.key for f in whole.findings]
    assert again.results[0].source_rows == 60
