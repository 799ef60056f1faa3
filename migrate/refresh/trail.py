"""While a cutover goes on: which rows and counters were refreshed since its full verification.

They are noted in the transaction that refreshes them, whichever process does it, so a cutover that
was killed knows on its next attempt what is still to be verified.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from mappings.sqltext import pg_name, pg_text
from migrate import models
from migrate.refresh.batch import Batch

__all__ = ["NOTED_FOR", "note_changes"]

NOTED_FOR = dt.timedelta(days=3)
"""A cutover that was given up and never begun again is not noted for without end."""


def note_changes(batch: Batch, counted: Mapping[str, str]) -> None:
    """Note the rows of a batch, and the parents in `counted` (temporary tables by table plan).

    Does nothing unless a cutover asks for it. Commits nothing.
    """
    cutover = pg_name(models.Cutover._meta.db_table)
    found = batch.target.value(
        f"SELECT max(id) FROM {cutover} WHERE recording"
        f" AND started_at > now() - interval '{NOTED_FOR.days} days'"
    )
    if found is None:
        return
    for place in batch.places.values():
        if place.spelled:
            # Verified as a whole: no key of the source names its rows.
            continue
        _note(batch, found, models.CutoverKey.Kind.ROW, place.plan.name, place.asked, place.ids)
    for name, table in counted.items():
        _note(batch, found, models.CutoverKey.Kind.COUNTED, name, table, ("key",))


def _note(
    batch: Batch, cutover: int, kind: str, mapping: str, table: str, columns: tuple[str, ...]
) -> None:
    texts = ", ".join(f"{column}::text" for column in columns)
    batch.target.execute(
        f"INSERT INTO {pg_name(models.CutoverKey._meta.db_table)} (cutover_id, kind, mapping, key)"
        f" SELECT {int(cutover)}, {pg_text(kind)}, {pg_text(mapping)}, jsonb_build_array({texts})"
        f" FROM {table}"
    )
