"""`delamp resync`: one pass that brings the target in step with a source that went on changing."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from mappings.plan import TablePlan
from migrate.binlog import BinlogError, cascades, require_binlog
from migrate.config import Config
from migrate.errors import ConfigError, Interrupted, RunError
from migrate.follow import checkpoint
from migrate.follow.followed import Followed
from migrate.follow.following import catch_up
from migrate.follow.naming import make_naming
from migrate.follow.options import FollowOptions
from migrate.follow.schema import require_same_schema
from migrate.ledger import Ledger
from migrate.locks import become_the_run
from migrate.planning import choose_tables, compile_for
from migrate.refresh import Refreshed, Refresher, address, touched
from migrate.retention import forget_old_values
from migrate.source import Source
from migrate.strategies import Choice, Strategy, choose
from migrate.table_pass import TablePass
from migrate.target import Target
from migrate.target_columns import require_columns
from migrate.truing import count_anew

__all__ = ["Resynced", "resync"]


@dataclass
class Resynced:
    """What a pass changed."""

    done: Refreshed = field(default_factory=Refreshed)
    tables: list[str] = field(default_factory=list)
    """Table plans that were compared or followed, in the order of the plan."""
    stale: list[str] = field(default_factory=list)
    """Table plans that differ, and whose rows cannot be refreshed one by one."""
    choices: list[Choice] = field(default_factory=list)
    """How changes were looked for, by table."""
    followed: Followed | None = None
    """What came of the binlog, where it was followed."""
    seconds: float = 0.0

    @property
    def changes(self) -> int:
        """Rows inserted, updated or deleted."""
        return self.done.changes


def resync(
    config: Config,
    names: Sequence[str],
    *,
    stop: threading.Event,
    progress: Callable[[str, int], None] = lambda table, rows: None,
    strategy: Strategy = "checksum",
    deletes: bool = False,
    tell: Callable[[str], None] = lambda text: None,
) -> Resynced:
    """Find the rows of the tables (all without a name) that changed, and refresh them.

    By checksums it sees inserts, updates and deletes, and needs no column, no binlog and no right
    but SELECT; by a watermark it sees deletes only with `deletes`. Some hundred rows are read at
    one instant and committed at a time, with counters, quarantine and totals, so a pass that is
    stopped or killed leaves the target consistent and the next one goes on; no view of the source
    is held for longer, but of the keys past a watermark. The binlog is followed to its end. `tell`
    hears which strategy each table takes, and why. Raises `RunError` for tables that no run has
    loaded or that are altered meanwhile, `ConfigError` for a strategy that cannot be, `Interrupted`
    after a stop, and what reading and writing raise.
    """
    started = time.monotonic()
    result = Resynced()
    if strategy == "binlog" and names:
        raise ConfigError(
            "--strategy binlog: got tables named (expected none: the binlog's position is one for"
            " all)",
            hint="leave the names out, or use --strategy checksum",
        )
    target = Target(config.database)
    try:
        with _opened(config, target) as (source, *finders):
            ledger = Ledger(target)
            plan, catalogue = compile_for(config, source, ledger)
            tables = _loaded(ledger, choose_tables(plan, names), names, tell)
            names_of = [table.name for table in tables]
            require_columns(target, tables, using=config.target)
            saved = checkpoint.read(ledger)
            known = saved.facts if saved else {}
            for note in require_same_schema(ledger, plan, catalogue, known, names_of, who="resync"):
                tell(f"the source's schema changed where no mapping reads it: {note}")
            result.tables = names_of
            result.choices = _choices(config, source, ledger, tables, strategy, all_of=not names)
            for choice in result.choices:
                tell(f"{choice.table.name}: {choice.strategy}, {choice.why}")
            refresher = Refresher(plan, ledger, source, using=config.target)
            pass_ = TablePass(
                config=config,
                catalogue=catalogue,
                finders=finders,
                source=source,
                ledger=ledger,
                refresher=refresher,
                stop=stop,
                tell=tell,
            )
            rest = [choice for choice in result.choices if choice.strategy != "binlog"]
            by_binlog = len(rest) < len(result.choices)
            for choice in rest:
                # The follower compares what it cannot follow by itself.
                if not (by_binlog and _left_to_follower(choice)):
                    _over(pass_, choice, result, progress, deletes=deletes)
            for choice in reversed(rest) if deletes else ():
                if choice.watermark is not None:
                    for rows, done in pass_.gone(choice.table):
                        result.done.add(done)
                        progress(choice.table.name, rows)
            count_anew(ledger, source, touched(plan, result.done))
    finally:
        target.close()
    if by_binlog:
        _follow(config, result, stop, tell, heal=strategy == "auto")
    result.seconds = time.monotonic() - started
    return result


@contextlib.contextmanager
def _opened(config: Config, target: Target) -> Iterator[list[Source]]:
    """Connections to the source: for what is refreshed, and for each that looks for it."""
    become_the_run(target)
    ledger = Ledger(target)
    ledger.require_tables()
    _require_loaded(ledger)
    forget_old_values(config, target)
    with contextlib.ExitStack() as opened:

        def source() -> Source:
            made = Source(config.source, block_bytes=config.chunk_bytes)
            return opened.enter_context(contextlib.closing(made))

        yield [source() for _ in range(1 + config.readers)]


def _over(
    pass_: TablePass,
    choice: Choice,
    result: Resynced,
    progress: Callable[[str, int], None],
    *,
    deletes: bool,
) -> None:
    table = choice.table
    progress(table.name, 0)
    if not address(table):
        done = pass_.in_step(table)
        if done is None:
            result.stale.append(table.name)
        else:
            result.done.add(done)
        return
    for rows, done in pass_.over(choice, deletes=deletes):
        result.done.add(done)
        progress(table.name, rows)


def _choices(
    config: Config,
    source: Source,
    ledger: Ledger,
    tables: Sequence[TablePlan],
    strategy: Strategy,
    *,
    all_of: bool,
) -> list[Choice]:
    no_binlog, blind = "only some tables are asked for", {}
    if all_of and strategy in ("auto", "binlog"):
        no_binlog = _why_no_binlog(source, ledger)
        if not no_binlog:
            plan, catalogue = compile_for(config, source, ledger)
            loaded = [table.name for table in tables]
            blind = dict(make_naming(plan, catalogue, cascades(source), loaded).blind)
    return choose(source, tables, strategy, no_binlog=no_binlog, blind=blind)


def _why_no_binlog(source: Source, ledger: Ledger) -> str:
    try:
        require_binlog(source)
    except BinlogError as error:
        return error.message.partition(": ")[2]
    saved = checkpoint.read(ledger)
    if not (saved and saved.position) and checkpoint.start_of_runs(ledger) is None:
        return "no run has recorded a position of the binlog"
    return ""


def _left_to_follower(choice: Choice) -> bool:
    return choice.strategy == "checksum" and choice.table.resync == "auto"


def _follow(
    config: Config,
    result: Resynced,
    stop: threading.Event,
    tell: Callable[[str], None],
    *,
    heal: bool,
) -> None:
    options = FollowOptions(reconnect_seconds=60.0, heal=heal)
    followed = catch_up(config, stop=stop, tell=tell, options=options)
    if stop.is_set():
        raise Interrupted(
            "resync stopped; every change so far is committed", hint="run `delamp resync` again"
        )
    result.followed = followed
    result.done.add(followed.done)
    result.stale += followed.stale


def _require_loaded(ledger: Ledger) -> None:
    unfinished = ledger.unfinished_run()
    if unfinished is not None:
        raise RunError(
            f"resync: run {unfinished} is not finished", hint="run `delamp run` to its end first"
        )


def _loaded(
    ledger: Ledger,
    tables: Sequence[TablePlan],
    names: Sequence[str],
    tell: Callable[[str], None],
) -> tuple[TablePlan, ...]:
    """The tables that a run has loaded. Raises `RunError` where none is, or one that is named."""
    records = ledger.tables()
    missing = [table.name for table in tables if table.name not in records]
    if missing and not names and len(missing) < len(tables):
        tell(f"not loaded yet, and left out: {', '.join(missing)}")
    elif missing:
        raise RunError(
            f"resync: no run has loaded {', '.join(missing)} yet",
            hint="run `delamp run` first",
        )
    return tuple(table for table in tables if table.name in records)
