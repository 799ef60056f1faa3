"""A drafted column in words: the model's field and the mapping's line."""

from __future__ import annotations

from migrate.draft.design import Field, MappingLine
from migrate.draft.designing.plan import Drafted, DraftedColumn
from migrate.draft.designing.types import Answer
from migrate.draft.designing.words import literal

__all__ = ["field_of", "line_of", "many_of", "surrogate_of"]

_LONGEST_HELP = 500


def surrogate_of() -> Field:
    """The key that Django counts up by itself."""
    return Field(name="id", cls="models.BigAutoField", arguments=("primary_key=True",))


def field_of(one: DraftedColumn, models: dict[str, Drafted], *, unique: bool) -> Field:
    """The model's field of a column."""
    if one.relation is not None:
        return _reference(one, models)
    answer = one.answer or Answer(cls="models.TextField")
    arguments = list(answer.arguments)
    if one.primary:
        arguments.append("primary_key=True")
    elif unique:
        arguments.append("unique=True")
    if answer.choices_class:
        arguments.append(f"choices={answer.choices_class}")
    if not one.primary:
        arguments += _emptiness(one, answer)
        if answer.default is not None:
            arguments.append(f"default={answer.default}")
    arguments += _help(one)
    return Field(
        name=one.name,
        cls=answer.cls,
        arguments=tuple(arguments),
        imports=answer.imports,
        choices_class=answer.choices_class,
        choices=answer.choices,
    )


def _emptiness(one: DraftedColumn, answer: Answer) -> list[str]:
    """null and blank, as the column's own NULL, its steps and its empty texts want them."""
    if one.column.nullable or answer.null:
        return ["null=True", "blank=True"]
    return ["blank=True"] if answer.blank else []


def _help(one: DraftedColumn) -> list[str]:
    comment = " ".join(one.column.comment.split())
    return [f"help_text={literal(comment[:_LONGEST_HELP])}"] if comment else []


def _reference(one: DraftedColumn, models: dict[str, Drafted]) -> Field:
    relation = one.relation
    assert relation is not None
    parent = '"self"' if relation.parent == relation.table else f'"{models[relation.parent].name}"'
    arguments = [parent, f"on_delete=models.{relation.on_delete}"]
    if one.primary:
        arguments.append("primary_key=True")
    if one.related_name:
        arguments.append(f'related_name="{one.related_name}"')
    # Without a constraint a parent may be missing, and to what is never NULL Django joins by
    # INNER JOIN: the admin and select_related() would hide the row.
    loose = one.column.nullable or relation.none or not relation.constrained
    if not one.primary and loose:
        arguments += ["null=True", "blank=True"]
    if not relation.constrained:
        arguments.append("db_constraint=False")
    arguments += _help(one)
    cls = "models.OneToOneField" if relation.one_to_one or one.primary else "models.ForeignKey"
    return Field(name=one.name, cls=cls, arguments=tuple(arguments))


def many_of(name: str, arguments: tuple[str, ...]) -> Field:
    return Field(name=name, cls="models.ManyToManyField", arguments=arguments)


def line_of(one: DraftedColumn) -> MappingLine:
    """The mapping's line of a column."""
    if one.counter:
        return MappingLine(name=one.name, declaration=one.counter)
    source = literal(one.column.name)
    if one.relation is not None:
        words = [source, *one.relation.none]
        if not one.relation.constrained:
            words.append('orphans="keep"')
        return MappingLine(name=one.name, declaration=f"Reference({', '.join(words)})")
    steps = one.answer.steps if one.answer else ()
    return MappingLine(name=one.name, declaration=f"Column({', '.join([source, *steps])})")
