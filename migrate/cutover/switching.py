"""The switch: one transaction of the target, after which the tables are Django's.

Tables marked as Django's, the change log where it was asked for, and the cutover marked as done
are committed at once, or nothing is. A rehearsal does the same and rolls it back.
"""

from __future__ import annotations

import time

from mappings.plan import Plan
from mappings.sqltext import pg_name
from migrate import models
from migrate.changelog import install_change_log
from migrate.cutover.claim import end_session
from migrate.cutover.context import Context
from migrate.cutover.last_look import require_frozen
from migrate.cutover.record import become_the_cutover, latest, now
from migrate.cutover.states import State
from migrate.errors import DelampError, RunError, TargetError
from migrate.ledger import Ledger
from migrate.owning import owned, take_over
from migrate.sequences import largest_key
from migrate.target import Target, TargetRefused

__all__ = ["FateUnknown", "switch"]

_LOCK_SECONDS = 5
"""How long to wait for whoever uses a table: readers of Django may be at work."""
_LOOKS = 10


class FateUnknown(RunError):
    """The connection was lost at the commit, and the target cannot be asked what became of it."""


class _Undone(Exception):
    """Ends the transaction of a rehearsal."""


def switch(context: Context) -> None:
    """Make the tables Django's. Raises `FateUnknown` when nobody can say whether it was done."""
    record = context.record
    with context.source() as source:
        plan, _ = context.compiled(source)
    committing = False
    values = {"finished_at": now(), "recording": False, "report": context.report}
    try:
        with context.ledger.target.transaction():
            _make_djangos(context, plan)
            pause = context.pause_seconds
            times = [*record.times, [str(State.DONE), now().isoformat()]]
            context.ledger.update(
                models.Cutover,
                record.id,
                state=str(State.DONE),
                times=times,
                write_pause_seconds=pause,
                **values,
            )
            record.forget_keys()
            # Locks may have been waited for.
            require_frozen(context)
            if context.options.rehearse:
                raise _Undone
            committing = True
        _note_done(context, times, pause)
    except _Undone:
        record.forget_keys()
        record.write(**values)
        return
    except TargetRefused:
        # Of the COMMIT too, a refusal is an answer; a lost connection, or Ctrl-C, is none.
        raise
    except BaseException as error:
        if not committing or _fate(context) != State.DONE:
            raise
        _note_done(context, times, pause)
        if not isinstance(error, TargetError):
            raise
    try:
        _lift_offsets(context, plan)
    except DelampError as error:
        context.warn(f"keys go on above the offset: {error.message}")


def _note_done(context: Context, times: list[list[str]], pause: float | None) -> None:
    """From here on nothing gives the source back any more."""
    record = context.record
    record.state, record.times, record.write_pause_seconds = str(State.DONE), times, pause
    record.report, record.finished_at = context.report, now()
    context.end_pause()


def _make_djangos(context: Context, plan: Plan) -> None:
    target = context.ledger.target
    target.execute(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'")
    if context.options.rollback_window:
        tables = install_change_log(target, plan)
        context.tell(f"changes of {len(tables)} tables are logged from now on")
    before = owned(context.ledger)
    taken = [table for table in plan.tables if table.name not in before]
    take_over(context.ledger, taken)
    # For whoever lets PHP write again: which of them this cutover has switched.
    context.report["taken_over"] = [table.name for table in taken]


def _lift_offsets(context: Context, plan: Plan) -> None:
    """Let Django's keys go on right behind PHP's, where it has given none above the offset yet.

    PHP gives no key any more. After the switch: what `setval` does, no rollback undoes.
    """
    target = context.ledger.target
    for table in plan.tables:
        if table.id_offset is None:
            continue
        name, key = pg_name(table.target), pg_name(table.primary_key[0])
        sequence = target.value(
            "SELECT pg_get_serial_sequence(%s, %s)", [name, table.primary_key[0]]
        )
        used = int(target.value(f"SELECT coalesce(max({key}), 0) FROM {name}"))
        if sequence is None or not 0 < used <= table.id_offset:
            continue
        if target.value(f"SELECT last_value FROM {sequence}") > table.id_offset:
            # Given to a row that is not committed, or was deleted since.
            continue
        with context.source() as source:
            last = max(used, largest_key(source, table))
        target.value("SELECT setval(%s, %s)", [sequence, last])
        context.tell(f"{table.name}: keys go on behind {last}")


def _fate(context: Context) -> str:
    """The state that the target knows, once nothing can change it any more.

    The session that was to commit may be there yet, and the COMMIT on its way: it is ended, and is
    gone when the lock that it holds is free. Raises `FateUnknown` when that cannot be had.
    """
    for _ in range(_LOOKS):
        try:
            target = Target(context.config.database, name="delamp cutover")
            try:
                end_session(target, context.session)
                become_the_cutover(target)
                found = latest(Ledger(target))
            finally:
                target.close()
        except (TargetError, RunError):
            time.sleep(1)
            continue
        return found.state if found is not None and found.id == context.record.id else ""
    raise FateUnknown(
        "cutover: the connection to the target was lost while the switch was committed, and the"
        " target does not answer: nobody knows whether it is done; the source stays frozen",
        hint="run `delamp status` when the target answers: is the cutover done, open Django; if"
        " not, `delamp cutover` goes on, and `delamp cutover --undo` gives the source back",
    )
