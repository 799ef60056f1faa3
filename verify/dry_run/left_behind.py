"""Rows of tables that a mapping joins or gathers, which reach no row of the target.

A joined row without a partner is in no source row, so no rule is asked of it. The same is true of
names and values of a parent that is not there, and of all but the first value of a picked name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mappings.catalogue import JoinedTable
from mappings.plan import ColumnPlan, Plan, TablePlan
from mappings.sqltext import all_of, my_name, source_column
from verify.dry_run.names import brief
from verify.ports import SourceConnection

__all__ = ["LeftBehind", "left_behind"]

_GATHERED = "m"


@dataclass(frozen=True, kw_only=True)
class LeftBehind:
    """Rows of one source table that would be in no row of the target."""

    table: str
    """The mapping that reads the source table."""
    source: str
    code: str
    """`no_partner`, or `further_value`."""
    count: int
    rows: tuple[str, ...]
    """The first of them, by the columns that link them."""

    def __str__(self) -> str:
        why = {
            "no_partner": f"without a row of {self.table} that they belong to",
            "further_value": f"beside the value that {self.table} picks",
        }[self.code]
        shown = f": {'; '.join(self.rows)}" if self.rows else ""
        more = f" … {self.count - len(self.rows):,} more" if self.count > len(self.rows) else ""
        return f"{self.source}: {self.count:,} row{'s' * (self.count != 1)} {why}{shown}{more}"

    def to_json(self) -> dict[str, Any]:
        return vars(self) | {"rows": list(self.rows)}


@dataclass(frozen=True)
class _Question:
    table: TablePlan
    source: str
    code: str
    alias: str
    columns: tuple[str, ...]
    where: str


def left_behind(
    plan: Plan, tables: Sequence[TablePlan], source: SourceConnection, *, shown: int | None
) -> Iterator[LeftBehind]:
    """What the chosen tables leave behind; `shown` rows of each are named, None for all."""
    own = {table.source.name for table in plan.tables}
    for table in tables:
        for question in dict.fromkeys((*_of_joins(table, own), *_of_pairs(table))):
            yield from _asked(question, source, shown)


def _asked(
    question: _Question, source: SourceConnection, shown: int | None
) -> Iterator[LeftBehind]:
    relation = f"{my_name(question.source)} {my_name(question.alias)}"
    count = int(source.rows(f"SELECT COUNT(*) FROM {relation} WHERE {question.where}")[0][0] or 0)
    if not count:
        return
    columns = [f"{my_name(question.alias)}.{my_name(name)}" for name in question.columns]
    fields = ", ".join(columns)
    limit = "" if shown is None else f" LIMIT {shown}"
    named = source.rows(
        f"SELECT {fields} FROM {relation} WHERE {question.where} ORDER BY {fields}{limit}"
    )
    yield LeftBehind(
        table=question.table.name,
        source=question.source,
        code=question.code,
        count=count,
        rows=tuple(
            ", ".join(
                f"{name}={brief(value)}" for name, value in zip(question.columns, row, strict=True)
            )
            for row in named
        ),
    )


def _of_joins(table: TablePlan, own: set[str]) -> Iterator[_Question]:
    before: list[str] = []
    for join in table.source.joins:
        rows = " ".join([table.source.own, *before])
        before.append(join.sql)
        if join.picks is None:
            # A table with a mapping of its own is loaded by that.
            if join.table not in own:
                where = _none(rows, join.condition)
                yield _Question(table, join.table, "no_partner", join.alias, join.reads, where)
            continue
        linked = all_of(
            f"{my_name(join.alias)}.{my_name(mine)} = {theirs}" for mine, theirs in join.links
        )
        gathering = _gathering(table, join)
        if not gathering:
            where = all_of([join.only or "TRUE", _none(rows, linked)])
            yield _Question(table, join.table, "no_partner", join.alias, join.reads[:2], where)
        if not any(join.picks not in column.whole.without for column in gathering if column.whole):
            chosen = _none(rows, all_of([linked, join.condition]))
            where = all_of([join.only or "TRUE", f"NOT ({_none(rows, linked)})", chosen])
            yield _Question(table, join.table, "further_value", join.alias, join.reads[:2], where)


def _of_pairs(table: TablePlan) -> Iterator[_Question]:
    for column in table.columns:
        if column.whole is None:
            continue
        (other, by), (_, name), _ = column.elsewhere
        linked = f"{_GATHERED}.{my_name(by)} = {source_column(column.whole.link.name)}"
        where = _none(table.source.own, linked)
        yield _Question(table, other, "no_partner", _GATHERED, (by, name), where)


def _gathering(table: TablePlan, join: JoinedTable) -> list[ColumnPlan]:
    """The columns that are gathered of the same table."""
    return [c for c in table.columns if c.whole is not None and c.elsewhere[0][0] == join.table]


def _none(rows: str, condition: str) -> str:
    return f"NOT EXISTS (SELECT 1 FROM {rows} WHERE {condition})"
