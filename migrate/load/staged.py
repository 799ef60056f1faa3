"""Rows by way of a staging table, for tables that may already hold rows, or pairs that repeat."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from mappings.plan import TablePlan
from mappings.sqltext import pg_name, pg_text
from migrate import models
from migrate.load.sink import Sink, Stored
from migrate.target import Target

__all__ = ["StagedSink"]

OnConflict = Literal["skip", "keep", "update"]


class StagedSink(Sink):
    """COPY into a temporary table, then INSERT what belongs into the target.

    `skip`: a row that any unique index knows already is left out (repeated pairs of a join
    table). `keep`: a row whose primary key is there already is left out. `update`: of a row that
    was there before the first run the mapped columns are set, and no other column is touched; any
    other row is new, and a key that it shares with a stranger refuses it.
    """

    def __init__(self, table: TablePlan, on_conflict: OnConflict) -> None:
        names = [pg_name(column.column) for column in table.columns]
        columns, name = ", ".join(names), pg_name(table.target)
        stage = pg_name(f"delamp_stage_{table.target}"[:63])
        self._make = (
            f"CREATE TEMP TABLE IF NOT EXISTS {stage} ON COMMIT DELETE ROWS AS"
            f" SELECT {columns} FROM {name} WITH NO DATA"
        )
        self._clear = f"DELETE FROM {stage}"
        self._copy = f"COPY {stage} ({columns}) FROM STDIN"
        self._on_conflict = on_conflict
        insert = f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {stage} ON CONFLICT"
        key = pg_name(table.primary_key[0])
        match on_conflict:
            case "skip":
                self._insert = _telling_the_rest(f"{insert} DO NOTHING", columns, stage)
            case "keep":
                held = ", ".join(pg_name(c.column) for c in table.identity) or key
                self._insert = _telling_the_rest(f"{insert} ({key}) DO NOTHING", held, stage)
            case "update":
                sets = ", ".join(f"{c} = s.{c}" for c in _mapped(table) if c != key)
                existing = pg_name(models.ExistingKey._meta.db_table)
                known = (
                    f"EXISTS (SELECT FROM {existing} e WHERE e.mapping = {pg_text(table.name)}"
                    f" AND e.target_key = s.{key}::text)"
                )
                self._update = (
                    f"UPDATE {name} t SET {sets} FROM {stage} s WHERE t.{key} = s.{key} AND {known}"
                )
                self._insert = (
                    f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {stage} s"
                    f" WHERE NOT {known}"
                )

    def store(self, target: Target, pieces: Iterable[bytes]) -> Stored:
        target.execute(self._make)
        target.execute(self._clear)
        staged = target.copy(self._copy, pieces)
        if self._on_conflict == "update":
            loaded = target.execute(self._update) + target.execute(self._insert)
            return Stored(loaded=loaded, skipped=staged - loaded)
        rest = tuple(target.rows(self._insert))
        keeps = self._on_conflict == "keep"
        return Stored(
            loaded=staged - len(rest),
            skipped=len(rest),
            kept=rest if keeps else (),
            repeated=() if keeps else rest,
        )


def _telling_the_rest(insert: str, columns: str, stage: str) -> str:
    """The insert, returning the staged rows that it left out, each as often as it did."""
    return (
        f"WITH came AS ({insert} RETURNING {columns})"
        f" SELECT {columns} FROM {stage} EXCEPT ALL SELECT {columns} FROM came"
    )


def _mapped(table: TablePlan) -> list[str]:
    return [pg_name(column.column) for column in table.verified]
