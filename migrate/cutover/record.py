"""One cutover in the ledger: every change of it is committed at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from mappings.sqltext import pg_name
from migrate import __version__, models
from migrate.cutover.recipe import Recipe
from migrate.cutover.states import State
from migrate.errors import RunError
from migrate.ledger import Ledger
from migrate.target import Target

__all__ = ["Record", "become_the_cutover", "latest"]

_SPACE, _CUTOVER = 0x64656C61, 7
"""An advisory lock beside those of `migrate.locks`: a cutover runs loads and passes of its own."""

_FIELDS = (
    "id", "state", "rehearsal", "started_at", "verified_at", "frozen_at", "given_back_at",
    "finished_at", "times", "method", "undo", "run_number", "write_pause_seconds", "report",
    "error", "source", "attempts", "recording",
)  # fmt: skip


@dataclass
class Record:
    """A row of the ledger, as it is."""

    ledger: Ledger
    id: int
    state: str
    rehearsal: bool
    started_at: dt.datetime
    verified_at: dt.datetime | None
    frozen_at: dt.datetime | None
    given_back_at: dt.datetime | None
    finished_at: dt.datetime | None
    times: list[list[str]]
    method: str
    undo: dict[str, Any] | None
    run_number: int
    write_pause_seconds: float | None
    report: dict[str, Any] | None
    error: str
    source: str
    attempts: int
    recording: bool

    @property
    def recipe(self) -> Recipe | None:
        """How to undo the freeze, if the source may be frozen."""
        outstanding = self.undo is not None and self.given_back_at is None
        return Recipe.from_json(self.undo) if outstanding and self.undo is not None else None

    @property
    def seconds(self) -> dict[str, float]:
        """How long each state lasted, the last time that it was entered."""
        moments = [(state, dt.datetime.fromisoformat(text)) for state, text in self.times]
        return {
            state: round((until - since).total_seconds(), 3)
            for (state, since), (_, until) in zip(moments, moments[1:], strict=False)
        }

    def enter(self, state: State, **values: Any) -> None:
        """Be in a state from now on."""
        self.times.append([str(state), now().isoformat()])
        self.write(state=str(state), times=self.times, **values)

    def write(self, **values: Any) -> None:
        """Change some fields; one statement."""
        self.ledger.update(models.Cutover, self.id, **values)
        for name, value in values.items():
            setattr(self, name, value)

    def forget_keys(self) -> None:
        """Delete the notes of what changed."""
        self.ledger.target.execute(
            f"DELETE FROM {pg_name(models.CutoverKey._meta.db_table)} WHERE cutover_id = %s",
            [self.id],
        )

    @classmethod
    def begin(cls, ledger: Ledger, *, rehearsal: bool, run_number: int, source: str) -> Record:
        """A new cutover. Commits."""
        times = [[str(State.CHECKING), now().isoformat()]]
        with ledger.target.transaction():
            number = ledger.insert(
                models.Cutover,
                state=State.CHECKING,
                rehearsal=rehearsal,
                started_at=now(),
                times=times,
                run_number=run_number,
                version=__version__,
                source=source,
            )
        found = latest(ledger)
        assert found is not None and found.id == number
        return found


def latest(ledger: Ledger) -> Record | None:
    """The latest cutover, or rehearsal of one."""
    table = pg_name(models.Cutover._meta.db_table)
    names = ", ".join(map(pg_name, _FIELDS))
    rows = ledger.target.rows(f"SELECT {names} FROM {table} ORDER BY id DESC LIMIT 1")
    return Record(ledger, *rows[0]) if rows else None


def become_the_cutover(target: Target) -> None:
    """Hold the lock of cutovers until the connection closes. Raises `RunError` if another does."""
    if not target.value(f"SELECT pg_try_advisory_lock({_SPACE}, {_CUTOVER})"):
        raise RunError(
            f"{target.where}: another cutover is active",
            hint="wait for it, or end that process; then `delamp cutover` goes on from there",
        )


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
