"""What is done in each state of a cutover."""

from __future__ import annotations

import time
from typing import Any

from migrate.cutover.catching import (
    Caught,
    catch_up,
    catch_up_until_close,
    keep_followers_out,
)
from migrate.cutover.changed import changed_tables
from migrate.cutover.checks import check_everything, require_again
from migrate.cutover.closing import analyze, close
from migrate.cutover.context import Context
from migrate.cutover.findings import found, summary
from migrate.cutover.freezing import again, choose
from migrate.cutover.last_look import require_frozen
from migrate.cutover.outcome import Said
from migrate.cutover.proving import prove, prove_ahead, same_wholes
from migrate.cutover.record import now
from migrate.cutover.signing import sign_off
from migrate.cutover.standstill import look, require_standstill
from migrate.cutover.states import State
from migrate.cutover.untouched import mark_compared, read_ahead, still_same, untouched
from migrate.cutover.verifying import verify_everything
from migrate.errors import RunError

__all__ = [
    "catch_up_finally",
    "catch_up_first",
    "check",
    "close_target",
    "freeze",
    "prove_changes",
    "report",
    "verify",
]

_STILL_SECONDS = {"read-only": 0.3, "revoke": 0.5, "maintenance": 2.0}
"""How long nothing must move before the final catch-up; nothing may move until the end, either."""
_PROOF_SECONDS = 2.0
"""About what proof and closing take, beside catching up."""
_TRIES = 5
_FEW = 1_000
"""Rows that may be left to be verified in the pause."""


def check(context: Context) -> None:
    """Everything that must be true before; nothing is written but the ledger."""
    check_everything(context)


def verify(context: Context) -> None:
    """The full verification, unless an earlier attempt has done it."""
    if context.verified:
        context.tell(f"verified in full at {context.record.verified_at:%Y-%m-%d %H:%M} UTC")
        return
    verify_everything(context)


def catch_up_first(context: Context) -> None:
    """Catch up until little is left, and say how long the pause will be."""
    analyze(context)
    caught = catch_up_until_close(context)
    started = time.monotonic()
    for _ in range(_TRIES):
        prove_ahead(context)
        if caught.by == "binlog":
            caught = catch_up_until_close(context)
        left = sum(changed_tables(context.record).values())
        context.tell(f"what changed meanwhile is verified, but {left:,} rows, for the pause")
        if left <= _FEW:
            break
    if caught.by == "binlog":
        caught = _compare_whole(context)
    ahead = min(time.monotonic() - started, _PROOF_SECONDS)
    expected = caught.seconds + ahead + _PROOF_SECONDS
    context.expected_pause_seconds = expected
    context.report["expected_pause_seconds"] = round(expected, 1)
    context.record.write(report=context.report)
    if caught.by == "checksum":
        context.warn(
            "no binlog is followed: everything is compared once more in the pause, which grows"
            f" with the database; about {expected:.0f} s"
        )
    else:
        if caught.passes:
            context.warn(
                f"tables compared whole in the pause: {caught.passes}, if they are written to by"
                " then: no event names their rows"
            )
        context.tell(f"the write pause will be about {expected:.0f} s")
    most = context.options.max_pause_seconds
    if expected > most:
        raise RunError(
            f"cutover: the write pause would be too long, got about {expected:.0f} s"
            f" (expected at most {most:g} s)",
            hint="follow the binlog, so that the pause does not grow with the database, or allow"
            " more with --max-pause",
        )


def _compare_whole(context: Context) -> Caught:
    """Catch up for the last time before the freeze, and remember which tables were the same."""
    context.compared = None
    with context.source() as source:
        context.comparing_since = look(source).binlog
        caught = catch_up(context)
        same = same_wholes(context)
        context.compared = mark_compared(context, source, same)
        # While they were compared, PHP has written on.
        caught = catch_up_until_close(context) if same else caught
        read_ahead(context, source)
    return caught


def freeze(context: Context) -> None:
    """Write down how to undo the freeze, then freeze, then prove that nothing writes."""
    record, options = context.record, context.options
    if not context.freezes:
        record.enter(State.FREEZING)
        context.listener(Said(state=State.FREEZING))
        context.tell("a rehearsal without a freeze: PHP writes on")
        return
    with context.source() as source:
        # Since the checks, hours may have gone by.
        require_again(context, source)
        known = record.recipe
        values: dict[str, Any] = {}
        way = again(known, options) if known else context.freeze or choose(source, options)[0]
        if known is None:
            # Frozen once already, what would be found now is not how it was before.
            undo = way.recipe(source).to_json()
            values = {"undo": undo, "frozen_at": now(), "given_back_at": None}
        context.freeze = way
        record.enter(State.FREEZING, method=way.name, **values)
        context.listener(Said(state=State.FREEZING))
        if (recipe := record.recipe) is not None:
            # Should the target be lost with the ledger: whoever reads the terminal has it, too.
            by_hand = [*recipe.statements, *filter(None, (recipe.command, recipe.say))]
            context.tell(f"to undo by hand: {'; '.join(by_hand)}")
        # What moves is told apart by it.
        context.compiled(source)
        context.begin_pause(record.frozen_at)
        way.apply(source, context.tell)
        context.go_on()
        context.mark = require_standstill(
            source,
            still_seconds=_STILL_SECONDS[way.name],
            patience_seconds=max(10.0, options.patience_seconds),
            moved=context.moved,
        )
        require_again(context, source)
        seen = way.probe(source)
        context.tell(f"frozen: {context.mark.told_by} stands still{'; ' if seen else ''}{seen}")


def catch_up_finally(context: Context) -> None:
    """Bring over what was committed until the freeze."""
    if context.mark is None:
        caught: Caught = catch_up(context)
    else:
        with context.source() as source:
            context.untouched = untouched(context, source)
            caught = catch_up(context, until=context.mark)
            context.untouched = still_same(context, source)
    keep_followers_out(context)
    context.tell(f"caught up by {caught.by} in {caught.seconds:.1f} s: {caught.changes:,} changes")


def prove_changes(context: Context) -> None:
    """Verify everything that changed since the full verification. Raises `FindingsRemain`."""
    if context.mark is None:
        # PHP writes on: rows may differ that moved a moment ago.
        left = prove_ahead(context)
        context.tell(f"verified what changed, but {left:,} rows that moved meanwhile")
        context.report["proof"] = {"ok": True, "changed_rows": left}
        return
    rows = sum(changed_tables(context.record).values())
    seen = prove(context)
    context.report["proof"] = summary(seen) | {"changed_rows": rows}
    context.tell(f"verified: {rows:,} rows that changed since the full verification")
    if not seen.ok:
        context.record.write(verified_at=None)
        bad = [f for r in seen.results if not r.ok for f in r.findings]
        raise found("what changed since the full verification", bad)


def close_target(context: Context) -> None:
    """Sequences, constraints, statistics."""
    close(context)


def report(context: Context) -> None:
    """The sign-off; and for the last time, that nothing has written since the freeze."""
    if not context.options.rehearse:
        sign_off(context)
    require_frozen(context)
