"""Writes the ledger over the connection that loads, inside the transaction of what it records."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeAlias

from django.db.models import Model

from mappings.keys import KeyRange, KeyValue
from mappings.sqltext import pg_name
from migrate import models
from migrate.errors import TargetError
from migrate.events import TableTotals
from migrate.extract.ranges import DoneChunk
from migrate.extract.rowwise import RefusedRow
from migrate.target import Target

__all__ = ["Ledger", "LedgerTable"]

_REJECTS = 500
"""Rows of quarantine per statement, which holds all their source values."""


@dataclass(frozen=True, kw_only=True)
class LedgerTable:
    """A row of the ledger's tables, as a resume needs it."""

    id: int
    run_id: int
    mapping: str
    fingerprint: str
    state: str
    existing_rows: int


AsBefore: TypeAlias = "Callable[[RefusedRow], tuple[int, dt.datetime] | None]"
"""Of a row that was in quarantine: its id there, and since when."""


class Ledger:
    """Statements over the ledger's tables. Commits nothing: the caller's transaction does."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def require_tables(self) -> None:
        """Raise `TargetError` unless Django's schema migrations have made the ledger."""
        table = models.Run._meta.db_table
        if self.target.value("SELECT to_regclass(%s)", [pg_name(table)]) is None:
            raise TargetError(
                f"{self.target.where}: the ledger's tables are missing, got none named {table!r}",
                hint="run `python manage.py migrate`",
            )

    def insert(self, model: type[Model], **values: Any) -> int:
        """Insert a row and return its id."""
        columns = {_column(model, name): _plain(value) for name, value in values.items()}
        for field in model._meta.local_concrete_fields:
            if str(field.column) not in columns and field.has_default():
                columns[str(field.column)] = _plain(field.get_default())
        names = ", ".join(map(pg_name, columns))
        places = ", ".join(["%s"] * len(columns))
        table = pg_name(model._meta.db_table)
        sql = f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING id"
        return int(self.target.value(sql, list(columns.values())))

    def update(self, model: type[Model], key: int, **values: Any) -> None:
        """Change some columns of the row with that id."""
        sets = ", ".join(f"{pg_name(_column(model, name))} = %s" for name in values)
        table = pg_name(model._meta.db_table)
        params = [*map(_plain, values.values()), key]
        self.target.execute(f"UPDATE {table} SET {sets} WHERE id = %s", params)

    def unfinished_run(self) -> int | None:
        """The id of the latest run, if it is not finished."""
        table = pg_name(models.Run._meta.db_table)
        rows = self.target.rows(f"SELECT id, state FROM {table} ORDER BY id DESC LIMIT 1")
        return rows[0][0] if rows and rows[0][1] != models.Run.State.FINISHED else None

    def proving(self) -> bool:
        """Whether the latest run is unfinished, and keeps proofs."""
        table = pg_name(models.Run._meta.db_table)
        run = self.unfinished_run()
        return bool(run and self.target.value(f"SELECT proving FROM {table} WHERE id = %s", [run]))

    def tables(self) -> dict[str, LedgerTable]:
        """The latest record of every table plan, by mapping name."""
        table = pg_name(models.Table._meta.db_table)
        rows = self.target.rows(
            "SELECT DISTINCT ON (mapping) id, run_id, mapping, fingerprint, state, existing_rows"
            f" FROM {table} ORDER BY mapping, id DESC"
        )
        names = ("id", "run_id", "mapping", "fingerprint", "state", "existing_rows")
        return {row[2]: LedgerTable(**dict(zip(names, row, strict=True))) for row in rows}

    def chunks(self, table: LedgerTable) -> list[DoneChunk]:
        """The chunks of a table that are committed."""
        sql = f"SELECT ordinal, after, until FROM {pg_name(models.Chunk._meta.db_table)}"
        rows = self.target.rows(f"{sql} WHERE table_id = %s ORDER BY ordinal", [table.id])
        return [
            DoneChunk(ordinal=n, rows=KeyRange(after=_key(after), until=_key(until)))
            for n, after, until in rows
        ]

    def reject(
        self, table_id: int, rows: Iterable[RefusedRow], *, as_before: AsBefore = lambda row: None
    ) -> int:
        """Put rows into quarantine; returns how many. `as_before`: with this id, since then."""
        left, written = iter(rows), 0
        while batch := list(islice(left, _REJECTS)):
            self._reject(table_id, batch, [as_before(row) for row in batch])
            written += len(batch)
        return written

    def _reject(
        self,
        table_id: int,
        rows: Sequence[RefusedRow],
        before: Sequence[tuple[int, dt.datetime] | None],
    ) -> None:
        now = dt.datetime.now(dt.UTC)
        values = [
            (
                table_id, row.outcome, row.code, row.column, _plain(row.key), row.key_text,
                row.detail, json.dumps(row.values, ensure_ascii=True), known[1] if known else now,
            )
            for row, known in zip(rows, before, strict=True)
        ]  # fmt: skip
        marks = ", ".join(["%s"] * len(values[0]))
        places = ", ".join(f"({known[0] if known else 'DEFAULT'}, {marks})" for known in before)
        self.target.execute(
            f"INSERT INTO {pg_name(models.Reject._meta.db_table)} (id, table_id, outcome, code,"
            ' "column", key, key_text, detail, "values", created_at)'
            f" VALUES {places}",
            [part for value in values for part in value],
        )

    def resumed(self, run_id: int, unprotected: list[str], *, loading: bool) -> None:
        """Record a further attempt; one that loads beside former chunks mixes snapshots."""
        run, chunk, table = (
            pg_name(m._meta.db_table) for m in (models.Run, models.Chunk, models.Table)
        )
        self.target.execute(
            f"UPDATE {run} SET attempts = attempts + 1, state = %s, error = '', unprotected = %s,"
            f" mixed_snapshots = mixed_snapshots OR %s AND EXISTS (SELECT FROM {chunk} c"
            f" JOIN {table} t ON t.id = c.table_id WHERE t.run_id = %s) WHERE id = %s",
            [models.Run.State.RUNNING, json.dumps(unprotected), loading, run_id, run_id],
        )

    def mixed_snapshots(self, run_id: int) -> bool:
        """Whether rows of this run were read in more than one snapshot."""
        run = pg_name(models.Run._meta.db_table)
        return bool(self.target.value(f"SELECT mixed_snapshots FROM {run} WHERE id = %s", [run_id]))

    def adjust(self, table_id: int, **changes: int) -> None:
        """Add to a table's `late_*` counts: what changed after its chunks."""
        table = pg_name(models.Table._meta.db_table)
        sets = ", ".join(f"late_{name} = late_{name} + %s" for name in changes)
        self.target.execute(
            f"UPDATE {table} SET {sets} WHERE id = %s", [*changes.values(), table_id]
        )

    def total(self, table_ids: Sequence[int]) -> None:
        """Set the tables' totals to the sums of their chunks and of what came later."""
        chunk, table = (pg_name(m._meta.db_table) for m in (models.Chunk, models.Table))
        names = ("extracted", "loaded", "rejected", "skipped")
        sums = ", ".join(f"coalesce(sum(x.{name}), 0) AS {name}" for name in (*names, "bytes"))
        sets = ", ".join(f"{name} = c.{name} + t.late_{name}" for name in names)
        self.target.execute(
            f"UPDATE {table} t SET {sets}, bytes = c.bytes FROM"
            f" (SELECT b.id, {sums} FROM {table} b LEFT JOIN"
            f" {chunk} x ON x.table_id = b.id GROUP BY b.id) c"
            " WHERE t.id = c.id AND t.id = ANY(%s)",
            [list(table_ids)],
        )

    def loaded(self, table_id: int) -> int:
        """How many rows delamp has put into the target table."""
        return self._so_far("loaded", table_id)

    def skipped(self, table_id: int) -> int:
        """How many source rows were left out on purpose."""
        return self._so_far("skipped", table_id)

    def _so_far(self, name: str, table_id: int) -> int:
        chunk, table = (pg_name(m._meta.db_table) for m in (models.Chunk, models.Table))
        return int(
            self.target.value(
                f"SELECT coalesce((SELECT sum({name}) FROM {chunk} WHERE table_id = t.id), 0)"
                f" + t.late_{name} FROM {table} t WHERE t.id = %s",
                [table_id],
            )
        )

    def table_totals(self, mappings: Sequence[str]) -> list[TableTotals]:
        """The latest totals of each of these tables, in the order given."""
        table = pg_name(models.Table._meta.db_table)
        rows = self.target.rows(
            "SELECT DISTINCT ON (mapping) mapping, source_table, target_table, extracted, loaded,"
            " rejected, skipped, bytes,"
            " coalesce(extract(epoch FROM finished_at - started_at), 0)::float8"
            f" FROM {table} WHERE mapping = ANY(%s) ORDER BY mapping, id DESC",
            [list(mappings)],
        )
        names = (
            "name",
            "source",
            "target",
            "extracted",
            "loaded",
            "rejected",
            "skipped",
            "bytes",
            "seconds",
        )
        found = {row[0]: TableTotals(**dict(zip(names, row, strict=True))) for row in rows}
        return [found[name] for name in mappings if name in found]

    def reject_counts(self, run_id: int) -> Sequence[tuple[str, str, str, int]]:
        """(mapping, outcome, code, rows) of a run."""
        reject, table = (pg_name(m._meta.db_table) for m in (models.Reject, models.Table))
        return [
            (str(a), str(b), str(c), int(d))
            for a, b, c, d in self.target.rows(
                f"SELECT t.mapping, r.outcome, r.code, count(*) FROM {reject} r"
                f" JOIN {table} t ON t.id = r.table_id WHERE t.run_id = %s"
                " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
                [run_id],
            )
        ]

    def total_rejects(self, run_id: int) -> int:
        """Rows of a run that were refused; skipped and nulled ones are not counted."""
        counts = self.reject_counts(run_id)
        return sum(rows for _, outcome, _, rows in counts if outcome == "rejected")

    def record_chunk(self, table_id: int, ordinal: int, rows: KeyRange, **values: Any) -> None:
        self.insert(
            models.Chunk,
            table=table_id,
            ordinal=ordinal,
            after=rows.after,
            until=rows.until,
            loaded_at=dt.datetime.now(dt.UTC),
            **values,
        )

    def forget(self, names: Sequence[str]) -> None:
        """Delete what the ledger knows of these mappings: their chunks and rejects go with them."""
        reject, chunk, table = (
            pg_name(m._meta.db_table) for m in (models.Reject, models.Chunk, models.Table)
        )
        ids = f"(SELECT id FROM {table} WHERE mapping = ANY(%s))"
        for child in (reject, chunk):
            self.target.execute(f"DELETE FROM {child} WHERE table_id IN {ids}", [list(names)])
        self.target.execute(f"DELETE FROM {table} WHERE mapping = ANY(%s)", [list(names)])


def _column(model: type[Model], name: str) -> str:
    return str(getattr(model._meta.get_field(name), "column", name))


def _plain(value: Any) -> Any:
    """Lists and dicts go as JSON text; everything else as it is."""
    return json.dumps(value) if isinstance(value, (list, tuple, dict)) else value


def _key(value: Any) -> KeyValue | None:
    return None if value is None else tuple(value)
