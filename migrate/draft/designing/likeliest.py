"""Of the tables that an undeclared column may refer to, the one that it does."""

from __future__ import annotations

import os

from migrate.draft.designing.names import snake, without_prefix
from migrate.draft.designing.singular import singular
from migrate.draft.designing.telling import says_key, says_self, tells_of
from migrate.draft.facts import Facts, Inclusion

__all__ = ["likeliest"]

_ORPHANS = 0.25
"""Share of orphans up to which an implied reference is taken for one."""
_FEW = 5
"""Rows from which on a number named like a table is taken for a reference to it."""


def likeliest(facts: Facts, prefix: str, candidates: list[Inclusion]) -> Inclusion | None:
    """The parent that holds most values; where there are none yet, the one that the name says."""
    candidates = [
        i
        for i in candidates
        if tells_of(
            i.column,
            without_prefix(i.table, prefix),
            without_prefix(i.parent, prefix),
            i.parent_column,
        )
    ]
    filled = [i for i in candidates if i.filled]
    if not filled:
        named = [i for i in candidates if says_key(i.column) or says_self(i.column)]
        return min(named, key=lambda i: _rank(i, named), default=None)
    if all(not (t := facts.table(i.parent)) or not t.rows for i in filled):
        # Nothing to compare with: all are orphans of a table that nobody has filled.
        return None
    holding = [
        i
        for i in filled
        if i.orphans <= _ORPHANS * i.filled and (i.filled >= _FEW or not _bare(i, prefix))
    ]
    # Of two applications in one database, each table means its own.
    return min(
        holding, key=lambda i: (i.orphans + i.case_orphans, _rank(i, candidates)), default=None
    )


def _bare(inclusion: Inclusion, prefix: str) -> bool:
    """`block`, the name of the table and no more, may as well be a number of blocks."""
    table = without_prefix(inclusion.parent, prefix)
    return not says_key(inclusion.column) and _one(inclusion.column) == _one(table)


def _one(name: str) -> str:
    return singular(snake(name))


def _rank(inclusion: Inclusion, candidates: list[Inclusion]) -> tuple[int, int]:
    """The likelier first, as they come; among tables of one name the one most like the child."""
    last = inclusion.parent.rpartition("_")[2]
    first = next(n for n, i in enumerate(candidates) if i.parent.rpartition("_")[2] == last)
    return first, -_alike(inclusion)


def _alike(inclusion: Inclusion) -> int:
    return len(os.path.commonprefix([inclusion.table, inclusion.parent]))
