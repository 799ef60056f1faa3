"""The sign-off as values: read from the ledger and the target, never from the source or a clock.

Version 1 of the schema in docs/reports.md; keys may be added, a change of meaning raises it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Mapping, Sequence
from typing import Any

from django.db.models import Model

from mappings.sqltext import pg_name
from migrate import models
from migrate.errors import RunError
from migrate.ledger import Ledger
from migrate.signoff.looks import read_looks
from migrate.signoff.schema import schema_hash
from migrate.target import Target

__all__ = ["FORMAT", "SCHEMA_VERSION", "signoff"]

FORMAT = "delamp sign-off"
SCHEMA_VERSION = 1

_TOTALS = ("extracted", "loaded", "rejected", "skipped")
_RUN = (
    *("id", "state", "attempts", "version", "source", "server", "snapshot", "binlog"),
    *("unprotected", "mixed_snapshots", "proving", "error", "versions"),
)
_TABLE = (
    *("id", "run_id", "mapping", "source_table", "target_table", "fingerprint", "state"),
    *(*_TOTALS, "existing_rows", "form", "altered", "started_at", "finished_at"),
)
_CHUNK = ("table_id", "ordinal", "after", "until", "held", "proof", "unproven")

Row = dict[str, Any]


def signoff(
    ledger: Ledger,
    *,
    run: int | None = None,
    verification: int | None = None,
    show_values: bool = False,
    reckoned: Container[str] = (),
) -> dict[str, Any]:
    """JSON types that tell of one run, or by default of the latest load of every table.

    Of verifications it tells what each level last found of each table after its load; of those
    up to number `verification`, if one is named. The same databases give the same document. Values
    of rows are in it only with `show_values`. The rows that the target holds now are counted, but
    for mappings in `reckoned`: there the ledger's total is taken for it. All of it is read in one
    snapshot of the target. Raises `RunError` where there is nothing to tell of.
    """
    target = ledger.target
    with target.transaction():
        target.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        tables = _tables(target, run)
        if not tables:
            what = "no run yet" if run is None else f"no run {run} with tables of its own"
            raise RunError(
                f"report: {what}, got nothing in the ledger to report",
                hint="run `delamp run`; `delamp status` tells which run was the last",
            )
        runs = [_run(target, number) for number in sorted({t["run_id"] for t in tables})]
        finished = {r["id"]: r["finished_at"] for r in runs}
        looks, looked_at = read_looks(target, tables, finished, verification)
        return {
            "format": FORMAT,
            "schema_version": SCHEMA_VERSION,
            "of_run": run,
            "show_values": show_values,
            "runs": [{n: value for n, value in r.items() if n[-3:] != "_at"} for r in runs],
            "tables": [_table(target, table, show_values, reckoned) for table in tables],
            "verification": looks,
            "times": {
                "runs": {str(r["id"]): _span(r) for r in runs},
                "tables": {table["mapping"]: _span(table) for table in tables},
                "verification": looked_at,
            },
        }


def _rows(
    target: Target, model: type[Model], names: Sequence[str], rest: str, *params: object
) -> list[Row]:
    columns = ", ".join(pg_name(name) for name in names)
    table = pg_name(model._meta.db_table)
    found = target.rows(f"SELECT {columns} FROM {table} {rest}", params)
    return [dict(zip(names, row, strict=True)) for row in found]


def _tables(target: Target, run: int | None) -> list[Row]:
    if run is not None:
        return _rows(target, models.Table, _TABLE, "WHERE run_id = %s ORDER BY id", run)
    table = pg_name(models.Table._meta.db_table)
    latest = f"SELECT max(id) FROM {table} GROUP BY mapping"
    return _rows(target, models.Table, _TABLE, f"WHERE id IN ({latest}) ORDER BY id")


def _run(target: Target, number: int) -> Row:
    names = (*_RUN, "started_at", "finished_at")
    return _rows(target, models.Run, names, "WHERE id = %s", number)[0]


def _table(target: Target, table: Row, show_values: bool, reckoned: Container[str]) -> Row:
    form = table["form"] or {}
    # Rows that were there before may be counted among the plan's, or not.
    known = table["mapping"] in reckoned and not table["existing_rows"]
    held = table["loaded"] if known else _held(target, table["target_table"], form)
    return {
        "mapping": table["mapping"],
        "run": table["run_id"],
        "source_table": table["source_table"],
        "target_table": table["target_table"],
        "state": table["state"],
        "mapping_fingerprint": table["fingerprint"],
        "source_fingerprint": form.get("source"),
        "target_fingerprint": schema_hash(target, table["target_table"]),
        "columns": form.get("columns", []),
        "counters": form.get("counters", []),
        "totals": {name: table[name] for name in _TOTALS},
        "rows_before": table["existing_rows"],
        "target_rows": held,
        "altered": table["altered"],
        "rejects": _rejects(target, table["id"], show_values),
        "proof": _proof(target, table["id"], form),
    }


def _held(target: Target, name: str, form: Mapping[str, Any]) -> int | None:
    """Rows of the plan in the target now; None where that cannot be told any more."""
    if not form or target.value("SELECT to_regclass(%s)", [pg_name(name)]) is None:
        return None
    return int(target.value(f"SELECT count(*) FROM {form['from']} WHERE {form['where']}"))


def _rejects(target: Target, table_id: int, show_values: bool) -> list[Row]:
    """By rule: how many rows, and which. Of a row without a key, what names it are its values."""
    names = ("outcome", "code", "column", "key", "key_text", "detail", "values")
    order = 'ORDER BY outcome, code, "column", key, key_text, id'
    found: dict[tuple[str, str, str], Row] = {}
    for row in _rows(target, models.Reject, names, f"WHERE table_id = %s {order}", table_id):
        rule = (row["outcome"], row["code"], row["column"])
        told = found.setdefault(
            rule,
            dict(zip(names[:3], rule, strict=True)) | {"rows": 0, "keys": [], "nameless": 0},
        )
        told["rows"] += 1
        if row["key"] is not None:
            told["keys"].append(row["key_text"])
        else:
            told["nameless"] += 1
        if show_values:
            shown = {name: row[name] for name in ("key_text", "detail", "values")}
            told.setdefault("values", []).append(shown)
    return list(found.values())


def _proof(target: Target, table_id: int, form: Mapping[str, Any]) -> Row | None:
    """The sums of the chunks, and the SQL by which the target makes them again."""
    chunks = _rows(target, models.Chunk, _CHUNK, "WHERE table_id = %s ORDER BY ordinal", table_id)
    if not form or not any(chunk["proof"] for chunk in chunks):
        return None
    sql = {name: form[name] for name in ("form", "from", "where", "key", "hash")}
    return {
        **sql,
        "rows": sum(chunk["held"] or 0 for chunk in chunks if not chunk["unproven"]),
        "chunks": [{name: chunk[name] for name in _CHUNK[1:]} for chunk in chunks],
    }


def _span(row: Row) -> Row:
    return {name: _text(row[name]) for name in ("started_at", "finished_at")}


def _text(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(dt.UTC).isoformat()
