"""What a verification found, as an error and as what the ledger keeps of it."""

from __future__ import annotations

from collections.abc import Sequence

from migrate.cutover.outcome import FindingsRemain
from verify import Report
from verify.findings import Finding

__all__ = ["found", "summary"]


def summary(report: Report) -> dict[str, object]:
    """What the ledger keeps of a report: no row, no value."""
    return {
        "ok": report.ok,
        "seconds": round(report.seconds, 3),
        "levels": list(report.levels),
        "tables": len({result.table for result in report.results}),
        "rows": sum(r.source_rows or 0 for r in report.results if r.level == "counts"),
        "totals": {str(kind): number for kind, number in report.totals.items()},
    }


def found(where: str, findings: Sequence[Finding]) -> FindingsRemain:
    """The error for findings; it shows no values of rows."""
    first = findings[0].render() if findings else ""
    return FindingsRemain(
        f"cutover: {where}, got {len(findings):,} findings (expected none), such as: {first}",
        hint="run `delamp verify` for all of them, `delamp verify --repair` where rows differ",
    )
