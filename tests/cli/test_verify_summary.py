"""The closing summary of a verification, from reports made by hand."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from migrate.cli.verify_summary import verify_summary
from verify.findings import Finding, Kind
from verify.report import CounterSummary, LevelResult, Report, Unlooked


def text(
    *results: LevelResult, verbose: bool = False, show_values: bool = False, **more: Any
) -> str:
    levels = tuple(dict.fromkeys(result.level for result in results))
    report = Report(results=results, levels=levels, seconds=1.5, **more)
    lines = verify_summary(report, verbose=verbose, show_values=show_values)
    return re.sub(r"\x1b\[\d+m", "", "\n".join(lines))


COUNTS = LevelResult(
    level="counts", table="Icon", target="icon", source_rows=1000, target_rows=990,
    rejected=7, skipped=3, kept=0,
)  # fmt: skip
DRIFT = LevelResult(
    level="counters",
    table="Icon",
    target="icon",
    findings=(Finding(kind="legacy_drift", table="Icon", key=(5,), columns=("downloads",)),),
    totals={"legacy_drift": 31},
    counters=(
        CounterSummary(
            name="downloads", parents=990, drifted=0, legacy="num_dl", legacy_differs=31,
            legacy_total_difference="+62",
        ),
    ),
)  # fmt: skip
MISMATCH = Finding(
    kind="mismatched", table="Icon", key=(7,), columns=("title",),
    source_values=("home",), target_values=("hom",),
)  # fmt: skip
CHECKSUMS = LevelResult(
    level="checksums",
    table="Icon",
    target="icon",
    findings=(MISMATCH,) * 25,
    totals={"mismatched": 40},
)


def test_agreement_is_the_first_thing_said() -> None:
    shown = text(COUNTS)
    assert shown.startswith("✔ the target holds what the source held: 1 table in 1.50 s")
    assert re.search(r"Icon +1,000 +990 +10 +✔", shown)
    assert "counts  catches rows that are lost" in shown
    assert "        cannot catch a changed value" in shown


def test_wrong_legacy_counters_are_counted_and_no_failure() -> None:
    shown = text(COUNTS, DRIFT)
    assert shown.startswith("✔")
    assert re.search(r"Icon\.downloads +990 +· +num_dl +31 +\+62", shown)
    assert "legacy_drift" not in shown
    assert "legacy_drift  Icon  key 5" in text(COUNTS, DRIFT, verbose=True)


def test_findings_are_counted_named_and_capped() -> None:
    shown = text(COUNTS, CHECKSUMS, DRIFT)
    assert shown.startswith("✘ differences found in 1.50 s: 40 rows differ in 1 table\n")
    assert "✘ 40" in shown
    assert shown.count("mismatched  Icon  key 7  title") == 20
    assert "… 20 more: --json FILE" in shown


def test_values_show_only_when_asked_for() -> None:
    assert "'hom'" not in text(CHECKSUMS)
    assert "title: source 'home', target 'hom'" in text(CHECKSUMS, show_values=True)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("drifted", "icons_count: children '18', stored '19'"),
        ("legacy_drift", "icons_count: PHP '18', children '19'"),
        ("mismatched", "icons_count: source '18', target '19'"),
    ],
)
def test_values_of_a_counter_are_named_by_where_they_come_from(kind: Kind, said: str) -> None:
    found = Finding(
        kind=kind,
        table="MakerMapping",
        key=(1,),
        columns=("icons_count",),
        source_values=("18",),
        target_values=("19",),
    )
    assert said in found.render(show_values=True)
    assert "18" not in found.render()


LEFT = Unlooked(level="checksums", table="Icon", rows=1000, why="the budget was spent before it")


@pytest.mark.parametrize(
    ("interrupted", "why"), [(False, "the budget is spent"), (True, "stopped")]
)
def test_what_was_not_looked_at_is_said_loudly_and_is_never_clean(
    interrupted: bool, why: str
) -> None:
    shown = text(COUNTS, unlooked=(LEFT,), interrupted=interrupted)
    first = shown.splitlines()[0]
    assert first.startswith(f"‼ NOT EVERYTHING WAS LOOKED AT ({why}): clean as far as looked")
    assert "1 of 2 levels of tables were looked at" in first
    assert "the target holds what the source held" not in shown
    assert "checksums of Icon: the budget was spent before it, about 1,000 rows" in shown


def test_findings_of_a_part_come_first_and_the_rest_is_still_said() -> None:
    part = replace(CHECKSUMS, complete=False, until=(40,))
    first, second, *_ = text(COUNTS, part, unlooked=(LEFT,)).splitlines()
    assert first.startswith("✘ differences found")
    assert second.startswith("‼ NOT EVERYTHING WAS LOOKED AT")
    assert "clean" not in second


def test_what_was_in_flight_is_listed_and_no_finding() -> None:
    flying = replace(COUNTS, level="checksums", in_flight=7, in_flight_keys=((3,), (4, "a")))
    shown = text(COUNTS, flying)
    assert shown.startswith("✔")
    assert "checksums of Icon: 7 (keys 3, 4/a, …)" in shown
