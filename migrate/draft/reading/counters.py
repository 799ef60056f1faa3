"""Numbers of a parent that may be counts of its children, compared with the children."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mappings.catalogue import SourceColumn
from mappings.sqltext import my_name
from migrate.draft.facts import CounterEvidence, Inclusion, TableFacts
from migrate.draft.reading.measures import INTEGERS
from migrate.draft.reading.pool import Pool
from migrate.draft.reading.words import singular, words
from migrate.source import Source, SourceRefused

__all__ = ["read_counters"]

_COUNT_WORDS = frozenset(
    {
        "count", "counts", "counter", "cnt", "num", "number", "nb", "nbr", "nr", "total",
        "totals", "sum", "qty", "quantity", "size", "entries", "records", "items"
    }
)  # fmt: skip
_ORPHANS = 0.1
"""Share of orphans from which on a possible reference is not taken for one."""

_LARGEST = 1 << 29
_EQUALS, _EQUAL_SHARE = 3, 0.7


@dataclass(frozen=True, kw_only=True)
class _Question:
    """Columns of a parent that may count one kind of children."""

    inclusion: Inclusion
    parent: TableFacts
    child: TableFacts
    columns: tuple[SourceColumn, ...]


def read_counters(
    pool: Pool, tables: Sequence[TableFacts], inclusions: Sequence[Inclusion]
) -> tuple[CounterEvidence, ...]:
    """Compare each number that may be a counter with `COUNT(*)` by each reference that holds.

    A number may be one when it is never negative, not always 0, no key and no reference, and its
    name shares a word with the child's, or says count or is a plural; of the latter only those
    are told that are equal for 3 parents and 7 of 10. One grouped query for each reference.
    """
    questions = [*_questions({facts.name: facts for facts in tables}, inclusions)]
    measured = pool.map("counters", _ask, questions, weight=lambda q: q.child.rows or 0)
    return tuple(counter for some in measured for counter in some)


def _questions(
    tables: dict[str, TableFacts], inclusions: Sequence[Inclusion]
) -> Iterator[_Question]:
    references = {(i.table, i.column) for i in inclusions if _holds(i)}
    for inclusion in inclusions:
        parent, child = tables[inclusion.parent], tables[inclusion.table]
        if not _holds(inclusion) or (inclusion.parent_column,) not in parent.table.uniques:
            continue
        # One child for each parent at most: there is nothing to count.
        if (inclusion.column,) in child.table.uniques:
            continue
        columns = tuple(
            column
            for column in parent.table.columns
            if (parent.name, column.name) not in references
            and _may_count(parent, column, inclusion.table)
        )
        if columns:
            yield _Question(inclusion=inclusion, parent=parent, child=child, columns=columns)


def _holds(inclusion: Inclusion) -> bool:
    return inclusion.filled > 0 and inclusion.orphans <= _ORPHANS * inclusion.filled


def _may_count(parent: TableFacts, column: SourceColumn, child: str) -> bool:
    seen = parent.evidence.get(column.name)
    if column.data_type not in INTEGERS or column.name in parent.table.key or seen is None:
        return False
    # Moments and addresses are larger than any count of rows that is worth a join.
    if seen.minimum is None or seen.maximum is None or not 0 < seen.maximum < _LARGEST:
        return False
    if seen.minimum < 0:
        return False
    said = words(column.name)
    if _names_child(parent.name, column, child):
        return True
    plural = any(singular(word) != word for word in said)
    return seen.maximum > 1 and (plural or bool(_COUNT_WORDS & {*said}))


def _names_child(parent: str, column: SourceColumn, child: str) -> bool:
    """The column shares a word with the child's name that is not the parent's own."""
    ours, theirs, said = ({*map(singular, words(name))} for name in (parent, child, column.name))
    return bool((said - ours) & (theirs if parent == child else theirs - ours))


def _ask(source: Source, question: _Question) -> list[CounterEvidence]:
    """Children in groups, and each group's parent by its key, which every server does quickly."""
    by = question.inclusion
    numbers = [f"p.{my_name(column.name)}" for column in question.columns]
    equal = [f"COUNT({number} = g.n OR NULL)" for number in numbers]
    zero = [f"COUNT({number} = 0 OR NULL)" for number in numbers]
    groups = (
        f"SELECT {my_name(by.column)} AS k, COUNT(*) AS n FROM {my_name(by.table)} AS c"
        f" WHERE {my_name(by.column)} IS NOT NULL GROUP BY {my_name(by.column)}"
    )
    parents = f"{my_name(by.parent)} p ON p.{my_name(by.parent_column)} = g.k"
    try:
        row = source.rows(
            f"SELECT COUNT(*), {', '.join(equal + zero)} FROM ({groups}) g STRAIGHT_JOIN {parents}"
        )[0]
    except SourceRefused:
        # Collations that cannot be compared: then PHP has not counted by them either.
        return []
    counted, *rest = [int(value or 0) for value in row]
    return [
        _evidence(question, column, counted, right, zeros)
        for column, right, zeros in zip(
            question.columns, rest[: len(numbers)], rest[len(numbers) :], strict=True
        )
        if _names_child(by.parent, column, by.table) or _convinces(right, counted)
    ]


def _convinces(right: int, counted: int) -> bool:
    """Equal by more than chance, where the names do not say which children are counted."""
    return right >= _EQUALS and right >= _EQUAL_SHARE * counted


def _evidence(
    question: _Question, column: SourceColumn, counted: int, right: int, zeros: int
) -> CounterEvidence:
    """Parents without children are equal when they hold 0: all zeros less those with children."""
    childless = question.parent.evidence[column.name].zeros - zeros
    return CounterEvidence(
        parent=question.parent.name,
        column=column.name,
        child=question.inclusion.table,
        by=question.inclusion.column,
        parents=question.parent.rows or 0,
        equal=right + max(childless, 0),
        counted=counted,
        counted_equal=right,
    )
