"""Undo a freeze by its recipe, and see that it is undone."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

from mappings.errors import DeclarationError
from migrate.config import Config
from migrate.cutover.freezing.accounts import canonical, grants_of
from migrate.cutover.recipe import Recipe, server_name
from migrate.cutover.record import Record, become_the_cutover, latest, now
from migrate.cutover.states import State
from migrate.errors import DelampError, RunError, SourceError
from migrate.ledger import Ledger
from migrate.locks import become_the_run
from migrate.owning import give_back
from migrate.planning import compile_for
from migrate.sequences import advance
from migrate.source import Source, SourceRefused
from migrate.target import Target

__all__ = ["carry_out", "undo"]

_COMMAND_SECONDS = 600
_AGAIN_SECONDS = 1.0


class AnotherServer(SourceError):
    """The settings lead to another server than the one that was frozen."""


class NotUndone(SourceError):
    """The recipe was run, and the source is not as it was."""


_FINAL = (AnotherServer, NotUndone, SourceRefused)
"""What trying again does not change."""


def undo(
    config: Config,
    *,
    tell: Callable[[str], None],
    after_done: bool = False,
    anywhere: bool = False,
) -> Record:
    """Give the source back that a cutover has frozen, from whatever machine.

    Of a cutover that is done only with `after_done`: what Django has written since is not in the
    source. On another server than was frozen, as after a failover, only with `anywhere`. Raises
    `RunError` when there is nothing to undo, and what either side raises.
    """
    target = Target(config.database, name="delamp cutover")
    try:
        become_the_cutover(target)
        ledger = Ledger(target)
        ledger.require_tables()
        record = latest(ledger)
        if record is None or record.recipe is None:
            raise RunError(
                "cutover: no freeze to undo, got none in the ledger that is not undone yet",
                hint="run `delamp status` to see the last cutover",
            )
        if record.state == State.DONE and not after_done:
            raise RunError(
                f"cutover {record.id}: it is done, and Django may have written since",
                hint="give --yes to let PHP write again all the same; docs/cutover.md says what"
                " becomes of the rows that Django wrote",
            )
        if record.state == State.DONE:
            # Before PHP writes: what it writes is to be followed from then on, by a follower that
            # begins anew.
            become_the_run(target)
            _give_tables_back(record)
            _keep_keys_apart(config, ledger, tell)
        _give_back(config, record, tell, anywhere=anywhere)
        record.enter(State.UNDONE, finished_at=now(), recording=False)
        return record
    finally:
        target.close()


def _give_back(
    config: Config, record: Record, tell: Callable[[str], None], *, anywhere: bool
) -> None:
    """Let PHP write again, and note it. Raises what the source raises; the recipe stays then."""
    if (recipe := record.recipe) is not None:
        carry_out(config, recipe, tell, anywhere=anywhere)
        record.write(given_back_at=now())


def _give_tables_back(record: Record) -> None:
    """The tables that the cutover made Django's are PHP's again: the follower refreshes them."""
    names = (record.report or {}).get("taken_over", [])
    give_back(record.ledger, names)


def _keep_keys_apart(config: Config, ledger: Ledger, tell: Callable[[str], None]) -> None:
    """Let Django's keys begin above `id_offset` again, before PHP gives the next one.

    What is in the way of that is told: it must not keep PHP from writing.
    """
    try:
        source = Source(config.source)
        try:
            plan, _ = compile_for(config, source, ledger)
        finally:
            source.close()
        for table in plan.tables:
            if table.id_offset is not None:
                advance(ledger.target, table)
    except (DelampError, DeclarationError) as error:
        said = error.message if isinstance(error, DelampError) else "mappings do not compile"
        tell(f"where Django goes on to insert rows, its keys may be PHP's, too: {said}")


def carry_out(
    config: Config,
    recipe: Recipe,
    tell: Callable[[str], None],
    *,
    anywhere: bool = False,
    patience_seconds: float = 0.0,
) -> None:
    """Run the recipe over a connection of its own, again and again while the source is away.

    Raises `SourceError` if it did not help, `AnotherServer` where it has to be asked for.
    """
    until, told = time.monotonic() + patience_seconds, False
    # Without statements, the source need not be there to end PHP's maintenance.
    while recipe.statements:
        try:
            _undo(config, recipe, tell, anywhere=anywhere)
            break
        except DelampError as error:
            if isinstance(error, _FINAL) or time.monotonic() > until:
                raise _not_given_back(error, recipe) from error
        if not told:
            tell(f"the source does not answer: tried for {patience_seconds:g} s to give it back")
        told = True
        time.sleep(_AGAIN_SECONDS)
    if recipe.command:
        _run(recipe.command)
    if recipe.say:
        tell(recipe.say)


def _undo(config: Config, recipe: Recipe, tell: Callable[[str], None], *, anywhere: bool) -> None:
    source = Source(config.source)
    try:
        if (name := server_name(source)) != recipe.server:
            what = f"another server than was frozen, got {name} (expected {recipe.server})"
            if not anywhere:
                raise AnotherServer(what)
            tell(what)
        for statement in recipe.statements:
            source.rows(statement)
        _require_undone(source, recipe)
    finally:
        source.close()


def _not_given_back(error: DelampError, recipe: Recipe) -> SourceError:
    return SourceError(
        f"cutover: the source could not be given back ({error.message})",
        hint=(
            "is it the right one by another name, run `delamp cutover --undo --yes`; else these"
            " by hand, on the one that was frozen: "
            if isinstance(error, AnotherServer)
            else "run `delamp cutover --undo` when it can be reached, or these by hand: "
        )
        + "; ".join(recipe.statements),
    )


def _require_undone(source: Source, recipe: Recipe) -> None:
    for name, value in recipe.variables.items():
        got = source.value(f"SELECT @@GLOBAL.{name}")
        if got != value:
            raise NotUndone(f"variable {name}, got {got} (expected {value} as before)")
    for account, lines in recipe.grants.items():
        got_lines = grants_of(source, account)
        if canonical(got_lines) != canonical(lines):
            raise NotUndone(
                f"rights of {account}, got {'; '.join(got_lines)} (expected {'; '.join(lines)})"
            )


def _run(command: str) -> None:
    """Take PHP out of maintenance by the command that was given for it."""
    try:
        done = subprocess.run(
            command, shell=True, timeout=_COMMAND_SECONDS, check=False, capture_output=True
        )
    except subprocess.TimeoutExpired as error:
        raise RunError(
            f"cutover: the command that ends PHP's maintenance does not end, got {command!r}",
            hint="end PHP's maintenance by hand",
        ) from error
    if done.returncode:
        raise RunError(
            f"cutover: the command that ends PHP's maintenance failed, got exit code"
            f" {done.returncode} of {command!r}",
            hint="end PHP's maintenance by hand, or give `delamp cutover --undo` again",
        )
