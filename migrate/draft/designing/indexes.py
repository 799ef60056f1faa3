"""Uniqueness and indexes of the source, as far as PostgreSQL's may have them.

Never one that could refuse a row: an entry of PostgreSQL's B-tree holds 2,704 bytes, so what may
be longer is indexed by its beginning or not at all. A unique index of MySQL folds case, accents and
blanks at the end by its collation; PostgreSQL's compares bytes and can only be looser.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from migrate.draft.design import Decision
from migrate.draft.designing.plan import Drafted, DraftedColumn
from migrate.draft.designing.words import literal
from migrate.draft.facts import Index

__all__ = ["Indexing", "index"]

_ENTRY = 2_600
_LEFT = 100
"""Characters of a long text that are indexed."""
_VECTOR = 200_000
"""Octets of text beyond which PostgreSQL's tsvector, of 1 MB at most, might refuse a row."""
_SIZES = {
    "models.CharField": 0,
    "models.SmallIntegerField": 2,
    "models.PositiveSmallIntegerField": 2,
    "models.DecimalField": 40,
    "models.UUIDField": 16,
    "models.GenericIPAddressField": 20,
    "models.BooleanField": 1,
}
_TEXTS = ("models.CharField", "models.TextField")
_NEVER = frozenset({"models.JSONField", "ArrayField"})


@dataclass(kw_only=True)
class Indexing:
    """What a model's Meta says of its indexes."""

    unique: set[str] = field(default_factory=set)
    """Fields with unique=True."""
    constraints: list[str] = field(default_factory=list)
    indexes: list[str] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    decisions: list[Decision] = field(default_factory=list)


def index(drafted: Drafted, app: str, taken: set[str]) -> Indexing:
    """Carry a table's indexes over. `taken` are names of indexes and constraints of all models."""
    found = Indexing()
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
            found.decisions.append(_without(drafted, one, "it is spatial, and the field is bytes"))
        elif one.kind == "fulltext":
            _search(drafted, one, present, found, taken)
        elif one.unique and all(length is None for length in one.prefixes):
            if names in made:
                continue
            if (why := _not_unique(present)) is None:
                _unique(drafted, one, present, found, app, taken)
                made.append(names)
            else:
                found.decisions.append(_without(drafted, one, why, unique=True))
        else:
            _plain(drafted, one, present, made, found, taken)
    return found


def _not_unique(columns: list[DraftedColumn]) -> str | None:
    """Why two rows that MySQL keeps apart might clash, or could not be indexed."""
    if any(_class(c) in _NEVER for c in columns):
        return "its values are kept in another form"
    for one in columns:
        if one.counter:
            return "its number is counted after the rows are loaded"
        steps = one.answer.steps if one.answer else ()
        if any(not _keeps_apart(step) for step in steps):
            return "two of its values may become one"
    if sum(map(_bytes, columns)) > _ENTRY:
        return "its values may be longer than an index of PostgreSQL takes"
    return None


def _keeps_apart(step: str) -> bool:
    """Steps after which different values still differ, or are NULL, which is no duplicate."""
    return step.startswith(
        ("steps.null_if", "steps.zero_dates", "steps.from_unixtime", "steps.decode_utf8")
    ) or (step.startswith("steps.local_time") and "UTC" in step)


def _class(one: DraftedColumn) -> str:
    return one.answer.cls if one.answer is not None else "models.ForeignKey"


def _bytes(one: DraftedColumn) -> int:
    """The most that a value takes, at four bytes a character."""
    if one.relation is not None:
        return 4 * (one.column.max_chars or 2)
    if _class(one) == "models.CharField":
        arguments = one.answer.arguments if one.answer else ()
        width = next((a for a in arguments if a.startswith("max_length=")), "max_length=1000")
        return 4 * int(width.removeprefix("max_length="))
    if _class(one) == "models.BinaryField":
        return one.column.max_octets or _ENTRY * 2
    return _ENTRY * 2 if _class(one) == "models.TextField" else _SIZES.get(_class(one), 8)


def _unique(
    drafted: Drafted,
    one: Index,
    columns: list[DraftedColumn],
    found: Indexing,
    app: str,
    taken: set[str],
) -> None:
    if len(columns) == 1:
        if columns[0].relation is None and not columns[0].primary:
            found.unique.add(columns[0].name)
    else:
        names = [c.name for c in columns]
        name = _name([app, drafted.name, *names], "uniq", 60, taken)
        fields = ", ".join(map(literal, names))
        found.constraints.append(
            f"models.UniqueConstraint(fields=[{fields}], name={literal(name)})"
        )
    folded = [c for c in columns if c.column.collation and not c.column.collation.endswith("_bin")]
    texts = [c for c in folded if c.relation is None and c.column.data_type != "enum"]
    if texts and not one.primary:
        found.decisions.append(_folding(drafted, one, columns, texts))


def _folding(
    drafted: Drafted, one: Index, columns: list[DraftedColumn], texts: list[DraftedColumn]
) -> Decision:
    terms = [f"Lower({literal(c.name)})" if c in texts else literal(c.name) for c in columns]
    name = f"{drafted.name.lower()[:30]}_{columns[0].name[:20]}_ci"
    return Decision(
        table=drafted.facts.name,
        column=texts[0].column.name,
        topic="index",
        chosen="unique by its bytes: PostgreSQL will take a value in another case, MySQL did not",
        evidence=f"{one.name} is unique under {texts[0].column.collation}",
        instead=f"models.UniqueConstraint({', '.join(terms)}, name={literal(name)})",
        cost="refuses values that lower() makes one and this collation keeps apart, if any",
    )


def _plain(
    drafted: Drafted,
    one: Index,
    columns: list[DraftedColumn],
    made: list[tuple[str, ...]],
    found: Indexing,
    taken: set[str],
) -> None:
    pairs = list(zip(columns, one.prefixes, strict=True))
    usable = [(c, length) for c, length in pairs if _class(c) not in _NEVER and not c.counter]
    if not usable or usable[0] != pairs[0]:
        why = "PostgreSQL has no B-tree over what the field holds"
        found.decisions.append(_without(drafted, one, why))
        return
    if any(_class(c) == "models.BinaryField" and _bytes(c) > _ENTRY for c, _ in usable):
        why = "its values may be longer than an index of PostgreSQL takes"
        found.decisions.append(_without(drafted, one, why))
        return
    names = tuple(c.name for c, _ in usable)
    if len(names) == 1 and columns[0].relation is not None:
        return
    if any(m[: len(names)] == names for m in made):
        return
    made.append(names)
    if one.unique:
        why = "only the beginning of its values is unique"
        found.decisions.append(_without(drafted, one, why, unique=True, plain=True))
    whole = all(length is None or _class(c) == "models.CharField" for c, length in usable)
    if whole and sum(_bytes(c) for c, _ in usable) <= _ENTRY:
        fields = ", ".join(map(literal, names))
        found.indexes.append(f"models.Index(fields=[{fields}])")
        return
    terms = []
    for column, length in usable:
        if _class(column) in _TEXTS and _bytes(column) > 4 * _LEFT:
            terms.append(f"Left({literal(column.name)}, {min(length or _LEFT, _LEFT)})")
            found.imports.add("django.db.models.functions.Left")
        else:
            terms.append(f"models.F({literal(column.name)})")
    name = _name([drafted.name, *names], "idx", 30, taken)
    found.indexes.append(f"models.Index({', '.join(terms)}, name={literal(name)})")


def _search(
    drafted: Drafted, one: Index, columns: list[DraftedColumn], found: Indexing, taken: set[str]
) -> None:
    """A full-text index, in no language: MySQL's knows none either."""
    texts = [c for c in columns if _class(c) in _TEXTS]
    name = _name([drafted.name, *(c.name for c in columns)], "gin", 30, taken)
    fields = ", ".join(literal(c.name) for c in columns)
    line = f'GinIndex(SearchVector({fields}, config="simple"), name={literal(name)})'
    size = sum(c.column.max_octets or 2**32 for c in columns)
    if len(texts) == len(columns) and size <= _VECTOR:
        found.indexes.append(line)
        found.imports |= {
            "django.contrib.postgres.indexes.GinIndex",
            "django.contrib.postgres.search.SearchVector",
        }
        return
    found.decisions.append(
        Decision(
            table=drafted.facts.name,
            column=columns[0].column.name,
            topic="index",
            chosen="no full-text index",
            evidence=f"{one.name}: texts may be longer than the 1 MB that PostgreSQL indexes",
            instead=f"indexes = [{line}]",
            cost="refuses rows whose words take more than 1 MB",
        )
    )


def _without(
    drafted: Drafted, one: Index, why: str, *, unique: bool = False, plain: bool = False
) -> Decision:
    columns = ", ".join(one.columns)
    what = "not unique" if unique else "no index"
    return Decision(
        table=drafted.facts.name,
        column=one.columns[0],
        topic="index",
        chosen=f"{what} on {columns}" + (", an index only" if plain else ""),
        evidence=f"{one.name}: {why}",
    )


def _name(parts: list[str], kind: str, longest: int, taken: set[str]) -> str:
    """A name within PostgreSQL's, and for an index Django's, length: the same at every draft."""
    whole = "_".join([*parts, kind]).lower()
    if len(whole.encode()) > longest or whole in taken:
        digest = hashlib.sha256("\0".join([*parts, str(whole in taken)]).encode()).hexdigest()[:6]
        head = "_".join(parts).lower().encode()[: longest - len(kind) - 8]
        whole = f"{head.decode(errors='ignore').rstrip('_')}_{digest}_{kind}"
    taken.add(whole)
    return whole
