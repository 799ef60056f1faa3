"""Columns of a parent that count its children.

A `Count` is active only where every parent has exactly the number that PHP kept: a drifted one
would put other numbers in the place of the old, which is for a person to decide.
"""

from __future__ import annotations

from migrate.draft.design import Decision
from migrate.draft.designing.plan import Drafted
from migrate.draft.designing.words import literal, rows
from migrate.draft.facts import CounterEvidence, Facts

__all__ = ["find_counters"]

_NEARLY = 0.8


def find_counters(facts: Facts, drafts: dict[str, Drafted], app: str) -> list[Decision]:
    """Mark columns that a `Count` fills, and tell of those that it nearly would."""
    found: list[Decision] = []
    for evidence in _best(facts):
        parent, child = drafts.get(evidence.parent), drafts.get(evidence.child)
        if parent is None or child is None:
            continue
        column, by = parent.by_source(evidence.column), child.by_source(evidence.by)
        if column is None or by is None or by.relation is None or column.relation is not None:
            continue
        if by.relation.parent != evidence.parent or column.column.name in parent.facts.table.key:
            continue
        if column.answer is None or column.answer.steps or "Integer" not in column.answer.cls:
            continue
        count = f'Count("{app}.{child.name}", by="{by.name}", legacy={literal(evidence.column)})'
        exact = evidence.equal == evidence.parents and evidence.counted >= 3
        if exact and not column.column.nullable and _unindexed(parent, evidence.column):
            column.counter = count
        elif evidence.counted_equal < max(3, _NEARLY * evidence.counted):
            continue
        found.append(_decision(evidence, column.name, count, active=bool(column.counter)))
    return found


def _unindexed(parent: Drafted, column: str) -> bool:
    """A unique number cannot be computed after the rows are in."""
    return not any(index.unique and column in index.columns for index in parent.facts.indexes)


def _best(facts: Facts) -> list[CounterEvidence]:
    """Of several children that a column may count, the one that it equals most often."""
    best: dict[tuple[str, str], CounterEvidence] = {}
    for evidence in facts.counters:
        key = evidence.parent, evidence.column
        if key not in best or evidence.counted_equal > best[key].counted_equal:
            best[key] = evidence
    return list(best.values())


def _decision(evidence: CounterEvidence, name: str, count: str, *, active: bool) -> Decision:
    wrong = evidence.parents - evidence.equal
    if active:
        return Decision(
            table=evidence.parent,
            column=evidence.column,
            topic="counter",
            chosen=f"counted anew from {evidence.child}",
            evidence=f"equal to COUNT(*) by {evidence.by} in all {rows(evidence.parents)}",
            instead=f'{name} = Column("{evidence.column}")',
            cost="nothing; the number stays what PHP kept",
        )
    return Decision(
        table=evidence.parent,
        column=evidence.column,
        topic="counter",
        chosen="the number that PHP kept",
        evidence=f"COUNT(*) of {evidence.child} by {evidence.by} is equal in "
        f"{evidence.equal:,} of {rows(evidence.parents)} ({evidence.counted_equal:,} of "
        f"{evidence.counted:,} with children)",
        instead=f"{name} = {count}",
        cost=f"changes {rows(wrong)}, which `delamp verify` then names as drifted",
    )
