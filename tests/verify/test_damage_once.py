"""The headline counts one damage once, however many levels have found it."""

from __future__ import annotations

from typing import Any

import pytest

from verify.damage import damage_of
from verify.findings import Finding, Kind
from verify.levels import Level
from verify.report import LevelResult


def found(level: Level, *findings: Finding, table: str = "Icon", **more: Any) -> LevelResult:
    totals: dict[Kind, int] = {}
    for finding in findings:
        totals[finding.kind] = totals.get(finding.kind, 0) + 1
    totals |= more.pop("totals", {})
    return LevelResult(
        level=level, table=table, target="icon", findings=findings, totals=totals, **more
    )


def row(kind: Kind, key: Any = None, target: Any = None, column: str = "title") -> Finding:
    return Finding(
        kind=kind,
        table="Icon",
        key=() if key is None else (key,),
        target_key=() if target is None else (target,),
        columns=(column,),
    )


COUNT = found("counts", row("count_differs"), source_rows=10, target_rows=9)

CASES = {
    "one row, three levels": (
        [
            found("checksums", row("mismatched", 7, "7")),
            found("rows", row("mismatched", 7, "7")),
            found("database", row("constraint_broken", 7, "7")),
        ],
        "1 row differs in 1 table",
    ),
    "a lost row is counted, hashed and read": (
        [COUNT, found("checksums", row("missing", 7)), found("rows", row("missing", 7))],
        "1 row differs in 1 table",
    ),
    "counts alone": ([COUNT], "1 row differs in 1 table"),
    "different rows at two levels": (
        [found("checksums", row("missing", 7)), found("rows", row("mismatched", 8, "8"))],
        "2 rows differ in 1 table",
    ),
    "the same key in two tables": (
        [
            found("checksums", row("missing", 7)),
            found("checksums", row("missing", 7), table="Tag"),
        ],
        "2 rows differ in 2 tables",
    ),
    "rows that nothing names": (
        [
            found("checksums", row("missing"), row("missing"), row("extra", target="4")),
            found("rows", row("missing"), row("missing")),
        ],
        "3 rows differ in 1 table",
    ),
    "more than were kept": (
        [
            found("checksums", row("missing", 7), totals={"missing": 4_000}),
            found("rows", row("missing", 7)),
        ],
        "at least 4,000 rows differ in 1 table",
    ),
    "what is no row": (
        [
            found("counters", row("drifted", 1, "1"), row("drifted", 1, "1", "size")),
            found("database", row("sequence_behind"), row("index_missing")),
            found("questions", row("answer_differs")),
        ],
        "2 counters are off, 1 sequence behind, 1 index missing, 1 answer differs",
    ),
    "PHP's own drift": ([found("counters", row("legacy_drift", 1, "1"))], ""),
    "a row in flight": ([found("counts", source_rows=10, target_rows=9, in_flight=1)], ""),
}


@pytest.mark.parametrize("case", CASES)
def test_damage_is_counted_once(case: str) -> None:
    results, said = CASES[case]
    assert str(damage_of(results)) == said
