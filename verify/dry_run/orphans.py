"""References whose parent would not be in the target, to the fixpoint.

The child of a row that leaves is an orphan itself, so a group of tables that refer to each other
is asked again and again until nothing changes, as a run does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from mappings.plan import ColumnPlan, Plan, ReferencePlan, TablePlan
from mappings.sqltext import SourceName, all_of, source_column
from verify.dry_run.fates import Fate, Fates, Outcome
from verify.dry_run.names import RowName, RowNames
from verify.dry_run.values import Values, Want
from verify.ports import SourceConnection

__all__ = ["ByValues", "Reference", "by_sql", "settle_group", "wants_of_child", "wants_of_parent"]

_OUTCOMES: dict[str, Outcome] = {"quarantine": "rejected", "skip": "skipped", "null": "nulled"}
_INTEGERS = {"smallint", "integer", "bigint"}
_TEXTS = {"varchar", "text"}
_ALIKE = {"date", "numeric", "bytea"}


class Finder(Protocol):
    """Finds the rows of one reference whose parent would not be there."""

    def orphans(self) -> Iterator[RowName]:
        """Rows found since the last call, or all; some may have left already."""


@dataclass(frozen=True)
class Reference:
    """A reference that is looked at, and how its orphans are found."""

    table: TablePlan
    plan: ReferencePlan
    finder: Finder


def settle_group(references: Sequence[Reference], fates: Fates) -> None:
    """Apply the policies of tables that refer to each other, until nothing changes."""
    leaving = [r for r in references if r.plan.orphans in ("quarantine", "skip")]
    while sum(_settle(reference, fates) for reference in leaving):
        pass
    # Only of the rows that stay: a reference that becomes NULL makes no further orphan.
    for reference in references:
        if reference.plan.orphans == "null":
            _settle(reference, fates)


def _settle(reference: Reference, fates: Fates) -> int:
    plan, touched = reference.plan, 0
    fate = Fate(
        outcome=_OUTCOMES[plan.orphans],
        code="no_parent",
        column=plan.name,
        detail=f"no row in {plan.parent}",
    )
    for row in reference.finder.orphans():
        if not fates.leaves(reference.table.name, row.id):
            touched += fates.put(reference.table.name, row, fate)
    return touched


def wants_of_parent(target: str, column: ColumnPlan) -> Want:
    """The values that references to this column of the target may have."""
    return Want(label=f"parent {target}.{column.column}", columns=(column,))


def wants_of_child(table: TablePlan, column: ColumnPlan) -> Want:
    """The values of a reference."""
    return Want(label=f"child {table.name}.{column.column}", columns=(column,))


class ByValues:
    """Finds orphans among the collected values of both sides."""

    def __init__(self, values: Values, child: str, parent: str) -> None:
        self._values, self._child, self._parent = values, child, parent

    def orphans(self) -> Iterator[RowName]:
        # A list: what is done with a row must not change what is being read.
        yield from [
            self._values.name(row)
            for row in self._values.scratch.rows(
                "SELECT c.id, c.ord, c.key, c.shown FROM val c WHERE c.label = ? AND NOT EXISTS"
                " (SELECT 1 FROM val p WHERE p.label = ? AND p.digest = c.digest AND NOT EXISTS"
                " (SELECT 1 FROM fate f WHERE f.tbl = p.tbl AND f.id = p.id AND f.lost = ''"
                " AND f.outcome <> 'kept'))"
                " AND NOT EXISTS"
                " (SELECT 1 FROM fate g WHERE g.tbl = c.tbl AND g.id = c.id AND g.lost = '')",
                (self._child, self._parent),
            )
        ]


class BySql:
    """Finds orphans in the source: an anti-join first, then the children of those who leave."""

    def __init__(
        self,
        child: TablePlan,
        column: ColumnPlan,
        parent: TablePlan,
        parent_column: ColumnPlan,
        source: SourceConnection,
        fates: Fates,
    ) -> None:
        self._child, self._parent, self._source, self._fates = child, parent, source, fates
        self._names, self._parents = RowNames(child), RowNames(parent)
        self._held = source_column(parent_column.sources[0])
        reference = source_column(column.sources[0])
        self._mapped = [f"{reference} IS NOT NULL", *([child.where] if child.where else [])]
        self._same = f"delamp_parent.v = {reference}"
        if column.field.base in _TEXTS:
            # MySQL's comparison uses the index and folds; PostgreSQL's is of bytes.
            self._same += f" AND CAST(delamp_parent.v AS BINARY) = CAST({reference} AS BINARY)"
        self._asked = False
        self._known = 0

    def orphans(self) -> Iterator[RowName]:
        # Who leaves meanwhile is for the next call: a run, too, asks one reference after the other.
        last = self._fates.last()
        if not self._asked:
            self._asked = True
            yield from self._rows("LEFT JOIN", self._parent.where, "delamp_parent.v IS NULL")
        while gone := self._fates.leaving(self._parent.name, self._known, last):
            self._known = gone[-1][0]
            among = self._parents.among(row for _, row in gone)
            yield from self._rows("JOIN", among, None)

    def _rows(self, join: str, parents: str | None, which: str | None) -> Iterator[RowName]:
        where = all_of([*self._mapped, *([which] if which else [])])
        parent = f"(SELECT {self._held} AS v FROM {self._parent.source.relation}"
        parent += f" WHERE {parents})" if parents else ")"
        fields = ", ".join(self._names.select())
        query = (
            f"SELECT {fields} FROM {self._child.source.relation}"
            f" {join} {parent} delamp_parent ON {self._same} WHERE {where}"
        )
        for place, row in enumerate(self._source.stream(query)):
            yield self._names.read(row, place)


def by_sql(
    plan: Plan,
    table: TablePlan,
    reference: ReferencePlan,
    source: SourceConnection,
    fates: Fates,
) -> BySql | None:
    """The finder that leaves the work to MySQL; None where it could not be exact, or slow."""
    parents = [t for t in plan.tables if t.target == reference.parent]
    column = _column(table, reference.column)
    if len(parents) != 1 or column is None:
        return None
    parent = parents[0]
    held = _column(parent, reference.parent_column)
    if held is None or not _comparable(table, column, parent, held):
        return None
    names = RowNames(parent)
    whole_keys = len(parent.key) == len(parent.source.key) and names.keyed
    unique = any(u == (held.sources[0],) for u in parent.source.uniques)
    if not (whole_keys and unique and parent.existing == "refuse" and RowNames(table).keyed):
        return None
    return BySql(table, column, parent, held, source, fates)


def _comparable(table: TablePlan, column: ColumnPlan, parent: TablePlan, held: ColumnPlan) -> bool:
    """Whether MySQL's `=` on the source columns, made one of bytes for texts, is the target's."""
    if not (column.carries_key and held.carries_key and column.sources and held.sources):
        return False
    if table.source.query or parent.source.query or isinstance(column.sources[0], SourceName):
        return False
    bases = {column.field.base, held.field.base}
    if bases <= _INTEGERS:
        return True
    ours, theirs = table.source.column(column.sources[0]), parent.source.column(held.sources[0])
    if ours is None or theirs is None:
        return False
    if bases <= _TEXTS:
        return ours.collation == theirs.collation and ours.collation is not None
    return len(bases) == 1 and bases <= _ALIKE and ours.data_type == theirs.data_type


def _column(table: TablePlan, name: str) -> ColumnPlan | None:
    return next((c for c in table.columns if c.column == name and c.sources), None)
