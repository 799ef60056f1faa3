"""Indexes of the source, as far as PostgreSQL's may have them.

Never one that could refuse a row: an entry of PostgreSQL's B-tree holds 2,704 bytes, so what may
be longer is indexed by its beginning or not at all.
"""

from __future__ import annotations

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
from migrate.draft.designing.uniqueness import carry_unique
from migrate.draft.designing.words import literal
from migrate.draft.facts import Index

__all__ = ["index"]

_NAME = 30
"""Bytes of an index's name, of which Django takes no more."""
_LEFT = 100
"""Characters of a long text that are indexed."""
_VECTOR = 200_000
"""Octets of text beyond which PostgreSQL's tsvector, of 1 MB at most, might refuse a row."""


def index(drafted: Drafted, app: str, taken: set[str]) -> Indexing:
    """Carry a table's indexes over. `taken` are names of indexes and constraints of all models."""
    found = Indexing(names=taken)
    made: list[tuple[str, ...]] = []
    if drafted.key.column is not None:
        made.append((next((c.name for c in drafted.columns if c.primary), "id"),))
    for one in sorted(drafted.facts.indexes, key=lambda i: (not i.primary, not i.unique)):
        columns = [drafted.by_source(name) for name in one.columns]
        present = [c for c in columns if c is not None]
        if len(present) < len(columns) or not present:
            continue
        names = tuple(c.name for c in present)
        if one.kind == "spatial":
            why = "it is spatial, and the field is bytes"
            found.pending.append(Pending(decision=without(drafted, one, why)))
        elif one.kind == "fulltext":
            _search(drafted, one, present, found)
        elif one.unique and one.whole and names in made:
            continue
        elif one.unique and carry_unique(drafted, one, present, found, app):
            made += [names] if one.whole else []
        else:
            _plain(drafted, one, present, made, found)
    return found


def _plain(
    drafted: Drafted,
    one: Index,
    columns: list[DraftedColumn],
    made: list[tuple[str, ...]],
    found: Indexing,
) -> None:
    pairs = list(zip(columns, one.prefixes, strict=True))
    usable = [(c, length) for c, length in pairs if class_of(c) not in NEVER and not c.counter]
    if not usable or usable[0] != pairs[0]:
        why = "PostgreSQL has no B-tree over what the field holds"
        found.pending.append(Pending(decision=without(drafted, one, why)))
        return
    if any(class_of(c) == "models.BinaryField" and size_of(c) > ENTRY for c, _ in usable):
        why = "its values may be longer than an index of PostgreSQL takes"
        found.pending.append(Pending(decision=without(drafted, one, why)))
        return
    names = tuple(c.name for c, _ in usable)
    if len(names) == 1 and columns[0].relation is not None:
        return
    if any(m[: len(names)] == names for m in made):
        return
    made.append(names)
    whole = all(length is None or class_of(c) == "models.CharField" for c, length in usable)
    if whole and sum(size_of(c) for c, _ in usable) <= ENTRY:
        fields = ", ".join(map(literal, names))
        found.indexes.append(f"models.Index(fields=[{fields}])")
        return
    terms = []
    for column, length in usable:
        if class_of(column) in TEXTS and size_of(column) > 4 * _LEFT:
            terms.append(f"Left({literal(column.name)}, {min(length or _LEFT, _LEFT)})")
            found.imports.add("django.db.models.functions.Left")
        else:
            terms.append(f"models.F({literal(column.name)})")
    name = found.name([drafted.name, *names], "idx", _NAME)
    found.indexes.append(f"models.Index({', '.join(terms)}, name={literal(name)})")


def _search(drafted: Drafted, one: Index, columns: list[DraftedColumn], found: Indexing) -> None:
    """A full-text index, in no language: MySQL's knows none either."""
    texts = [c for c in columns if class_of(c) in TEXTS]
    name = found.name([drafted.name, *(c.name for c in columns)], "gin", _NAME)
    fields = ", ".join(literal(c.name) for c in columns)
    line = f'GinIndex(SearchVector({fields}, config="simple"), name={literal(name)})'
    size = sum(c.column.max_octets or 2**32 for c in columns)
    imports = (
        "django.contrib.postgres.indexes.GinIndex",
        "django.contrib.postgres.search.SearchVector",
    )
    if len(texts) == len(columns) and size <= _VECTOR:
        found.indexes.append(line)
        found.imports.update(imports)
        return
    decision = Decision(
        table=drafted.facts.name,
        column=columns[0].column.name,
        topic="index",
        chosen="no full-text index",
        evidence=f"{one.name}: texts may be longer than the 1 MB that PostgreSQL indexes",
        cost="refuses rows whose words take more than 1 MB",
        routine=True,
    )
    known = len(texts) == len(columns)
    found.pending.append(
        Pending(decision=decision, index=line if known else "", imports=imports if known else ())
    )
