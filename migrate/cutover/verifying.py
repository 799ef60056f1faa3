"""The full verification before the freeze, while PHP writes on.

It compares a snapshot of the source with a target that stands a moment behind it, so rows that PHP
wrote in that moment differ. What differs for any other reason is a finding, and ends the cutover.
"""

from __future__ import annotations

from migrate.cutover.catching import catch_up
from migrate.cutover.context import Context
from migrate.cutover.findings import found, summary
from migrate.cutover.outcome import FindingsRemain
from migrate.cutover.record import now
from migrate.cutover.settling import settle
from migrate.verification import run_verify
from verify import LEVELS, LevelResult, Report
from verify.findings import Kind

__all__ = ["verify_everything"]

_MOVING: frozenset[Kind] = frozenset({"missing", "extra", "mismatched", "count_differs"})
"""What a write of PHP in the last moment looks like."""


def verify_everything(context: Context) -> None:
    """Catch up, compare everything at every level, and settle what PHP wrote meanwhile.

    Every row that is refreshed from here on is noted in the ledger. Raises `FindingsRemain` for
    what no write of the last moment explains.
    """
    record = context.record
    record.forget_keys()
    record.write(recording=True, started_at=now(), verified_at=None)
    caught = catch_up(context)
    context.tell(f"caught up by {caught.by} in {caught.seconds:.1f} s: {caught.changes:,} changes")
    report = run_verify(context.config, tables=(), levels=LEVELS, all_rows=context.options.all_rows)
    context.go_on()
    _require_explicable(context, report)
    suspects = [r for r in report.results if r.level != "counts" and _moved(r)]
    if suspects:
        names = ", ".join(dict.fromkeys(result.table for result in suspects))
        context.tell(f"differ, maybe by writes since: {names}; brought in step and looked at again")
        settle(context, suspects)
    context.slow_counts = {r.table: r.seconds for r in report.results if r.level == "counts"}
    context.report["slow_counts"] = context.slow_counts
    context.report["verification"] = summary(report)
    record.write(verified_at=now(), report=context.report)


def _require_explicable(context: Context, report: Report) -> None:
    """Raise for findings that no write of the last moment explains."""
    hashed = {r.table for r in report.results if r.level == "checksums" and not r.ok}
    for result in report.results:
        odd = [f for f in result.findings if not result.ok and f.kind not in _MOVING]
        # Both levels read one snapshot of the source: a row that moved differs for both.
        if result.level == "rows" and result.table not in hashed:
            odd = list(result.findings)
        odd = [f for f in odd if f.kind != "legacy_drift"]
        if odd:
            raise found(f"{result.table}, level {result.level}", odd)
        if _moved(result) and result.table in context.stale:
            raise FindingsRemain(
                f"cutover: {result.table} differs, and has no key on both sides",
                hint=f"load it anew while PHP rests: `delamp run {result.table} --restart`",
            )


def _moved(result: LevelResult) -> bool:
    return any(result.totals.get(kind) for kind in _MOVING)
