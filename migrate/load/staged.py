"""Rows by way of a staging table, for tables that may already hold rows, or pairs that repeat."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from mappings.plan import TablePlan
from mappings.sqltext import pg_name
from migrate.load.sink import Sink, Stored
from migrate.target import Target

__all__ = ["StagedSink"]

OnConflict = Literal["skip", "keep", "update"]


class StagedSink(Sink):
    """COPY into a temporary table, then INSERT what belongs into the target.

    `skip`: a row that any unique index knows already is left out (repeated pairs of a join
    table). `keep`: a row whose primary key is there already is left out. `update`: such a row's
    mapped columns are set, and no other column of it is touched.
    """

    def __init__(self, table: TablePlan, on_conflict: OnConflict) -> None:
        names = [pg_name(column.column) for column in table.columns]
        columns, name = ", ".join(names), pg_name(table.target)
        self._kept = ""
        stage = pg_name(f"delamp_stage_{table.target}"[:63])
        self._make = (
            f"CREATE TEMP TABLE IF NOT EXISTS {stage} ON COMMIT DELETE ROWS AS"
            f" SELECT {columns} FROM {name} WITH NO DATA"
        )
        self._clear = f"DELETE FROM {stage}"
        self._copy = f"COPY {stage} ({columns}) FROM STDIN"
        self._insert = f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {stage} ON CONFLICT"
        key = pg_name(table.primary_key[0])
        sets = ", ".join(f"{c} = excluded.{c}" for c in _mapped(table) if c != key)
        match on_conflict:
            case "skip":
                self._insert += " DO NOTHING"
            case "keep":
                self._insert += f" ({key}) DO NOTHING"
                held = ", ".join(f"s.{pg_name(c.column)}" for c in table.identity) or "NULL"
                self._kept = (
                    f"WITH came AS ({self._insert} RETURNING {key})"
                    f" SELECT {held} FROM {stage} s WHERE {key} NOT IN (SELECT {key} FROM came)"
                )
            case "update":
                self._insert += f" ({key}) DO UPDATE SET {sets}"

    def store(self, target: Target, pieces: Iterable[bytes]) -> Stored:
        target.execute(self._make)
        target.execute(self._clear)
        staged = target.copy(self._copy, pieces)
        if self._kept:
            kept = target.rows(self._kept)
            return Stored(loaded=staged - len(kept), skipped=len(kept), kept=tuple(kept))
        loaded = target.execute(self._insert)
        return Stored(loaded=loaded, skipped=staged - loaded)


def _mapped(table: TablePlan) -> list[str]:
    return [pg_name(column.column) for column in table.verified]
