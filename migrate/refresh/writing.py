"""Write a closed batch into the target: what leaves, what changed, what is new."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mappings.sqltext import pg_name
from migrate.errors import RunError
from migrate.refresh.batch import Batch
from migrate.refresh.parking import park
from migrate.refresh.place import Place, same
from migrate.target import Target, TargetRefused

__all__ = ["ChangedRows", "Written", "write"]

Keys = list[tuple[Any, ...]]
_LOCK_SECONDS = 3


@dataclass(frozen=True, kw_only=True)
class ChangedRows:
    """Primary keys of the rows of one table that a batch has changed."""

    inserted: Keys
    updated: Keys
    deleted: Keys

    @property
    def counts(self) -> tuple[int, int, int]:
        """Rows inserted, updated and deleted."""
        return len(self.inserted), len(self.updated), len(self.deleted)


Written = dict[str, ChangedRows]
"""By table plan."""


def write(batch: Batch) -> Written:
    """Bring the target's rows in step with the stage, children leaving first, parents coming first.

    Rows are updated in place, and only if they differ.
    """
    order = [p for t in batch.plan.tables if (p := batch.places.get(t.name)) is not None]
    deleted = {p.plan.name: _delete(p) for p in reversed(order)}
    changed: Written = {}
    for place in order:
        updated = _change(place)
        inserted = _insert(place)
        name = place.plan.name
        changed[name] = ChangedRows(inserted=inserted, updated=updated, deleted=deleted[name])
    return changed


def _change(place: Place) -> Keys:
    """Update what differs. Where unique values change places, their rows are taken out between.

    PostgreSQL asks a unique index row by row, whatever order the rows come in. Nothing else makes
    a row leave: to leave for a moment is not harmless where a foreign key cascades.
    """
    target = place.target
    try:
        with target.transaction():
            return _update(place)
    except TargetRefused as error:
        if error.sqlstate != "23505":
            raise
    if target.value(_CASCADES, [place.name]):
        return _change_parked(place)
    _keep_writers_out(place)
    moved = _take_out(place)
    updated = _update(place)
    return updated + (_put_back(place) if moved else [])


def _change_parked(place: Place) -> Keys:
    """The same without a row that leaves, since a foreign key would have others leave with it."""
    try:
        with place.target.transaction():
            if park(place):
                return _update(place)
    except TargetRefused as error:
        if not error.about_data:
            raise
    raise RunError(
        f"{place.plan.name}: unique values change places, and a foreign key of the database"
        " deletes or clears rows that refer to these (ON DELETE)",
        hint="correct these rows by hand in one transaction, then run this again",
    )


def _keep_writers_out(place: Place) -> None:
    """Have other writers of the table wait, before their statement begins.

    Whoever waits for a row alone finds it deleted, though it is put back: an `F() + 1` of the
    application would change no row, and nobody would hear of it. Raises `TargetRefused` (55P03)
    when a transaction that wrote the table does not end soon: meanwhile, all others would wait.
    """
    before = place.target.value("SELECT current_setting('lock_timeout')")
    place.target.execute(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'")
    place.target.execute(f"LOCK TABLE {place.name} IN EXCLUSIVE MODE")
    place.target.value("SELECT set_config('lock_timeout', %s, true)", [before])


_CASCADES = """
SELECT EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND confrelid = to_regclass(%s)
               AND confdeltype <> 'a' AND confdeltype <> 'r')
"""


def _delete(place: Place) -> Keys:
    return place.target.rows(
        f"DELETE FROM {place.name} t USING {place.asked} a WHERE {same(place.ids, 'a', 't')}"
        f"{place.owned} AND NOT EXISTS"
        f" (SELECT FROM {place.stage} s WHERE {same(place.ids, 's', 't')}) RETURNING {_key(place)}"
    )


def _take_out(place: Place) -> int:
    identity = {column.column for column in place.plan.identity}
    values = sorted({name for u in place.uniques for name in u.columns} - identity)
    if not values:
        return 0
    differing = (
        f"FROM {place.name} t JOIN {place.stage} s ON {same(place.ids, 's', 't')}{place.owned}"
        f" WHERE ({_row('t', values)}) IS DISTINCT FROM ({_row('s', values)})"
    )
    place.target.execute(
        f"CREATE TEMP TABLE {place.moved} ON COMMIT DROP AS SELECT t.* {differing}"
    )
    return place.target.execute(
        f"DELETE FROM {place.name} t USING {place.moved} m WHERE {same(place.ids, 'm', 't')}"
        f"{place.owned}"
    )


def _update(place: Place) -> Keys:
    identity = {column.column for column in place.plan.identity}
    names = [c.column for c in place.plan.verified if c.column not in identity]
    if not names:
        return []
    sets = ", ".join(f"{pg_name(name)} = s.{pg_name(name)}" for name in names)
    return place.target.rows(
        f"UPDATE {place.name} t SET {sets} FROM {place.stage} s"
        f" WHERE {same(place.ids, 's', 't')}{place.owned}"
        f" AND ({_row('t', names)}) IS DISTINCT FROM ({_row('s', names)})"
        f" RETURNING {_key(place)}"
    )


def _put_back(place: Place) -> Keys:
    """Mapped columns from the stage, every other as it was."""
    mapped = [c.column for c in place.plan.verified]
    kept = [name for name in _writable(place.target, place) if name not in mapped]
    names = ", ".join(map(pg_name, [*mapped, *kept]))
    values = ", ".join([_row("s", mapped), *(f"m.{pg_name(name)}" for name in kept)])
    return place.target.rows(
        f"INSERT INTO {place.name} AS t ({names}) OVERRIDING SYSTEM VALUE SELECT {values}"
        f" FROM {place.stage} s JOIN {place.moved} m ON {same(place.ids, 'm', 's')}"
        f" RETURNING {_key(place)}"
    )


def _insert(place: Place) -> Keys:
    names = ", ".join(place.columns)
    return place.target.rows(
        f"INSERT INTO {place.name} AS t ({names}) OVERRIDING SYSTEM VALUE SELECT {names}"
        f" FROM {place.stage} s WHERE NOT EXISTS"
        f" (SELECT FROM {place.name} t WHERE {same(place.ids, 't', 's')}{place.owned})"
        f" ORDER BY {', '.join(place.ids)} RETURNING {_key(place)}"
    )


def _key(place: Place) -> str:
    return _row("t", place.plan.primary_key)


def _writable(target: Target, place: Place) -> Sequence[str]:
    rows = target.rows(
        "SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass(%s)"
        " AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        [place.name],
    )
    return [name for (name,) in rows]


def _row(alias: str, names: Iterable[str]) -> str:
    return ", ".join(f"{alias}.{pg_name(name)}" for name in names)
