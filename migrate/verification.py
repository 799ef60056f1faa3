"""Wires `verify`: opens the connections, and says what the ledger knows of every table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from mappings.keys import KeyValue
from mappings.plan import TablePlan
from mappings.registry import discover
from mappings.sqltext import pg_name, pg_text
from migrate import models
from migrate.config import Config
from migrate.errors import ConfigError
from migrate.existing import read_renumbering
from migrate.ledger import Ledger
from migrate.planning import choose_tables, compile_for
from migrate.snapshot import open_snapshot
from migrate.source import Source
from migrate.target import Target
from verify import Declared, Departures, Level, Report, sharing, verify_plan

__all__ = ["departures", "run_verify"]


def run_verify(
    config: Config,
    *,
    tables: Sequence[str],
    levels: Sequence[Level],
    progress: Callable[..., None] | None = None,
    all_rows: bool = False,
    seed: int | None = None,
    prepared: Callable[[Sequence[TablePlan], Source], None] | None = None,
) -> Report:
    """Compare both databases at the levels asked for; writes to neither.

    Level "rows" reads all of them with `all_rows`, or a sample that `seed` decides.

    The source is read in one snapshot, shared by as many readers as it allows. `prepared` is told
    the tables, with a connection, before any row is looked at. Raises
    `ConfigError`, `DeclarationError`, `SourceError`, `TargetError`; findings are in the report.
    """
    targets = [Target(config.database, name="delamp verify")]
    try:
        ledger = Ledger(targets[0])
        ledger.require_tables()
        snapshot = open_snapshot(
            lambda: Source(config.source, block_bytes=config.chunk_bytes), config.readers
        )
        try:
            targets += [Target(config.database, name="delamp verify") for _ in snapshot.sources[1:]]
            plan, catalogue = compile_for(config, snapshot.sources[0], ledger)
            chosen = choose_tables(plan, tables)
            if shared := sharing(plan, chosen):
                raise ConfigError(
                    f"{shared[0]}: its rows cannot be told from those of {', '.join(shared[1:])}"
                    " in the same target table",
                    hint="select both sources in one view (UNION ALL), and map the view",
                )
            if prepared is not None:
                prepared(chosen, snapshot.sources[0])
            return verify_plan(
                plan,
                snapshot.sources,
                targets,
                levels=levels,
                tables=[table.name for table in chosen],
                departures={table.name: departures(ledger, table) for table in chosen},
                progress=progress,
                using=config.target,
                declared=Declared(
                    mappings=discover(),
                    catalogue=catalogue,
                    renumbering=read_renumbering(ledger, plan),
                ),
                all_rows=all_rows,
                seed=seed,
            )
        finally:
            snapshot.close()
    finally:
        for target in targets:
            target.close()


def departures(ledger: Ledger, table: TablePlan) -> Departures:
    """What the latest run of the table left out, left NULL or left as it was."""
    records = ledger.tables()
    if table.name not in records:
        return Departures()
    keys: dict[str, set[KeyValue]] = defaultdict(set)
    nulled: set[tuple[KeyValue, str]] = set()
    nameless: dict[str, int] = defaultdict(int)
    refused: dict[KeyValue, list[tuple[str, str]]] = defaultdict(list)
    # A key of the ledger may be only the leading part of the source's: it names no row then.
    keyed = bool(table.key) and len(table.key) == len(table.source.key)
    for outcome, key, column, code in ledger.target.rows(
        f'SELECT outcome, key, "column", code FROM {pg_name(models.Reject._meta.db_table)}'
        " WHERE table_id = %s",
        [records[table.name].id],
    ):
        if key is None or not keyed:
            nameless[outcome] += 1
        elif outcome == models.Reject.Outcome.NULLED:
            nulled.add((tuple(key), column))
        else:
            keys[outcome].add(tuple(key))
            if outcome == models.Reject.Outcome.REJECTED:
                refused[tuple(key)].append((column, code))
    return Departures(
        rejected=frozenset(keys["rejected"]),
        skipped=frozenset(keys["skipped"]),
        kept=frozenset(keys["kept"]),
        nulled=frozenset(nulled),
        refused={key: tuple(reasons) for key, reasons in refused.items()},
        existing_sql=_existing(ledger, table),
        rejected_count=nameless["rejected"],
        skipped_count=nameless["skipped"],
        kept_count=nameless["kept"],
        nulled_count=nameless["nulled"],
    )


def _existing(ledger: Ledger, table: TablePlan) -> str:
    """Query of the rows that were there before the first run and became no source row; or ''."""
    existing, matched = (pg_name(m._meta.db_table) for m in (models.ExistingKey, models.KeyMap))
    any_row = f"SELECT EXISTS (SELECT FROM {existing} WHERE mapping = %s)"
    if table.existing == "refuse" or not ledger.target.value(any_row, [table.name]):
        return ""
    name = pg_text(table.name)
    return (
        f"SELECT b.target_key FROM {existing} b WHERE b.mapping = {name} AND NOT EXISTS"
        f" (SELECT FROM {matched} m WHERE m.mapping = {name} AND m.target_key = b.target_key)"
    )
