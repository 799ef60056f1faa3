"""Wires `verify`: opens the connections, and says what the ledger knows of every table."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from mappings.catalogue import Catalogue
from mappings.plan import Plan, TablePlan
from mappings.registry import discover
from migrate.config import Config
from migrate.departures import departures
from migrate.errors import ConfigError, DelampError
from migrate.existing import read_renumbering
from migrate.ledger import Ledger
from migrate.planning import choose_tables, compile_for
from migrate.settling import settling
from migrate.snapshot import open_snapshot
from migrate.source import Source
from migrate.target import Target
from migrate.target_columns import require_columns
from migrate.verified import (
    Keeper,
    Kept,
    looks_in_the_past,
    may_keep,
    require_unchanged,
    stopped,
)
from verify import (
    Declared,
    Departures,
    Level,
    LevelResult,
    Limits,
    Live,
    Moment,
    Report,
    Resumption,
    sharing,
    verify_plan,
)
from verify.runner import Progress

__all__ = ["departures", "run_verify"]

_SEEDS = 1_000_000_000
_NOT_KEPT = (
    "warning: how far it gets is not written down, so that --resume cannot go on: this role may"
    " only read the ledger (see `delamp grants verify`)"
)


def run_verify(
    config: Config,
    *,
    tables: Sequence[str],
    levels: Sequence[Level],
    progress: Progress | None = None,
    all_rows: bool = False,
    seed: int | None = None,
    prepared: Callable[[Sequence[TablePlan], Source], None] | None = None,
    budget: float | None = None,
    resume: bool = False,
    settle: Callable[[], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
    tell: Callable[[str], None] = lambda text: None,
) -> Report:
    """Compare both databases at the levels asked for; of both only the ledger is written.

    Level "rows" reads all of them with `all_rows`, or a sample that `seed` decides. With `budget`
    seconds it looks where it tells most, and ends when they are spent, or when `stop` says so;
    what was looked at by then is in the ledger, and `resume` goes on from there, with the tables,
    levels and sample that were begun with. `settle` waits before a difference is looked at again;
    None: as `migrate.settling` has it for the configured grace and a follower that runs.

    The source is read in one snapshot, shared by as many readers as it allows. `prepared` is told
    the tables, with a connection, before any row is looked at, `tell` what a person should know.
    Raises `ConfigError`, `DeclarationError`, `SourceError`, `TargetError`, and `RunError` where
    there is nothing to go on with; findings are in the report.
    """
    with contextlib.ExitStack() as opened:
        first = opened.enter_context(contextlib.ExitStack())
        now = first.enter_context(_both(config))
        plan, catalogue = compile_for(config, now.sources[0], now.ledger)
        if resume:
            kept = stopped(now.ledger)
            began = f"{kept.started_at:%Y-%m-%d %H:%M} UTC"
            tell(f"going on with verification {kept.id}, begun {began}")
            order = _Order.again(plan, kept)
        else:
            drawn = secrets.randbelow(_SEEDS) if seed is None else seed
            order = _Order(tuple(levels), choose_tables(plan, tables), all_rows, drawn)
        if not order.tables and plan.tables:
            raise ConfigError(
                "verify: nothing to compare, every table is Django's by now (expected one that PHP"
                " writes)",
                hint="after a cutover: docs/rollback.md; else `delamp own TABLE --give-back`",
            )
        order.require_apart(plan)
        require_columns(now.targets[0], order.tables, using=config.target)
        if prepared is not None:
            prepared(order.tables, now.sources[0])
        keeper = opened.enter_context(_keeping(config, now, order))
        if keeper is None and (budget or resume):
            tell(_NOT_KEPT)
        settle = settle or settling(config, config.grace, stop)
        report = _compared(
            config,
            now,
            order,
            plan,
            catalogue,
            keeper,
            progress=progress,
            limits=Limits(seconds=budget, stop=stop),
            live=_live(config, order, settle, first),
        )
        if keeper is not None:
            keeper.end(complete=report.complete)
        return report


def _compared(
    config: Config,
    now: _Now,
    order: _Order,
    plan: Plan,
    catalogue: Catalogue,
    keeper: Keeper | None,
    *,
    progress: Progress | None,
    limits: Limits,
    live: Live | None,
) -> Report:
    budgeted = limits.seconds is not None
    return verify_plan(
        plan,
        now.sources,
        now.targets,
        levels=order.levels,
        tables=[table.name for table in order.tables],
        departures=now.departures(order.tables),
        progress=progress,
        using=config.target,
        declared=Declared(
            mappings=discover(),
            catalogue=catalogue,
            renumbering=read_renumbering(now.ledger, plan),
        ),
        all_rows=order.all_rows,
        seed=order.seed,
        limits=limits,
        live=live,
        resumption=Resumption(
            begun=order.begun,
            past=looks_in_the_past(now.ledger, order.tables) if budgeted else {},
            kept=keeper.keep if keeper is not None else None,
        ),
    )


@dataclass(frozen=True)
class _Order:
    """What is to be looked at."""

    levels: tuple[Level, ...]
    tables: tuple[TablePlan, ...]
    all_rows: bool
    seed: int
    kept: Kept | None = None
    begun: tuple[LevelResult, ...] = ()

    @classmethod
    def again(cls, plan: Plan, kept: Kept) -> _Order:
        """What a stopped verification was to look at. Raises `RunError` if that has changed."""
        tables = tuple(t for t in choose_tables(plan, ()) if t.name in kept.tables)
        require_unchanged(kept, tables)
        return cls(kept.levels, tables, kept.all_rows, kept.seed, kept, kept.parts)

    def require_apart(self, plan: Plan) -> None:
        """Raise `ConfigError` for two mappings into one table whose rows nothing tells apart."""
        if shared := sharing(plan, self.tables):
            raise ConfigError(
                f"{shared[0]}: its rows cannot be told from those of {', '.join(shared[1:])}"
                " in the same target table",
                hint="select both sources in one view (UNION ALL), and map the view",
            )


@dataclass(frozen=True)
class _Now:
    """Both databases, open."""

    ledger: Ledger
    sources: Sequence[Source]
    targets: list[Target] = field(default_factory=list)

    def departures(self, tables: Sequence[TablePlan]) -> dict[str, Departures]:
        """What the ledger says of each of these tables."""
        return {table.name: departures(self.ledger, table) for table in tables}


@contextlib.contextmanager
def _both(config: Config) -> Iterator[_Now]:
    """Readers of one snapshot of the source, and as many connections to the target."""
    with contextlib.ExitStack() as opened:

        def target() -> Target:
            found = Target(config.database, name="delamp verify")
            opened.callback(found.close)
            return found

        first = target()
        ledger = Ledger(first)
        ledger.require_tables()
        snapshot = open_snapshot(
            lambda: Source(config.source, block_bytes=config.chunk_bytes), config.readers
        )
        opened.callback(snapshot.close)
        yield _Now(ledger, snapshot.sources, [first, *(target() for _ in snapshot.sources[1:])])


def _live(
    config: Config,
    order: _Order,
    settle: Callable[[], None] | None,
    first: contextlib.ExitStack,
) -> Live | None:
    """How differences are looked at again; None: the source is at rest."""
    if settle is None and all(result.ok for result in order.begun):
        return None

    def wait() -> None:
        # An open snapshot keeps every ALTER TABLE waiting, and what comes after that.
        first.close()
        # What an earlier part found may have been mended since: that needs no waiting.
        if settle is not None:
            settle()

    @contextlib.contextmanager
    def moment() -> Iterator[Moment]:
        with _both(config) as now:
            yield Moment.of(now.sources, now.targets, now.departures(order.tables))

    return Live(settle=wait, moment=moment)


@contextlib.contextmanager
def _keeping(config: Config, now: _Now, order: _Order) -> Iterator[Keeper | None]:
    """What writes down how far it gets; None where this role may not."""
    if not may_keep(now.ledger.target):
        yield None
        return
    target = Target(config.database, name="delamp verify: ledger")
    try:
        keeper = Keeper(target)
        if order.kept is not None:
            keeper.go_on(order.kept)
        else:
            keeper.begin(order.levels, order.tables, all_rows=order.all_rows, seed=order.seed)
        try:
            yield keeper
        except BaseException:
            # What failed is being raised; the ledger may be what failed.
            with contextlib.suppress(DelampError):
                keeper.end(complete=False)
            raise
    finally:
        target.close()
