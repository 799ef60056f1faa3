"""Tables that no event names rows of, and that nothing has touched since they were compared whole.

They need not be compared once more in the pause, which would grow with them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace

from mappings.catalogue import Catalogue
from mappings.plan import ReferencePlan, TablePlan
from mappings.sqltext import pg_name, pg_text
from migrate import models
from migrate.binlog import BinlogPosition, Cascade, cascades
from migrate.cutover.changed import last_note
from migrate.cutover.context import Context
from migrate.cutover.neighbours import written_between
from migrate.cutover.standstill import look
from migrate.follow.naming import make_naming
from migrate.source import Source

__all__ = ["Compared", "mark_compared", "read_ahead", "still_same", "untouched"]

_KEYS = pg_name(models.CutoverKey._meta.db_table)
_REJECTS = pg_name(models.Reject._meta.db_table)
_AHEAD_SECONDS = 60.0
_IN_PAUSE_SECONDS = 2.0
"""For what was written between the last look before the freeze and the freeze."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """When tables were compared whole, by what has moved since."""

    at: BinlogPosition
    """Of the source: what was written until here is in `written`, or before the comparison."""
    tables: frozenset[str]
    """Table plans that were the same."""
    first_note: int
    """The last note of a changed row when it was done."""
    last_note: int
    """The last that is of our own catching up since."""
    inserted: Counter[str] = field(default_factory=Counter)
    """By table plan: rows that catching up has brought since."""
    deleted: Counter[str] = field(default_factory=Counter)
    written: frozenset[str] = frozenset()
    """Source tables that were written to since the comparison began."""


def mark_compared(context: Context, source: Source, same: Collection[str]) -> Compared | None:
    """What to remember of a comparison that has just ended.

    `same` are tables whose rows cannot be refreshed; others that the binlog does not tell of were
    brought in step by the catch-up before. None without a binlog.
    """
    at = context.comparing_since
    if at is None:
        return None
    plan, catalogue = context.compiled(source)
    ours = [table.name for table in plan.tables if not table.djangos]
    blind = make_naming(plan, catalogue, cascades(source), ours).blind.keys() - {*context.stale}
    if not blind and not same:
        return None
    note = last_note(context.record)
    return Compared(at=at, tables=frozenset({*same, *blind}), first_note=note, last_note=note)


def read_ahead(context: Context, source: Source) -> None:
    """Before the pause: what was written while tables were compared, and afterwards, until now."""
    compared, until = context.compared, look(source).binlog
    if compared is None or until is None:
        return
    written = _written(context, source, until, _AHEAD_SECONDS)
    context.compared = None if written is None else replace(compared, at=until, written=written)


def untouched(context: Context, source: Source) -> frozenset[str]:
    """Of the tables compared, those whose source has not changed until now.

    None, where another process has refreshed rows since, or the binlog between cannot be read, or
    not at once: they are compared once more then.
    """
    until, compared = look(source).binlog, context.compared
    if compared is None or until is None or last_note(context.record) != compared.last_note:
        return frozenset()
    written = _written(context, source, until, _IN_PAUSE_SECONDS)
    if written is None:
        return frozenset()
    reads = _read_by(context, source)
    return frozenset(n for n, names in reads.items() if names is not None and not names & written)


def _written(
    context: Context, source: Source, until: BinlogPosition, seconds: float
) -> frozenset[str] | None:
    """Source tables that were written to since the comparison; None where that cannot be told."""
    compared = context.compared
    assert compared is not None
    _, catalogue = context.compiled(source)
    names = {name for names in _read_by(context, source).values() for name in names or ()}
    tables = [table for name, table in catalogue.tables.items() if name in names]
    found = written_between(context.config, tables, compared.at, until, seconds=seconds)
    return None if found is None else compared.written | found


def _read_by(context: Context, source: Source) -> dict[str, set[str] | None]:
    """For each table that was compared: the source tables that it is made of."""
    assert context.compared is not None
    plan, catalogue = context.compiled(source)
    chains, names = cascades(source), context.compared.tables
    return {t.name: _reads(t, catalogue, chains) for t in plan.tables if t.name in names}


def still_same(context: Context, source: Source) -> frozenset[str]:
    """Of the tables untouched, those that catching up has not touched in the target either.

    It does by parents that leave, and ought to by parents that arrive for rows refused before.
    """
    plan, _ = context.compiled(source)
    moved, kept = context.compared, set()
    if moved is None:
        return frozenset()
    for table in plan.tables:
        parents = [
            (parent, reference)
            for reference in table.all_references
            for parent in plan.tables
            if parent.target == reference.parent
        ]
        left = any(moved.deleted[parent.name] for parent, _ in parents)
        if table.name in context.untouched and not left:
            arrived = [(p, r) for p, r in parents if moved.inserted[p.name]]
            if not any(_waited_for(context, moved, table, p, r) for p, r in arrived):
                kept.add(table.name)
    return frozenset(kept)


def _waited_for(
    context: Context,
    compared: Compared,
    table: TablePlan,
    parent: TablePlan,
    reference: ReferencePlan,
) -> bool:
    """Whether rows were refused for want of parents that were refreshed; yes where none can say."""
    column = next(c for c in table.columns if c.column == reference.column)
    if column.steps or len(column.sources) != 1:
        return True
    value = f'r."values"->>{pg_text(column.sources[0])}'
    noted = (
        f"SELECT k.key->>0 FROM {_KEYS} k WHERE k.cutover_id = {context.record.id}"
        f" AND k.id > {compared.first_note} AND k.mapping = {pg_text(parent.name)}"
    )
    table_id = context.ledger.tables()[table.name].id
    found: bool = context.ledger.target.value(
        f"SELECT EXISTS (SELECT FROM {_REJECTS} r WHERE r.table_id = {table_id}"
        f" AND r.code = 'no_parent' AND ({value} IS NULL OR {value} IN ({noted})))"
    )
    return found


def _reads(table: TablePlan, catalogue: Catalogue, chains: Iterable[Cascade]) -> set[str] | None:
    """Source tables whose changes can change rows of the table; None where that is not known."""
    if table.source.query is not None or (table.where and "select" in table.where.lower()):
        return None
    besides = {join.table for join in table.source.joins}
    besides |= {name for column in table.columns for name, _ in column.elsewhere}
    found = {table.source.name, *besides}
    if any(name not in catalogue.tables or not catalogue.tables[name].engine for name in found):
        return None
    # Silently changed with the parents of a foreign key, and theirs.
    while more := set(_above(found, chains)) - found:
        found |= more
    return found


def _above(names: Collection[str], chains: Iterable[Cascade]) -> Iterator[str]:
    folded = {name.lower() for name in names}
    return (chain.parent for chain in chains if chain.child.lower() in folded)
