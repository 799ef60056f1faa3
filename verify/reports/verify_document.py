"""The report document of a verification."""

from __future__ import annotations

from collections.abc import Mapping

from mappings.keys import KeyValue
from verify.findings import INFORMATION
from verify.findings import Finding as Difference
from verify.levels import BLIND_SPOTS
from verify.report import LevelResult, Report
from verify.reports.document import (
    Check,
    Document,
    Finding,
    FoundRow,
    Remark,
    State,
    Table,
    Times,
    worst,
)
from verify.reports.gathering import Gathering, Group
from verify.reports.ordering import in_order
from verify.reports.wording import counted

__all__ = ["verify_document"]

_SAYS: Mapping[str, tuple[str, str, str]] = {
    "count_differs": ("table", "tables", "with other row numbers than expected"),
    "missing": ("row", "rows", "of the source missing in the target"),
    "extra": ("row", "rows", "in the target that no source row explains"),
    "mismatched": ("row", "rows", "held by both with other values"),
    "drifted": ("parent", "parents", "with a counter that is not what the children say"),
    "legacy_drift": ("parent", "parents", "whose counter in PHP was wrong"),
    "sequence_behind": ("sequence", "sequences", "behind the column"),
    "constraint_missing": ("constraint", "constraints", "of the model not in the table"),
    "constraint_broken": ("constraint", "constraints", "not valid, or broken by rows"),
    "index_missing": ("index", "indexes", "of the model not in the table"),
    "index_invalid": ("index", "indexes", "that PostgreSQL does not use"),
    "table_unlogged": ("table", "tables", "that a crash of PostgreSQL would empty"),
}
_REPAIR = "delamp verify {table} --repair"
_FIXES: Mapping[str, str] = {
    **dict.fromkeys(("count_differs", "missing", "extra", "mismatched", "drifted"), _REPAIR),
    "sequence_behind": _REPAIR,
    "legacy_drift": "nothing to do: the target holds what the children say",
    "constraint_missing": "python manage.py makemigrations --check, then python manage.py migrate",
    "constraint_broken": "correct the rows, then ALTER TABLE … VALIDATE CONSTRAINT",
    "index_missing": "python manage.py makemigrations --check, then python manage.py migrate",
    "index_invalid": "REINDEX INDEX CONCURRENTLY …",
    "table_unlogged": "ALTER TABLE … SET LOGGED",
}


def verify_document(
    report: Report,
    gathering: Gathering | None = None,
    *,
    show_values: bool = False,
    subject: str = "",
    unfinished: str = "",
    version: str = "",
    made_at: str = "",
) -> Document:
    """The document. `gathering` is an empty one, for strips and JSON lines; `unfinished` a warning
    that a half-done load was compared."""
    gathering = gathering or Gathering("verify")
    findings: list[Finding] = []
    for result in report.results:
        findings += _findings(result, gathering, show_values)
    states = [finding.state for finding in findings if finding.state != "info"]
    state = worst([*states, "warn"] if unfinished else states)
    by_table: dict[str, list[LevelResult]] = {}
    for result in report.results:
        by_table.setdefault(result.table, []).append(result)
    blind = tuple(f"{level}: {BLIND_SPOTS[level]}" for level in report.levels)
    looked = f"{counted(len(by_table), 'table')}, by {', '.join(report.levels)}"
    remarks = [
        Remark(heading="What was not covered", lines=tuple(_uncovered(report))),
        Remark(heading="Counters", lines=tuple(_counters(report))),
        Remark(heading="What level rows has not looked at", lines=report.left_unseen),
        Remark(heading="What these levels cannot catch", lines=blind),
    ]
    return Document(
        kind="verify",
        state=state,
        subject=subject,
        headline=_headline(report),
        summary=f"{looked}. Look at this first: {unfinished}" if unfinished else looked,
        tables=tuple(_table(name, found, gathering) for name, found in by_table.items()),
        findings=in_order(findings),
        remarks=tuple(remark for remark in remarks if remark.lines),
        version=version,
        times=Times(
            made_at=made_at,
            seconds=round(report.seconds, 3),
            tables=tuple(
                (name, round(sum(r.seconds for r in found), 3)) for name, found in by_table.items()
            ),
        ),
    )


def _headline(report: Report) -> str:
    if report.ok:
        return "The target holds what the source held"
    kinds = sorted((k, n) for k, n in report.totals.items() if n and k not in INFORMATION)
    return ", ".join(_told(kind, n) for kind, n in kinds)


def _told(kind: str, count: int) -> str:
    return f"{count:,} {_says(kind, count)}"


def _says(kind: str, count: int) -> str:
    one, many, says = _SAYS.get(kind, ("finding", "findings", kind))
    return f"{one if count == 1 else many} {says}"


def _findings(result: LevelResult, gathering: Gathering, show_values: bool) -> list[Finding]:
    for difference in result.findings:
        row = _row(difference, show_values)
        group = Group(result.table, "", difference.kind, result.level)
        problem = difference.kind not in INFORMATION
        key = _key(difference)
        gathering.add(group, row, difference.to_json()["key"], place=key, problem=problem)
    return [
        Finding(
            table=result.table,
            column="",
            code=kind,
            level=result.level,
            state="info" if kind in INFORMATION else "fail",
            count=count,
            says=_says(kind, count),
            fix=_FIXES.get(kind, "").format(table=result.table.partition(".")[0]),
            rows=gathering.rows(Group(result.table, "", kind, result.level)),
        )
        for kind, count in sorted(result.totals.items())
        if count
    ]


def _row(difference: Difference, show_values: bool) -> FoundRow:
    key = ", ".join(map(str, difference.key))
    other = ", ".join(map(str, difference.target_key))
    text = f"key {key}" if key else difference.table
    if other and other != key:
        text += f" (in the target {other})"
    columns = ", ".join(difference.columns)
    detail = ": ".join(part for part in (columns, difference.detail) if part)
    return FoundRow(
        text=text, detail=detail, values=tuple(_values(difference)) if show_values else ()
    )


def _values(difference: Difference) -> list[tuple[str, str]]:
    found = difference.to_json(show_values=True)
    pairs = []
    for side in ("source", "target"):
        for column, value in zip(difference.columns, found[f"{side}_values"], strict=False):
            pairs.append((f"{column} ({side})", "NULL" if value is None else str(value)))
    return pairs


def _key(difference: Difference) -> KeyValue | None:
    """The key where it is in the form of the ledger: whole numbers are, whatever the level."""
    first = difference.key[0] if difference.key else None
    return (first,) if isinstance(first, int) and not isinstance(first, bool) else None


def _table(name: str, results: list[LevelResult], gathering: Gathering) -> Table:
    checks = tuple(
        Check(level=r.level, state="pass" if r.ok else "fail", differences=_wrong(r))
        for r in results
    )
    states: list[State] = [check.state for check in checks]
    gone = [
        (r.rejected or 0) + (r.skipped or 0) + (r.kept or 0) for r in results if r.level == "counts"
    ]
    return Table(
        name=name,
        source="",
        target=results[0].target,
        state=worst(states),
        counts={
            "rows": next((r.source_rows for r in results if r.source_rows is not None), None),
            "arrived": next((r.target_rows for r in results if r.target_rows is not None), None),
            "left_out": gone[0] if gone else None,
            "differences": sum(check.differences for check in checks),
        },
        strip=gathering.strip(name),
        checks=checks,
    )


def _wrong(result: LevelResult) -> int:
    return sum(n for kind, n in result.totals.items() if kind not in INFORMATION)


def _uncovered(report: Report) -> list[str]:
    lines = [f"{r.level} of {r.table}: {r.note}" for r in report.results if r.note]
    if report.seed is not None:
        lines.append(
            f"rows: a sample by chance of each larger table; --seed {report.seed} draws it again,"
            " --all-rows reads every row"
        )
    return lines


def _counters(report: Report) -> list[str]:
    lines = []
    for result in report.results:
        for counter in result.counters:
            line = f"{result.table}.{counter.name}: {counted(counter.parents, 'parent')}"
            line += f", {counter.drifted:,} wrong"
            if counter.legacy is not None and counter.legacy_differs is None:
                line += f"; not compared with {counter.legacy} of PHP"
            elif counter.legacy_differs:
                line += f"; {counter.legacy} of PHP was wrong for {counter.legacy_differs:,}"
                line += f", by {counter.legacy_total_difference or '0'} in all"
            elif counter.legacy is not None:
                line += f"; {counter.legacy} of PHP agrees"
            lines.append(line)
    return lines
