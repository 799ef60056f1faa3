"""Reports made up for the tests: one with everything in it, and hostile texts."""

from __future__ import annotations

from verify.dry_run.estimate import Estimate
from verify.dry_run.report import Altered, DryRunReport, NamedRow, Rule, TableReport
from verify.dry_run.server import ServerFacts
from verify.findings import Finding as Difference
from verify.report import CounterSummary, LevelResult, Report
from verify.reports.document import (
    Alteration,
    Document,
    Finding,
    FoundRow,
    Remark,
    Strip,
    Table,
    Throughput,
    Times,
)

HOSTILE = (
    "</script><script>alert(1)</script>",
    "\" onmouseover='alert(1)' x=\"",
    "<img src=//example.org/x onerror=alert(1)>",
    "שלום \u202eevil\u2066",
    "nul\0 bell\a \x1b[31m del\x7f \x85",
    "lone \ud800 surrogate",
    "]]> &amp; &lt; <!-- -->",
    "🙂👩‍👩‍👧 ünï",
    "javascript:alert(1)",
    "a" * 5000,
)

COUNTS = {"rows": 2_004_118, "arrived": 2_004_100, "rejected": 18, "nulled": 3, "altered": 12}


def strip(first: str = "1", last: str = "2,004,118", column: str = "icon_id") -> Strip:
    cells = [0] * 80
    cells[3:6] = 1, 12, 4
    return Strip(column=column, first=first, last=last, cells=tuple(cells), unplaced=1)


def document(text: str = "plain", *, tables: int = 3, findings: int = 3) -> Document:
    """A report in which `text` stands wherever a stranger's text can stand."""
    rows = tuple(
        FoundRow(text=f"id={n} {text}", detail=f"why {text}", values=((text, text),))
        for n in range(10)
    )
    return Document(
        kind="dry-run",
        state="fail",
        subject=f"legacy → {text}",
        headline=f"18 rows would be rejected {text}",
        summary=f"2,004,118 rows of 3 tables {text}",
        tables=tuple(
            Table(
                name=f"T{n} {text}",
                source=text,
                target=text,
                state=("fail", "warn", "pass")[n % 3],
                counts={**COUNTS, "left_out": None},
                strip=strip(text[:24], text[:24], text),
                altered=(Alteration(column=text, steps=(text,), changed=3, nulled=None),),
            )
            for n in range(tables)
        ),
        findings=tuple(
            Finding(
                table=f"T{n % tables} {text}",
                column=text,
                code=f"code{n} {text}",
                level="rejected",
                state=("fail", "warn", "info")[n % 3],
                count=18,
                says="rows would be rejected",
                fix=f'title = Column("{text}", steps.truncate(20))',
                rows=rows,
            )
            for n in range(findings)
        ),
        remarks=(Remark(heading="Not evaluated", lines=(text, text)),),
        version="1.2.3",
        times=Times(
            made_at="2026-01-02T03:04:05+00:00",
            seconds=41.25,
            phases=(("rows", 30.5), ("references", 10.75)),
            tables=((f"T0 {text}", 3.25),),
            throughput=Throughput(slice_seconds=0.5, rows=(100, 4000, 0, 250), pauses=1),
        ),
    )


def dry_run_report() -> DryRunReport:
    """Two rows rejected, one with a value; a column counted and one that is not."""
    named = NamedRow(key=(17,), text="id=17", detail="24 characters, at most 20", value="secret")
    rule = Rule(
        table="IconMapping",
        column="title",
        code="too_long",
        outcome="rejected",
        count=2,
        rows=(named,),
        hint='title = Column("title", steps.truncate(20))',
    )
    nulled = Rule(
        table="IconMapping",
        column="maker",
        code="no_parent",
        outcome="nulled",
        count=1,
        rows=(NamedRow(key=(9,), text="id=9", detail="no row in shop_maker", value=None),),
        hint="correct the source",
    )
    keyless = Rule(
        table="LogMapping",
        column="at",
        code="zero_date",
        outcome="rejected",
        count=1,
        rows=(NamedRow(key=None, text="who=secret", detail="", value=None),),
        hint="correct the source",
    )
    altered = Altered(column="title", steps=("strip",), changed=4, nulled=None)
    return DryRunReport(
        tables=(
            TableReport(
                name="IconMapping",
                source="icons",
                target="shop_icon",
                keyed=True,
                read=100,
                by_outcome={"rejected": 2, "nulled": 1},
                rules=(rule, nulled),
                altered=(altered,),
                unread=("secret_column",),
                seconds=1.5,
            ),
            TableReport(
                name="LogMapping",
                source="log",
                target="shop_log",
                keyed=False,
                read=5,
                by_outcome={"rejected": 1},
                rules=(keyless,),
            ),
        ),
        server=ServerFacts(settings={"sql_mode": ""}, rights=("SELECT",), remarks=()),
        notes=("uniqueness of log was not evaluated",),
        estimate=Estimate(seconds=1.0, sampled_rows=10, bytes=100),
        seconds={"rows": 2.5},
    )


def verify_report() -> Report:
    """One table that differs, one that does not, and a counter that PHP had wrong."""
    mismatched = Difference(
        kind="mismatched",
        table="IconMapping",
        key=(17,),
        columns=("title",),
        source_values=("secret",),
        target_values=(None,),
    )
    drift = Difference(kind="legacy_drift", table="MakerMapping", key=(2,), columns=("count",))
    counter = CounterSummary(
        name="icons_count",
        parents=2,
        drifted=0,
        legacy="icons",
        legacy_differs=1,
        legacy_total_difference="3",
    )
    return Report(
        results=(
            LevelResult(
                level="counts",
                table="IconMapping",
                target="shop_icon",
                source_rows=100,
                target_rows=98,
                rejected=2,
            ),
            LevelResult(
                level="checksums",
                table="IconMapping",
                target="shop_icon",
                findings=(mismatched,),
                totals={"mismatched": 1},
                seconds=1.5,
            ),
            LevelResult(
                level="counters",
                table="MakerMapping",
                target="shop_maker",
                findings=(drift,),
                totals={"legacy_drift": 1},
                counters=(counter,),
            ),
        ),
        levels=("counts", "checksums", "counters"),
        seconds=2.5,
    )
