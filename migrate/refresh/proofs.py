"""Copy proofs of rows that a refresh changes: said to be changed, in its transaction."""

from __future__ import annotations

from mappings.sqltext import pg_name
from migrate.proof import note_changes
from migrate.refresh.batch import Batch
from migrate.refresh.place import Place, same

__all__ = ["note_unproven"]


def note_unproven(batch: Batch, by: str) -> None:
    """Of every chunk with a row that the batch is about to write: it is changed by `by`."""
    for place in batch.places.values():
        rows = _to_change(place)
        table = batch.plan.table(place.plan.name)
        assert table is not None
        note_changes(batch.ledger, table, place.table_id, rows, place.ids, by)


def _to_change(place: Place) -> str:
    """Query of the identities that the target is to lose, to get, or to hold otherwise."""
    names = [pg_name(column.column) for column in place.plan.verified]
    ours, theirs = (", ".join(f"{alias}.{name}" for name in names) for alias in ("t", "s"))
    ids = ", ".join(f"a.{name}" for name in place.ids)
    return (
        f"SELECT {ids} FROM {place.asked} a"
        f" LEFT JOIN {place.name} t ON {same(place.ids, 't', 'a')}{place.owned}"
        f" LEFT JOIN {place.stage} s ON {same(place.ids, 's', 'a')}"
        f" WHERE (t.ctid IS NULL) <> (s.ctid IS NULL) OR ({ours}) IS DISTINCT FROM ({theirs})"
    )
