"""The full verification before the freeze, while PHP writes on.

A difference is looked at again after catching up, before it counts: what PHP wrote meanwhile agrees
then, and is noted by the refresher, so that it is verified once more. What persists ends the
cutover.
"""

from __future__ import annotations

from migrate.cutover.catching import catch_up
from migrate.cutover.context import Context
from migrate.cutover.findings import found, summary
from migrate.cutover.outcome import FindingsRemain
from migrate.cutover.record import now
from migrate.verification import run_verify
from verify import LEVELS, Report
from verify.findings import INFORMATION

__all__ = ["verify_everything"]


def verify_everything(context: Context) -> None:
    """Catch up, and compare everything at every level.

    Every row that is refreshed from here on is noted in the ledger. Raises `FindingsRemain` for
    differences that catching up does not explain.
    """
    record = context.record
    record.forget_keys()
    record.write(recording=True, started_at=now(), verified_at=None)
    caught = catch_up(context)
    context.tell(f"caught up by {caught.by} in {caught.seconds:.1f} s: {caught.changes:,} changes")

    def settle() -> None:
        again = catch_up(context)
        context.tell(f"some rows differ: looked at again after {again.changes:,} changes")

    report = run_verify(
        context.config,
        tables=(),
        levels=LEVELS,
        all_rows=context.options.all_rows,
        settle=settle,
        stop=context.stop.is_set,
    )
    context.go_on()
    _require_agreement(context, report)
    context.slow_counts = {r.table: r.seconds for r in report.results if r.level == "counts"}
    context.report["slow_counts"] = context.slow_counts
    context.report["verification"] = summary(report)
    record.write(verified_at=now(), report=context.report)


def _require_agreement(context: Context, report: Report) -> None:
    for result in report.results:
        if result.ok:
            continue
        if result.table in context.stale:
            raise FindingsRemain(
                f"cutover: {result.table} differs, and has no key on both sides",
                hint=f"load it anew while PHP rests: `delamp run {result.table} --restart`",
            )
        bad = [finding for finding in result.findings if finding.kind not in INFORMATION]
        raise found(f"{result.table}, level {result.level}", bad)
