"""What must be true before a cutover begins: each check has a name, by which it can be accepted."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.plan import Plan
from mappings.sqltext import pg_name
from migrate import models
from migrate.cutover.check import Check
from migrate.cutover.checks_source import check_source, writers_besides
from migrate.cutover.checks_target import check_target
from migrate.cutover.context import Context
from migrate.dry_run import run_dry
from migrate.errors import RunError
from migrate.ledger import Ledger
from migrate.source import Source

__all__ = ["check_everything", "require_again"]


def check_everything(context: Context) -> None:
    """Run every check; writes nothing. Raises `RunError` with all that fail and are not accepted.

    What was accepted, and what is only to be known, is told.
    """
    found: list[Check] = []
    with context.source() as source:
        found += _ledger(context.ledger)
        if not any(not check.acceptable for check in found):
            plan, _ = context.compiled(source, anew=True)
            found += _tables(context, plan)
            found += check_target(context, plan)
        found += check_source(source, context)
    if context.verified:
        # It takes about as long as the verification, which an earlier attempt has done after it.
        context.tell("the dry run of an earlier attempt still holds")
    else:
        found += _dry_run(context)
    context.go_on()
    context.report["checks"] = [
        {
            "name": check.name,
            "text": check.text,
            "accepted": check.name in context.options.accept or check.warning,
        }
        for check in found
    ]
    context.record.write(report=context.report)
    failed = []
    for check in found:
        if check.warning:
            context.warn(check.text)
        elif check.acceptable and check.name in context.options.accept:
            context.warn(f"accepted ({check.name}): {check.text}")
        else:
            failed.append(check)
    if failed:
        raise _failure(failed)


def require_again(context: Context, source: Source) -> None:
    """Ask once more for what takes no time. Raises `RunError` for what is new and not accepted."""
    accepted = context.options.accept
    failed = [c for c in writers_besides(source) if not c.warning and c.name not in accepted]
    if failed:
        raise _failure(failed)


def _ledger(ledger: Ledger) -> Iterator[Check]:
    run = pg_name(models.Run._meta.db_table)
    if not ledger.target.rows(f"SELECT 1 FROM {run} LIMIT 1"):
        yield Check(
            name="run",
            text="nothing was loaded yet",
            hint="run `delamp run`, then `delamp verify`",
            acceptable=False,
        )
        return
    if (unfinished := ledger.unfinished_run()) is not None:
        yield Check(
            name="run",
            text=f"run {unfinished} is not finished",
            hint="run `delamp run` to its end",
            acceptable=False,
        )
    dropped = pg_name(models.Dropped._meta.db_table)
    left = ledger.target.value(f"SELECT count(*) FROM {dropped} WHERE restored_at IS NULL")
    if left:
        yield Check(
            name="indexes",
            text=f"{left} indexes or foreign keys are not restored",
            hint="run `delamp run`: it restores them",
            acceptable=False,
        )


def _tables(context: Context, plan: Plan) -> Iterator[Check]:
    if context.stale:
        yield Check(
            name="keyless",
            text=f"no key on both sides: {', '.join(context.stale)}; these tables are compared"
            " whole, and in the pause once more if they were written to since",
            warning=True,
        )
    records = context.ledger.tables()
    tables = [table for table in plan.tables if not table.djangos]
    if missing := [table.name for table in tables if table.name not in records]:
        yield Check(
            name="tables",
            text=f"no run has loaded {', '.join(missing)}",
            hint="run `delamp run`",
            acceptable=False,
        )
    changed = [
        t.name for t in tables if t.name in records and records[t.name].fingerprint != t.fingerprint
    ]
    if changed:
        yield Check(
            name="mappings",
            text=f"the mapping or the source schema of {', '.join(changed)} changed since the load",
            hint=f"load it anew: `delamp run {changed[0]} --restart`",
            acceptable=False,
        )


def _dry_run(context: Context) -> Iterator[Check]:
    report = run_dry(context.config, tables=(), shown=0)
    lost = report.total(["rejected"])
    if lost:
        where = ", ".join(
            f"{t.name} {t.by_outcome['rejected']:,}"
            for t in report.tables
            if t.by_outcome.get("rejected")
        )
        yield Check(
            name="dry-run",
            text=f"{lost:,} rows are refused and will not be in Django ({where})",
            hint="see them with `delamp rejects list`; correct them, or accept their loss",
        )


def _failure(failed: list[Check]) -> RunError:
    lines = [f"cutover: {len(failed)} checks failed" if len(failed) > 1 else "cutover: not ready"]
    lines += [
        f"{check.name}: {check.text}" + (f" ({check.hint})" if check.hint else "")
        for check in failed
    ]
    names = " ".join(f"--accept {check.name}" for check in failed if check.acceptable)
    hint = "correct these" + (f", or accept them with {names}" if names else "")
    return RunError("; ".join(lines), hint=hint)
