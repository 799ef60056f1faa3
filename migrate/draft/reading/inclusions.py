"""Possible references measured: one pass over each child, its parents looked up by their key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from mappings.catalogue import SourceColumn
from mappings.sqltext import ROW, my_name, source_column
from migrate.draft.facts import Inclusion, TableFacts
from migrate.draft.reading.known import known_inclusion
from migrate.draft.reading.measures import count
from migrate.draft.reading.pool import Pool
from migrate.draft.reading.references import Candidate, candidates, family
from migrate.source import Source, SourceRefused

__all__ = ["measure", "read_inclusions"]

_JOINS = 15
"""Parents in one statement: MySQL joins 61 tables at most, and plans many of them slowly."""


def read_inclusions(pool: Pool, tables: Sequence[TableFacts]) -> tuple[Inclusion, ...]:
    """Measure every declared and every possible reference between these tables.

    What the evidence of both columns tells already is not asked again. Those of one column
    follow each other, the likeliest by name first.
    """
    by_name = {facts.name: facts for facts in tables}
    found: dict[Candidate, Inclusion | None] = {
        one: known_inclusion(one, by_name[one.table.name], by_name[one.parent.name])
        for one in candidates(tables)
    }
    by_table: dict[str, list[Candidate]] = defaultdict(list)
    for one, known in found.items():
        if known is None:
            by_table[one.table.name].append(one)
    work = [
        some[start : start + _JOINS]
        for some in by_table.values()
        for start in range(0, len(some), _JOINS)
    ]
    measured = pool.map(
        "references",
        measure,
        work,
        weight=lambda some: (by_name[some[0].table.name].rows or 0) * (1 + len(some)),
    )
    for some in measured:
        found.update(some)
    return tuple(inclusion for inclusion in found.values() if inclusion is not None)


def measure(source: Source, some: Sequence[Candidate]) -> dict[Candidate, Inclusion]:
    """Measure references of one table in one statement; one by one if MySQL refuses that.

    What it refuses by itself is no reference and is left out: its values cannot be compared.
    """
    try:
        return _measure(source, some)
    except SourceRefused:
        if len(some) == 1:
            return {}
    return {one: found for each in some for one, found in measure(source, [each]).items()}


def _measure(source: Source, some: Sequence[Candidate]) -> dict[Candidate, Inclusion]:
    counts = [sql for number, one in enumerate(some) for sql in _counts(one, f"p{number}")]
    joins = " ".join(_join(one, f"p{number}") for number, one in enumerate(some))
    here = f"{my_name(some[0].table.name)} {ROW}"
    row = source.rows(f"SELECT {', '.join(counts)} FROM {here} {joins}")[0]
    numbers = [int(value or 0) for value in row]
    return {
        one: Inclusion(
            table=one.table.name,
            column=one.column.name,
            parent=one.parent.name,
            parent_column=one.parent_column.name,
            filled=filled,
            orphans=orphans,
            case_orphans=case_orphans,
            none_values=none_values,
        )
        for one, (filled, orphans, case_orphans, none_values) in zip(
            some, _fours(numbers), strict=True
        )
    }


def _fours(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    return (numbers[start : start + 4] for start in range(0, len(numbers), 4))


def _counts(one: Candidate, parent: str) -> Iterator[str]:
    child, key = source_column(one.column.name), _key(one, parent)
    filled = f"{child} <> 0" if family(one.column) == "integer" else f"LENGTH({child}) > 0"
    yield count(filled)
    yield count(f"{filled} AND {key} IS NULL")
    if family(one.column) == "text":
        yield count(f"{filled} AND {_bytes(one.column, child)} <> {_bytes(one.parent_column, key)}")
    else:
        yield "0"
    yield count(f"{child} IS NOT NULL AND NOT ({filled}) AND {key} IS NULL")


def _bytes(column: SourceColumn, sql: str) -> str:
    utf8 = (column.charset or "").lower() in ("utf8", "utf8mb3", "utf8mb4", "ascii")
    return f"CAST({sql if utf8 else f'CONVERT({sql} USING utf8mb4)'} AS BINARY)"


def _join(one: Candidate, parent: str) -> str:
    """LEFT JOIN to the parent's column.

    The child's value takes the parent's charset and collation, or the parent's index would not
    serve. A declared parent need not be unique, and must not double its children's rows.
    """
    child = source_column(one.column.name)
    if family(one.column) == "text":
        charset, collation = one.parent_column.charset, one.parent_column.collation
        if one.column.charset != charset:
            child = f"CONVERT({child} USING {charset})"
        if one.column.collation != collation:
            child = f"{child} COLLATE {collation}"
    parents = my_name(one.parent.name)
    if (one.parent_column.name,) not in one.parent.uniques:
        parents = f"(SELECT DISTINCT {my_name(one.parent_column.name)} FROM {parents})"
    return f"LEFT JOIN {parents} {parent} ON {_key(one, parent)} = {child}"


def _key(one: Candidate, parent: str) -> str:
    return f"{parent}.{my_name(one.parent_column.name)}"
