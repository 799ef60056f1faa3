"""Uniqueness of the source, as far as PostgreSQL may have it.

A unique index of MySQL folds case, accents and blanks at the end by its collation; PostgreSQL's
compares bytes and can only be looser, so it never refuses a row that MySQL had.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from migrate.draft.design import Decision
from migrate.draft.designing.indexing import (
    ENTRY,
    NEVER,
    TEXTS,
    Indexing,
    Pending,
    class_of,
    size_of,
    without,
)
from migrate.draft.designing.plan import Drafted, DraftedColumn
from migrate.draft.designing.words import literal
from migrate.draft.facts import Index, folds

__all__ = ["carry_unique"]

_LONGEST = 60
"""Bytes of a constraint's name."""
_LEFT = "django.db.models.functions.Left"
_LOWER = "django.db.models.functions.Lower"


def carry_unique(
    drafted: Drafted, one: Index, columns: list[DraftedColumn], found: Indexing, app: str
) -> bool:
    """Add the uniqueness to `found`, or say why not; return whether it is there now."""
    parts = list(zip(columns, one.prefixes, strict=True))
    why = _not_unique(parts)
    if why is not None:
        _refuse(drafted, one, columns, found, app, why, whole=one.whole)
        return False
    if not one.whole:
        name = found.name([app, drafted.name, *(c.name for c in columns)], "uniq", _LONGEST)
        terms = ", ".join(_term(column, length) for column, length in parts)
        found.constraints.append(f"models.UniqueConstraint({terms}, name={literal(name)})")
        found.imports.add(_LEFT)
    elif len(columns) > 1:
        found.constraints.append(_constraint(drafted, columns, found, app))
    elif columns[0].relation is None and not columns[0].primary:
        found.unique.add(columns[0].name)
    texts = [c for c in columns if folds(c.column) and class_of(c) in TEXTS and not _chosen(c)]
    if texts and one.whole and not one.primary:
        _fold(drafted, one, columns, texts, found, app)
    return True


def _chosen(one: DraftedColumn) -> bool:
    """One of a few words that are written as they stand in the catalogue."""
    return one.column.data_type == "enum"


def _not_unique(parts: list[tuple[DraftedColumn, int | None]]) -> str | None:
    """Why two rows that MySQL keeps apart might clash, or could not be indexed."""
    if any(class_of(c) in NEVER for c, _ in parts):
        return "its values are kept in another form"
    for one, length in parts:
        if one.counter:
            return "its number is counted after the rows are loaded"
        if any(not _keeps_apart(s) for s in _steps(one)) or (length is not None and _steps(one)):
            return "two of its values may become one"
        if length is not None and class_of(one) not in TEXTS:
            return "only the beginning of its bytes is unique"
    if sum(min(size_of(c), 4 * (length or ENTRY)) for c, length in parts) > ENTRY:
        return "its values may be longer than an index of PostgreSQL takes"
    return None


def _keeps_apart(step: str) -> bool:
    """Steps after which different values still differ, or are NULL, which is no duplicate."""
    return step.startswith(
        ("steps.null_if", "steps.zero_dates", "steps.from_unixtime", "steps.decode_utf8")
    ) or (step.startswith("steps.local_time") and "UTC" in step)


def _refuse(
    drafted: Drafted,
    one: Index,
    columns: list[DraftedColumn],
    found: Indexing,
    app: str,
    why: str,
    *,
    whole: bool,
) -> None:
    decision = without(drafted, one, why, unique=True, plain=not whole)
    constraint = ""
    if whole and "become one" in why and not any(class_of(c) in NEVER for c in columns):
        constraint = _constraint(drafted, columns, found, app)
        decision = replace(decision, cost="refuses a row whose value another has already")
    found.pending.append(Pending(decision=decision, constraint=constraint))


def _term(column: DraftedColumn, length: int | None) -> str:
    name = literal(column.name)
    return f"models.F({name})" if length is None else f"Left({name}, {length})"


def _constraint(drafted: Drafted, columns: list[DraftedColumn], found: Indexing, app: str) -> str:
    names = [c.name for c in columns]
    name = found.name([app, drafted.name, *names], "uniq", _LONGEST)
    fields = ", ".join(map(literal, names))
    return f"models.UniqueConstraint(fields=[{fields}], name={literal(name)})"


def _fold(
    drafted: Drafted,
    one: Index,
    columns: list[DraftedColumn],
    texts: list[DraftedColumn],
    found: Indexing,
    app: str,
) -> None:
    """Uniqueness in any case: there where all values are ASCII, else a choice."""
    terms = [f"Lower({literal(c.name)})" if c in texts else literal(c.name) for c in columns]
    name = found.name([app, drafted.name, *(c.name for c in columns)], "ci", _LONGEST)
    constraint = f"models.UniqueConstraint({', '.join(terms)}, name={literal(name)})"
    evidence = f"{one.name} is unique under {texts[0].column.collation}"
    told = partial(Decision, table=drafted.facts.name, column=texts[0].column.name, topic="index")
    seen = drafted.facts.seen(texts[0].column)
    if len(columns) == 1 and seen is not None and seen.beyond_ascii == 0 and not _steps(texts[0]):
        decision = told(
            chosen="unique in any case by Lower(), as in MySQL",
            evidence=f"{evidence}, and holds ASCII alone",
            cost="without it, PostgreSQL takes a value in another case",
            routine=True,
        )
        found.pending.append(Pending(decision=decision, without=constraint))
        found.constraints.append(constraint)
        found.imports.add(_LOWER)
        return
    decision = told(
        chosen="unique by its bytes: PostgreSQL will take a value in another case, MySQL did not",
        evidence=evidence,
        cost="refuses values that lower() makes one and this collation keeps apart, if any",
    )
    found.pending.append(Pending(decision=decision, constraint=constraint, imports=(_LOWER,)))


def _steps(one: DraftedColumn) -> tuple[str, ...]:
    return one.answer.steps if one.answer else ()
