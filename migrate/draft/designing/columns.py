"""Names and types of a table's columns."""

from __future__ import annotations

import re
from collections.abc import Mapping

from migrate.draft.designing.names import field_name, free, snake
from migrate.draft.designing.plan import Drafted, DraftedColumn, Relation
from migrate.draft.designing.types import Ask, choose
from migrate.draft.facts import TableFacts

__all__ = ["draft_columns", "reference_name"]

_ID = re.compile(r"_(id|fk|key|ref|no|nr)$|^(id|fk)_(?=.)|(?<=[a-z]{3})id$")


def reference_name(name: str) -> str:
    """`author_id`, `id_author`, `author_fk` -> `author`: Django adds `_id` by itself."""
    bare = _ID.sub("", name, count=1).strip("_")
    return bare if bare and bare[0].isalpha() else name


def draft_columns(
    drafted: Drafted,
    models: Mapping[str, Drafted],
    relations: Mapping[str, Relation],
    *,
    mariadb: bool,
    zone: str,
    text_in_bytes: bool = False,
) -> list[tuple[str, str]]:
    """Fill `drafted.columns`; return what is left out: columns and why."""
    table, left = drafted.facts, []
    if drafted.key.kind == "surrogate":
        drafted.taken.add("id")
    taken = drafted.taken
    unique = _unique_columns(table)
    for position, column in enumerate(table.table.columns, 1):
        if column.name in table.unread:
            left.append((column.name, table.unread[column.name]))
            continue
        primary = drafted.key.column is not None and drafted.key.column.name == column.name
        relation = relations.get(column.name)
        name = field_name(column.name, position)
        if primary and drafted.key.name and relation is None:
            name = drafted.key.name
        elif relation is not None:
            name = _reference_field(name, relation, table, taken, models)
        name = free(name, taken)
        one = DraftedColumn(column=column, name=name, relation=relation, primary=primary)
        if relation is None:
            ask = Ask(
                table=table,
                column=column,
                name=name,
                mariadb=mariadb,
                zone=zone,
                text_in_bytes=text_in_bytes,
                keyed=column.name in table.table.key,
                unique=column.name in unique,
            )
            answer = choose(ask)
            if answer is None:
                left.append((column.name, f"delamp reads no {column.data_type}"))
                continue
            if primary and drafted.key.integer:
                answer = answer.but(cls=drafted.key.cls, arguments=drafted.key.arguments)
            one.answer = answer
        taken |= {one.name, one.attname}
        drafted.columns.append(one)
    return left


def _reference_field(
    name: str,
    relation: Relation,
    table: TableFacts,
    taken: set[str],
    models: Mapping[str, Drafted],
) -> str:
    bare = field_name(reference_name(name))
    if name == "legacy_id" or (len(bare) <= 3 and bare.endswith("id")):
        # `uid` of a table of users is the user.
        bare = field_name(snake(models[relation.parent].name))
    others = {field_name(c.name) for c in table.table.columns if c.name != relation.column}
    # Django's column is the name with `_id`: neither may be the name of another column.
    if {bare, f"{bare}_id"} & (others | taken):
        bare = name if f"{name}_id" not in others | taken else f"{name}_ref"
    return bare


def _unique_columns(table: TableFacts) -> set[str]:
    return {name for index in table.indexes if index.unique for name in index.columns} - set(
        table.table.key
    )
