"""Which further rows a batch needs, so that its outcome depends on nothing outside of it."""

from __future__ import annotations

import re

from mappings.plan import ReferencePlan, TablePlan
from mappings.sqltext import pg_name, pg_text
from migrate import models
from migrate.refresh.addressing import address
from migrate.refresh.batch import Batch
from migrate.refresh.holding import spare_held
from migrate.refresh.leaving import leaving, referring
from migrate.refresh.place import Place, also, refers, same

__all__ = ["close"]

_SAME_TEXT = re.compile(r"(?:(?:tiny|small|medium|big)?int|(?:var)?char)\b(?!.*zerofill)", re.I)
"""Source types that both servers write alike: not bytes, moments, or numbers filled up to 007."""


def close(batch: Batch) -> bool:
    """Ask for what the staged and the leaving rows bring along, and spare what may not leave.

    Returns whether there was any such row. A row that was asked for and not read yet looks as if
    it left, so what leaves is looked at once nothing else is asked for.
    """
    before = batch.asked
    for place in list(batch.places.values()):
        _holders_of_values(batch, place)
        _missing_parents(batch, place)
        _waiting_in_quarantine(batch, place)
    if batch.asked == before:
        for place in list(batch.places.values()):
            _children_of_what_leaves(batch, place)
    if batch.asked > before:
        return True
    return sum(spare_held(batch, place) for place in batch.places.values()) > 0


def _holders_of_values(batch: Batch, place: Place) -> None:
    """Rows of the target with a unique value that a staged row needs, of any mapping."""
    for holder in batch.plans_filling(place.plan.target):
        names = [pg_name(column.column) for column in address(holder)]
        text = "" if holder.refreshable else "::text"
        ids = ", ".join(f"t.{name}{text}" for name in names)
        known = batch.places.get(holder.name)
        new = ""
        if known is not None:
            new = f" WHERE NOT EXISTS (SELECT FROM {known.asked} a WHERE {same(names, 'a', 't')})"
        for unique in place.uniques:
            held = unique.select(f"{place.name} t", *names, where=holder.owns)
            found = batch.target.rows(
                f"SELECT DISTINCT {ids} FROM ({held}) t JOIN ({unique.select(place.stage)}) s"
                f" ON {same(unique.names, 't', 's')}{new}"
            )
            if found:
                batch.place(holder).ask_holders(found)


def _missing_parents(batch: Batch, place: Place) -> None:
    for reference in place.plan.all_references:
        if reference.orphans == "keep":
            continue
        column = pg_name(reference.column)
        missing = batch.target.rows(
            f"SELECT DISTINCT s.{column} FROM {place.stage} s WHERE s.{column} IS NOT NULL"
            f"{also(reference.only, 's')} AND NOT EXISTS"
            f" (SELECT FROM {pg_name(reference.parent)} p WHERE {refers(reference, 'p', 's')})"
        )
        if missing:
            for parent in batch.plans_filling(reference.parent):
                if [c.column for c in parent.identity] == [reference.parent_column]:
                    batch.place(parent).ask(missing)


def _children_of_what_leaves(batch: Batch, place: Place) -> None:
    for child, reference in referring(batch, place.plan):
        gone = leaving(place, reference.parent_column)
        if child.djangos:
            continue
        if not batch.refreshable(child):
            if batch.target.value(f"SELECT EXISTS (SELECT {gone})"):
                batch.settle_later(child, reference)
            continue
        ids = ", ".join(f"t.{pg_name(c.column)}" for c in child.identity)
        found = batch.target.rows(
            f"SELECT {ids} FROM {pg_name(child.target)} t WHERE EXISTS (SELECT {gone}"
            f" AND {refers(reference, 'p', 't')}){also(child.owns, 't')}"
        )
        if found:
            batch.place(child).ask(found)


def _waiting_in_quarantine(batch: Batch, place: Place) -> None:
    """Rows refused for want of what now arrives: their parent, or a value that was taken."""
    reject = pg_name(models.Reject._meta.db_table)
    for child, reference in referring(batch, place.plan):
        held = pg_name(reference.parent_column) in place.columns
        if not held or not batch.refreshable(child):
            continue
        arriving = (
            f"SELECT s.{pg_name(reference.parent_column)}::text FROM {place.stage} s"
            f" WHERE NOT EXISTS (SELECT FROM {place.name} t WHERE {same(place.ids, 't', 's')})"
        )
        # Without parameters: a per cent sign in a name would be taken for one.
        keys = batch.target.rows(
            f"SELECT r.key FROM {reject} r WHERE r.table_id = {batch.table_id(child)}"
            f" AND r.code = 'no_parent' AND r.\"column\" = {pg_text(reference.name)}"
            f" AND r.key IS NOT NULL AND EXISTS ({arriving})"
            f"{_for_these(child, reference, arriving)}"
        )
        if keys:
            batch.place(child).ask_keys(tuple(key) for (key,) in keys)
    if place.known:
        place.ask_keys(
            tuple(key)
            for (key,) in batch.target.rows(
                f"SELECT key FROM {reject} WHERE table_id = %s AND code = 'not_unique'"
                " AND key IS NOT NULL",
                [place.table_id],
            )
        )


def _for_these(child: TablePlan, reference: ReferencePlan, arriving: str) -> str:
    """SQL: and the reject `r` refers to what arrives, where its source value tells.

    It does not where steps make the reference, where PostgreSQL writes it otherwise, nor when the
    values were forgotten.
    """
    column = next(c for c in child.columns if c.column == reference.column)
    read = child.source.column(column.sources[0]) if len(column.sources) == 1 else None
    if read is None or not column.carries_key or not _SAME_TEXT.match(read.column_type):
        return ""
    value = f'r."values"->>{pg_text(column.sources[0])}'
    return f' AND (r."values" IS NULL OR {value} IN ({arriving}))'
