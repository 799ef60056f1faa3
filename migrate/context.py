"""What the steps of one run share."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from mappings.plan import Plan, TablePlan
from migrate.config import Config
from migrate.errors import Interrupted, RunError
from migrate.events import Listener, Phase
from migrate.ledger import Ledger
from migrate.locks import join_the_run
from migrate.resume import Work
from migrate.target import Target

__all__ = ["GO_ON", "Context"]

GO_ON = "run `delamp run` to go on (without --restart, which begins anew)"


@dataclass(kw_only=True)
class Context:
    """What the steps of a run share."""

    config: Config
    plan: Plan
    tables: tuple[TablePlan, ...]
    ledger: Ledger
    listener: Listener
    stop: threading.Event
    run_id: int = 0
    read_now: bool = False
    """Whether the rows are those of this attempt's snapshot, and not of an earlier one's."""
    one_transaction: bool = False
    """The tables belong to another user: nothing can be dropped, so foreign keys stay, and all
    rows come in one transaction at whose end PostgreSQL checks them."""
    proving: bool = False
    """The source hashes every chunk, and the ledger keeps the sums."""
    work: tuple[Work, ...] = ()
    phases: list[tuple[str, float]] = field(default_factory=list)

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Announce a phase, time it, and refuse to begin it once a stop was asked for."""
        if self.stop.is_set():
            raise Interrupted(
                f"run {self.run_id} stopped before {name}; all that is loaded is committed",
                hint=GO_ON,
            )
        self.listener(Phase(name=name))
        started = time.monotonic()
        yield
        self.phases.append((name, time.monotonic() - started))

    def require_few_rejects(self, rejects: int) -> None:
        """Raise `RunError` when a run has more rejects than it may have."""
        limit = self.config.max_rejects
        if rejects > limit:
            raise RunError(
                f"run {self.run_id}: too many rejected rows, got {rejects:,} (expected at most"
                f" {limit:,}); all chunks so far are committed",
                hint="see `delamp rejects list`; then run again with --max-rejects, or correct the"
                " mapping and run with --restart",
            )

    def connect_target(self) -> Target:
        """A further connection that takes part in this run.

        Its commits do not wait for the disk: a crash of the server may take the last of them, each
        whole, with its rows and its ledger row, and a resume does them again. All are on disk
        before the run is finished: the commit that says so waits, and whatever was committed
        before it is in the write-ahead log before it (PostgreSQL manual, "Asynchronous Commit").
        """
        target = Target(self.config.database)
        join_the_run(target)
        target.execute("SET synchronous_commit = off")
        return target
