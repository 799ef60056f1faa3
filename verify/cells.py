"""Which columns of a differing row differ: canonical texts first, typed values decide.

A differing hash is only a suspicion: MySQL and PostgreSQL spell some equal doubles differently.
NULL and the null of JSON are one value for a driver, and so are two numbers of JSON that are
nearer to each other than doubles are: these two are told by the texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mappings.compiler.frames import NULL
from mappings.errors import Reject
from mappings.gathering import whole_rows, with_links
from mappings.keys import KeyValue
from mappings.plan import ColumnPlan
from mappings.sqltext import any_of, pg_name
from mappings.types.jsonb import parse
from verify.drill import DifferingRow
from verify.findings import Finding
from verify.ports import Pair, SourceRow
from verify.same import same
from verify.source_side import SourceSide, keys_in
from verify.target_side import TargetSide

__all__ = ["Cell", "by_value", "compare_rows", "readable_key"]

_ROWS = 100
"""Rows that are looked at together; three fields for each column of each."""
_BYTES = 4 * 1024 * 1024
"""Of the target's rows that are looked at together, by their longest."""


@dataclass(frozen=True)
class Cell:
    """A cell whose canonical texts differ."""

    column: ColumnPlan
    raw: bytes | None
    """Of the source."""
    held: str
    """The canonical text of the target."""


def compare_rows(
    source: SourceSide, target: TargetSide, pair: Pair, rows: Sequence[DifferingRow]
) -> Iterator[Finding]:
    """Findings for rows that differ: missing, extra, or mismatched with the columns named.

    A row held by both whose values turn out equal gives nothing.
    """
    both = []
    for row in rows:
        if row.key is None:
            yield Finding(
                kind="extra",
                table=source.table.name,
                key=row.identity or (),
                target_key=row.pk or (),
            )
        elif row.pk is None:
            yield Finding(
                kind="missing",
                table=source.table.name,
                key=readable_key(source, row.key),
                at=row.key,
            )
        else:
            both.append(row)
    together = _rows_together(target, pair, both)
    for start in range(0, len(both), together):
        yield from _mismatches(source, target, pair, both[start : start + together])


def _rows_together(target: TargetSide, pair: Pair, rows: Sequence[DifferingRow]) -> int:
    if not rows:
        return 1
    among = f"WHERE {target.pk_in([row.pk for row in rows if row.pk is not None])}"
    return max(1, min(_ROWS, _BYTES // (target.longest(pair.target, among) or 1)))


def readable_key(source: SourceSide, key: KeyValue) -> tuple[Any, ...]:
    """The key as people write it: texts decoded where that is possible."""
    return tuple(
        _decoded(str(value), column.charset) if column.kind == "text" else value
        for column, value in zip(source.key, key, strict=True)
    )


def _decoded(stored: str, charset: str | None) -> str:
    codec = {"latin1": "cp1252", "utf8mb3": "utf-8", "utf8mb4": "utf-8"}.get(charset or "", "utf-8")
    try:
        return bytes.fromhex(stored).decode(codec)
    except UnicodeDecodeError:
        return f"0x{stored}"


def _mismatches(
    source: SourceSide, target: TargetSide, pair: Pair, rows: Sequence[DifferingRow]
) -> Iterator[Finding]:
    theirs = _source_cells(source, pair, [row.key for row in rows if row.key is not None])
    ours = _target_cells(target, pair, [row.pk for row in rows if row.pk is not None])
    for row in rows:
        mine, held = theirs.get(row.key or ()), ours.get(row.pk or ())
        if mine is None or held is None:
            # Gone since it was hashed: a live table. The next verification sees what became of it.
            continue
        nulled = source.departures.nulled_columns.get(row.key or (), frozenset())
        differing = []
        for n, column in enumerate(source.columns):
            fields = (NULL, None, b"0") if column.name in nulled else mine[3 * n : 3 * n + 3]
            if not _same_text(column, fields, held[n]):
                differing.append(Cell(column, fields[1], held[n]))
        found = list(by_value(target, pair, row.pk or (), differing))
        if found:
            columns, expected, got, details = zip(*found, strict=True)
            yield Finding(
                kind="mismatched",
                table=source.table.name,
                key=readable_key(source, row.key or ()),
                target_key=row.pk or (),
                columns=columns,
                source_values=expected,
                target_values=got,
                detail="; ".join(d for d in details if d),
                at=row.key,
            )


def _source_cells(
    source: SourceSide, pair: Pair, keys: Sequence[KeyValue]
) -> dict[KeyValue, SourceRow]:
    """By key: for each column its canonical text, its raw value and whether it is guarded."""
    fields = source.key_select()
    width = len(fields)
    gathered = []
    for column in source.columns:
        guard = any_of(column.guards) if column.guards else "0"
        gathered.append((len(fields) + 1, column.whole))
        fields += [column.canonical_source or "NULL", column.raw, f"({guard})"]
    selects, places = with_links(fields, gathered)
    where = source.where(keys_in(source.key, keys))
    sql = f"SELECT {', '.join(selects)} FROM {source.from_} {where}"
    found = {}
    for row in whole_rows(pair.source.stream, sql, places):
        key = source.read_key(row[:width])
        if key is not None:
            found[key] = row[width : len(fields)]
    return found


def _target_cells(
    target: TargetSide, pair: Pair, keys: Sequence[tuple[str, ...]]
) -> dict[tuple[Any, ...], tuple[str, ...]]:
    pk = [f"{column}::text" for column in target.pk]
    texts = [target.frame(column) for column in target.columns]
    rows = pair.target.rows(
        f"SELECT {', '.join((*pk, *texts))} FROM {target.from_} WHERE {target.pk_in(keys)}"
    )
    return {row[: len(pk)]: row[len(pk) :] for row in rows}


def _same_text(column: ColumnPlan, fields: SourceRow, held: str) -> bool:
    text, raw, guarded = fields
    wanted = held.encode()
    if text is not None and guarded == b"0" and text == wanted:
        return True
    try:
        return column.canonical(column.python(raw)) == wanted
    except Exception:
        # Refused, or a step that fails: `by_value` says which.
        return False


def by_value(
    target: TargetSide, pair: Pair, pk: tuple[str, ...], cells: Sequence[Cell]
) -> Iterator[tuple[str, Any, Any, str]]:
    """(field, value of the source, value of the target, remark) where the values differ too."""
    for cell in cells:
        column = cell.column
        got = _read(target, pair, pk, column)
        try:
            expected = column.python(cell.raw)
        except Reject as reject:
            refused = f"{column.name}: the source value is refused, {reject.code}"
            yield column.name, cell.raw, got, refused
            continue
        except Exception as error:
            # A user's step may raise anything; the row is then one that a load refuses.
            failed = f"{column.name}: a step failed, {type(error).__name__}"
            yield column.name, cell.raw, got, failed
            continue
        if not _same_value(cell, expected, got):
            yield column.name, expected, got, ""


def _same_value(cell: Cell, expected: Any, got: Any) -> bool:
    if (expected is None) != (cell.held == NULL.decode()):
        return False
    if cell.column.field.base == "jsonb" and expected is not None:
        texts = (cell.column.canonical(expected).decode(), cell.held)
        return same(*(parse(text.partition(":")[2]) for text in texts))
    return same(expected, got)


def _read(target: TargetSide, pair: Pair, pk: tuple[str, ...], column: ColumnPlan) -> Any:
    name = f"t.{pg_name(column.column)}"
    where = f"FROM {target.from_} WHERE {target.pk_in([pk])}"
    try:
        rows = pair.target.rows(f"SELECT {name} {where}")
    except (ValueError, OverflowError):
        # A date that Python has no value for; as text it can still be shown, and it differs.
        rows = pair.target.rows(f"SELECT {name}::text {where}")
    return bytes(rows[0][0]) if rows and isinstance(rows[0][0], memoryview) else _first(rows)


def _first(rows: Sequence[tuple[Any, ...]]) -> Any:
    return rows[0][0] if rows else None
