"""The other choice of a decision, in whole lines as they would stand in the drafted project."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from migrate.draft.design import Decision, Field
from migrate.draft.designing.fields import field_of, line_of
from migrate.draft.designing.plan import Drafted, DraftedColumn, Relation
from migrate.draft.designing.types import Told
from migrate.draft.designing.words import literal

__all__ = ["imported", "key_instead", "relation_instead", "type_instead"]

_COMPOSITE = (
    "in the place of id, and before the first migrate alone; the UniqueConstraint on these fields "
    "and the model's class in admin.py go; no foreign key can point to the model"
)


def type_instead(
    told: Told, one: DraftedColumn, models: dict[str, Drafted], *, unique: bool
) -> Decision:
    """The decision with the lines of its other answer, of which only those that differ."""
    if told.other is None:
        return told.decision
    other = replace(one, answer=told.other, counter="")
    field, drafted = (field_of(each, models, unique=unique) for each in (other, one))
    line, mapped = line_of(other), line_of(one)
    lines: list[str] = []
    if field != drafted:
        lines += [*imported(set(field.imports) - set(drafted.imports)), _written(field)]
    if line != mapped:
        lines.append(f"{line.name} = {line.declaration}")
    return replace(told.decision, instead="\n".join(lines))


def relation_instead(
    relation: Relation, one: DraftedColumn, models: dict[str, Drafted]
) -> Decision | None:
    """The decision with the lines of a reference that the database itself watches over."""
    if relation.decision is None or relation.constrained:
        return relation.decision
    strict = replace(relation, constrained=True, on_delete="PROTECT")
    field = field_of(replace(one, relation=strict), models, unique=False)
    words = [literal(relation.column), *relation.none, 'orphans="quarantine"']
    lines = [_written(field), f"{one.name} = Reference({', '.join(words)})"]
    return replace(relation.decision, instead="\n".join(lines))


def key_instead(drafted: Drafted, models: dict[str, Drafted]) -> Decision | None:
    """The decision with the composite key, where Django allows it: no part may be NULL."""
    decision, parts = drafted.key.decision, drafted.key.columns
    columns = [one for one in map(drafted.by_source, parts) if one is not None]
    nullable = any(one.column.nullable or (one.answer and one.answer.null) for one in columns)
    if decision is None or len(parts) < 2 or len(columns) < len(parts) or nullable:
        return decision
    names = ", ".join(literal(one.name) for one in columns)
    fields = [field_of(one, models, unique=False) for one in columns if _may_be_null(one)]
    # Django takes no field into a key that may be NULL.
    sure = (tuple(a for a in f.arguments if a not in ("null=True", "blank=True")) for f in fields)
    lines = [_written(replace(f, arguments=given)) for f, given in zip(fields, sure, strict=True)]
    return replace(
        decision,
        instead="\n".join([f"pk = models.CompositePrimaryKey({names})", *lines]),
        cost=_COMPOSITE,
    )


def _may_be_null(one: DraftedColumn) -> bool:
    return one.relation is not None and not one.relation.constrained


def imported(names: Iterable[str]) -> list[str]:
    """The import statements for dotted names."""
    pairs = sorted(name.rpartition(".")[::2] for name in names)
    return [f"from {module} import {name}" for module, name in pairs]


def _written(field: Field) -> str:
    return f"{field.name} = {field.cls}({', '.join(field.arguments)})"
