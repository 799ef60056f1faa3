"""Evidence of one table: a sample, one pass over all rows, and the values of small columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mappings.catalogue import SourceColumn
from mappings.sqltext import ROW, my_name
from migrate.draft.facts import ColumnEvidence, TableFacts, folds
from migrate.draft.reading.looks import judge
from migrate.draft.reading.measures import Measure, folding, measures
from migrate.draft.reading.refused import why_refused
from migrate.draft.reading.samples import read_sample
from migrate.draft.reading.values import ValueCounts
from migrate.draft.reading.wholes import judge_whole
from migrate.source import Source, SourceRefused

__all__ = ["read_evidence"]

_AT_ONCE = 500
"""Aggregates in one SELECT: of a table with 1,000 columns more passes are read."""


def read_evidence(source: Source, facts: TableFacts, *, view_too: bool = False) -> TableFacts:
    """Return the facts with `rows` and `evidence`, or with why they could not be had.

    A view is left as it is unless `view_too`. Raises `SourceError` when the connection is lost.
    """
    if facts.broken or (facts.view and not view_too):
        return facts
    pass_ = _Pass(source, facts)
    try:
        return pass_.read()
    except SourceRefused as error:
        return replace(facts, broken=why_refused(error))


class _Pass:
    """The reading of one table."""

    def __init__(self, source: Source, facts: TableFacts) -> None:
        self.source = source
        self.facts = facts
        self.table = facts.table
        self.unread: dict[str, str] = {}

    def read(self) -> TableFacts:
        sample = read_sample(self.source, self.table)
        counting = ValueCounts(self.source, self.table, sample)
        rows, found = self._measured(list(self.table.columns), counting)
        evidence = {}
        for column in self.table.columns:
            if column.name in self.unread:
                continue
            fields = found.get(column.name, {})
            values = counting.values(column, rows, fields)
            seen = ColumnEvidence(**fields, values=values)
            looked = judge(column, sample.values.get(column.name, ()), whole=sample.whole)
            if not looked.whole and rows:
                looked = judge_whole(self.source, self.table, column, rows, looked)
            evidence[column.name] = replace(
                seen,
                sampled=looked.sampled,
                looks=looked.looks,
                looks_whole=looked.whole,
                examples=looked.examples,
            )
        return replace(self.facts, rows=rows, evidence=evidence, unread=self.unread)

    def _measured(
        self, columns: Sequence[SourceColumn], counting: ValueCounts
    ) -> tuple[int, dict[str, dict[str, Any]]]:
        """Rows, and by column the fields of its evidence."""
        folded = set(_folded(self.facts))
        asked = [
            (
                column,
                [
                    *measures(column),
                    *([folding(column)] if column.name in folded else []),
                    *counting.measures(column),
                ],
            )
            for column in columns
        ]
        found: dict[str, dict[str, Any]] = {}
        rows: int | None = None
        for some in _groups(asked):
            try:
                rows, read = self._select(some)
                found |= read
            except SourceRefused:
                # One column is to blame, if the table is not: find it.
                rows, read = self._one_by_one(some)
                found |= read
        return (rows if rows is not None else self._select({})[0]), found

    def _one_by_one(
        self, some: Mapping[str, Sequence[Measure]]
    ) -> tuple[int, dict[str, dict[str, Any]]]:
        rows, found = self._select({})
        for name, wanted in some.items():
            try:
                found |= self._select({name: wanted})[1]
            except SourceRefused as error:
                self.unread[name] = why_refused(error)
        return rows, found

    def _select(
        self, some: Mapping[str, Sequence[Measure]]
    ) -> tuple[int, dict[str, dict[str, Any]]]:
        flat = [(name, measure) for name, wanted in some.items() for measure in wanted]
        sql = ", ".join(["COUNT(*)", *(measure.sql for _, measure in flat)])
        row = self.source.rows(f"SELECT {sql} FROM {my_name(self.table.name)} {ROW}")[0]
        found: dict[str, dict[str, Any]] = {}
        for (name, measure), value in zip(flat, row[1:], strict=True):
            if value is not None:
                found.setdefault(name, {})[measure.field] = measure.read(value.decode())
        return int(row[0] or 0), found


def _folded(facts: TableFacts) -> Iterator[str]:
    """Texts that are unique by themselves, in whatever case."""
    for index in facts.indexes:
        if index.unique and not index.primary and index.whole and len(index.columns) == 1:
            column = facts.table.column(index.columns[0])
            if column is not None and folds(column) and column.data_type in ("char", "varchar"):
                yield column.name


def _groups(
    asked: Sequence[tuple[SourceColumn, Sequence[Measure]]],
) -> Iterator[dict[str, Sequence[Measure]]]:
    some: dict[str, Sequence[Measure]] = {}
    size = 0
    for column, wanted in asked:
        if some and size + len(wanted) > _AT_ONCE:
            yield some
            some, size = {}, 0
        some[column.name] = wanted
        size += len(wanted)
    if some:
        yield some
