"""Decide what a run has to do: what the ledger says is left, or everything anew."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from mappings.plan import TablePlan
from mappings.sqltext import pg_name
from migrate import models
from migrate.errors import RunError
from migrate.existing import forget_existing
from migrate.ledger import Ledger, LedgerTable
from migrate.schema import owned
from migrate.target import Target, TargetRefused

__all__ = ["Work", "decide"]

State = models.Table.State

_REFERRED_TO = """
WITH RECURSIVE reference AS (
  SELECT conrelid, confrelid FROM pg_constraint WHERE contype = 'f'
), held AS (
  SELECT confrelid FROM reference
  WHERE confrelid = ANY(%s::regclass[]) AND conrelid <> ALL(%s::regclass[])
  -- What is not truncated keeps those it refers to from being truncated.
  UNION SELECT r.confrelid FROM reference r JOIN held h ON r.conrelid = h.confrelid
)
SELECT c.relname FROM held h JOIN pg_class c ON c.oid = h.confrelid
"""
"""Tables among these that others refer to, directly or by way of such a table."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """One table of the run; `record` is its row in the ledger once there is one."""

    table: TablePlan
    record: LedgerTable | None
    existing_rows: int = 0

    @property
    def to_load(self) -> bool:
        """Whether chunks are left to load."""
        return self.record is None or self.record.state in (State.PENDING, State.LOADING)

    @property
    def table_id(self) -> int:
        """The id of the ledger's row. Raises `RunError` before there is one."""
        if self.record is None:
            raise RunError(f"internal error: {self.table.name} is not in the ledger")
        return self.record.id

    def recorded(self, record: LedgerTable) -> Work:
        return replace(self, record=record)


def decide(
    ledger: Ledger,
    tables: Sequence[TablePlan],
    *,
    known: Collection[str],
    restart: bool,
    force: bool,
) -> tuple[Work, ...]:
    """Return the work that is left on these tables; none when all are finished.

    Raises `RunError` when the ledger forbids it: the mapping or the source schema has changed
    since the rows were loaded, an unfinished run holds other tables, or the target holds rows
    that the mapping's policy does not allow. `restart` empties the tables first; rows that
    delamp did not load are deleted only with `force`. Of tables that no mapping of `known` names
    any more, the ledger forgets what an unfinished run did; their rows stay.
    """
    records = ledger.tables()
    unfinished = ledger.unfinished_run()
    names = {table.name for table in tables}
    if unfinished is not None:
        others = [r.mapping for r in records.values() if r.run_id == unfinished]
        others = [name for name in others if name not in names]
        if restart and not set(others) & set(known):
            ledger.forget(others)
        elif others:
            raise RunError(
                f"run {unfinished} is not finished and holds {', '.join(others)}, got"
                f" {', '.join(sorted(names))} (expected all of its tables)",
                hint="finish it with `delamp run`, then run single tables"
                if set(others) & set(known)
                else "no mapping of that name is left: `delamp run --restart` goes on without"
                " it, and leaves its rows",
            )
    if restart:
        _restart(ledger, tables, records, force=force)
        records = ledger.tables()
    found = []
    for table in tables:
        record = records.get(table.name)
        if record is None:
            rows = _existing(ledger, table)
            found.append(Work(table=table, record=None, existing_rows=rows))
            continue
        if record.fingerprint != table.fingerprint:
            raise RunError(
                f"{table.name}: the mapping or the source schema changed since run"
                f" {record.run_id} loaded it",
                hint=f"run `delamp run {table.name} --restart` to load it anew",
            )
        if record.state != State.FINISHED or record.run_id == unfinished:
            found.append(Work(table=table, record=record, existing_rows=record.existing_rows))
    return tuple(found)


def _existing(ledger: Ledger, table: TablePlan) -> int:
    rows = int(ledger.target.value(f"SELECT count(*) {table.target_rows}"))
    if rows and table.existing == "refuse":
        raise RunError(
            f"{table.name}: target table {table.target} is not empty, got {rows} rows"
            " that delamp did not load (expected none)",
            hint='empty it, or say `existing = "keep"` or `"match"` in class Meta',
        )
    return rows


def _restart(
    ledger: Ledger, tables: Sequence[TablePlan], records: dict[str, LedgerTable], *, force: bool
) -> None:
    """Empty the tables and forget their chunks, in one transaction."""
    target = ledger.target
    emptied = [table for table in tables if table.existing == "refuse"]
    if not force:
        for table in tables:
            _only_ours(ledger, table, records.get(table.name))
    with target.transaction():
        try:
            _empty(target, emptied)
        except TargetRefused as error:
            raise RunError(
                f"the tables cannot be emptied: {error.primary}",
                hint="name the tables that refer to them as well, or empty those first",
            ) from error
        for table in tables:
            if table.existing != "refuse" and table.name in records:
                forget_existing(ledger, table)
        ledger.forget([table.name for table in tables])


def _empty(target: Target, tables: Sequence[TablePlan]) -> None:
    """TRUNCATE what may be; it is refused where a table of others refers, even an empty one."""
    names = [table.target for table in tables if table.owns is None]
    slowly = set(names)
    if owned(target, names):
        quoted = [pg_name(name) for name in names]
        slowly = {name for (name,) in target.rows(_REFERRED_TO, [quoted, quoted])}
    quickly = [pg_name(name) for name in names if name not in slowly]
    if quickly:
        target.execute(f"TRUNCATE {', '.join(quickly)}")
    for table in reversed(tables):
        if table.owns is not None or table.target in slowly:
            target.execute(f"DELETE {table.target_rows}")
    # Now, where it can be told which tables it is about, and not at the commit.
    target.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _only_ours(ledger: Ledger, table: TablePlan, record: LedgerTable | None) -> None:
    if record is None and table.existing != "refuse":
        return
    rows = int(ledger.target.value(f"SELECT count(*) {table.target_rows}"))
    ours = ledger.loaded(record.id) + record.existing_rows if record else 0
    if rows > ours:
        raise RunError(
            f"{table.name}: target table {table.target} holds rows that delamp did not load,"
            f" got {rows} (expected at most {ours})",
            hint="keep them safe; then `delamp run --restart --force` deletes them",
        )
