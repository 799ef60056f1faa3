"""The state machine: which step comes next, and what becomes of the source when one fails."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from migrate.config import Config
from migrate.cutover import steps
from migrate.cutover.claim import TakenOver, nobody_else, session_of
from migrate.cutover.context import Context
from migrate.cutover.options import Options
from migrate.cutover.outcome import Listener, Outcome, Said
from migrate.cutover.record import Record, become_the_cutover, latest, now
from migrate.cutover.states import ORDER, State
from migrate.cutover.switching import FateUnknown, switch
from migrate.cutover.undoing import carry_out
from migrate.errors import DelampError, RunError, SourceError
from migrate.ledger import Ledger
from migrate.target import Target

__all__ = ["cutover"]

_STEPS: dict[State, Callable[[Context], None]] = {
    State.CHECKING: steps.check,
    State.VERIFYING: steps.verify,
    State.CATCHING_UP: steps.catch_up_first,
    State.FREEZING: steps.freeze,
    State.FROZEN: steps.catch_up_finally,
    State.PROVING: steps.prove_changes,
    State.CLOSING: steps.close_target,
    State.REPORTING: steps.report,
    State.DONE: switch,
}
_ENTER_THEMSELVES = (State.FREEZING, State.DONE)
"""With the recipe of the freeze, and with the switch, in one transaction each."""
_PATIENCE_SECONDS = 30.0
"""For a source that is being started again to be given back."""
_LOOK = "run `delamp status`: it says how far the cutover is, and whether the source is frozen"


def cutover(
    config: Config, options: Options, *, listener: Listener, stop: threading.Event
) -> Outcome:
    """Cut over, go on with a cutover that was killed, or rehearse one.

    Everything before the freeze may be repeated. From the freeze on, whatever goes wrong gives the
    source back before the error is raised: `RunError`, `FindingsRemain`, `Interrupted` after a
    stop, or what either side raises. A cutover that is done stays so: asked again, its outcome is
    returned.
    """
    target = Target(config.database, name="delamp cutover")
    try:
        become_the_cutover(target)
        ledger = Ledger(target)
        ledger.require_tables()
        record = _record(config, options, ledger)
        context = Context(
            config=config,
            options=options,
            ledger=ledger,
            record=record,
            session=session_of(target),
            listener=listener,
            stop=stop,
            report=dict(record.report or {}),
            slow_counts=dict((record.report or {}).get("slow_counts", {})),
        )
        if record.state == State.DONE:
            return _outcome(context)
        try:
            _go(context)
        except BaseException as error:
            _fail(context, error)
            raise
        finally:
            context.end_pause()
        return _outcome(context)
    finally:
        target.close()


def _record(config: Config, options: Options, ledger: Ledger) -> Record:
    """The cutover to go on with, or a new one."""
    found = latest(ledger)
    if found is not None and found.recipe is not None and found.rehearsal != options.rehearse:
        what = "a rehearsal" if found.rehearsal else "a cutover"
        raise RunError(
            f"cutover {found.id}: {what} may have left the source frozen, got state {found.state}",
            hint="run `delamp cutover --undo` first",
        )
    goes_on = found is not None and found.rehearsal == options.rehearse
    if found is not None and goes_on and found.state not in (State.REHEARSED, State.UNDONE):
        if found.state != State.DONE:
            found.write(attempts=found.attempts + 1, error="", finished_at=None)
        return found
    return Record.begin(
        ledger,
        rehearsal=options.rehearse,
        run_number=_run_number(ledger),
        source=config.source.redacted,
    )


def _run_number(ledger: Ledger) -> int:
    records = ledger.tables()
    return max((record.run_id for record in records.values()), default=0)


def _go(context: Context) -> None:
    record = context.record
    if record.run_number != (number := _run_number(context.ledger)):
        # Another run has loaded since: what was verified is not what is there.
        record.write(run_number=number, verified_at=None)
    for state in ORDER[ORDER.index(_first(context)) :]:
        context.go_on()
        if state not in _ENTER_THEMSELVES:
            record.enter(state)
            context.listener(Said(state=state))
        try:
            _STEPS[state](context)
        except FateUnknown:
            raise
        except Exception:
            if record.state != State.DONE:
                # Ended by ourselves, what was waited for does not say why.
                context.require_short_pause()
            raise
    if record.rehearsal:
        if record.recipe is not None:
            _thaw(context)
            context.tell("the source is given back: PHP can write")
        context.end_pause()
        record.enter(State.REHEARSED, write_pause_seconds=context.pause_seconds)
    context.listener(Said(state=record.state))


def _first(context: Context) -> State:
    """At the freeze, where one was begun and what was verified still holds; else at the checks."""
    record = context.record
    if record.recipe is None:
        return State.CHECKING
    if context.verified and not record.rehearsal:
        context.tell(f"frozen since {record.frozen_at:%Y-%m-%d %H:%M:%S} UTC: going on from there")
        return State.FREEZING
    _thaw(context)
    context.tell("an earlier attempt had left the source frozen: it was given back")
    return State.CHECKING


def _fail(context: Context, error: BaseException) -> None:
    """Give the source back, then write down why. What cannot be given back has not ended."""
    record = context.record
    if record.state == State.DONE or isinstance(error, FateUnknown):
        return
    if context.pause is not None:
        context.pause.let_be()
    text = error.message if isinstance(error, DelampError) else f"{type(error).__name__}: {error}"
    given_back = record.recipe is None
    try:
        if record.recipe is not None:
            _thaw(context)
            given_back = True
            context.tell("the source is given back: PHP can write")
    except TakenOver as taken:
        raise RunError(f"{text}; {taken.message}: the source is left to it", hint=_LOOK) from error
    except DelampError as failure:
        text = f"{text}; then {failure.message}"
        raise SourceError(text, hint=failure.hint) from error
    finally:
        context.end_pause()
        with contextlib.suppress(DelampError):
            # The target may be what failed; the recipe is in the ledger since before.
            pause = context.pause_seconds
            record.write(error=text, write_pause_seconds=pause)
            if given_back:
                record.enter(State.FAILED, finished_at=now())


def _thaw(context: Context) -> None:
    """Give back by the recipe, also when the ledger cannot be reached any more.

    Raises `TakenOver` when the cutover has become another process's meanwhile.
    """
    recipe = context.record.recipe
    assert recipe is not None
    with nobody_else(context.config.database, context.ledger.target, context.session):
        carry_out(context.config, recipe, context.tell, patience_seconds=_PATIENCE_SECONDS)
    context.end_pause()
    with contextlib.suppress(DelampError):
        # Not noted, it is undone once more by the next command: harmless.
        context.record.write(given_back_at=now())


def _outcome(context: Context) -> Outcome:
    record = context.record
    return Outcome(
        number=record.id,
        state=record.state,
        method=record.method,
        write_pause_seconds=record.write_pause_seconds,
        report=record.report or {},
        warnings=tuple(context.warnings),
        seconds=record.seconds,
    )
