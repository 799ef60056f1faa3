"""A many-to-many field whose other keys stand in one column, as a list: the query of its pairs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models

from mappings.base import ModelMapping
from mappings.columns import ManyToMany
from mappings.sqltext import my_name, my_text

__all__ = ["as_written", "listed_name", "queries"]

_INTEGERS = (models.IntegerField, models.AutoField)


def queries(mapping: type[ModelMapping]) -> Iterator[tuple[str, str, str]]:
    """The queries that a mapping reads from: place, name and text of each."""
    options = mapping._mapping.options
    if options.query is not None and options.source:
        yield f"{mapping.__name__}.Meta", options.source, options.query
    for name, declaration in mapping._mapping.declarations.items():
        if isinstance(declaration, ManyToMany) and declaration.separator:
            numeric = _numeric(options.model, name)
            place = f"{mapping.__name__}.{name}"
            yield place, listed_name(declaration), _query(declaration, numeric=numeric)


def listed_name(declaration: ManyToMany) -> str:
    """What the pairs of a list are called, or the join table."""
    if not declaration.separator:
        return declaration.table
    return f"{declaration.table}.{declaration.target}"


def as_written(declaration: ManyToMany) -> str:
    """What the column is called that has the text of each member, for quarantine."""
    return f"{declaration.target} as written"


def _numeric(label: str, name: str) -> bool:
    """Whether the field's other keys are integers. A field that is none is told elsewhere."""
    try:
        field: Any = apps.get_model(label)._meta.get_field(name)
        return isinstance(field.remote_field.model._meta.pk, _INTEGERS)
    except (LookupError, ValueError, AttributeError):
        return False


def _query(declaration: ManyToMany, *, numeric: bool) -> str:
    """A row for each member of each list.

    NULL, which is refused, stands for a member that is no number where numbers are, and for what
    comes after the first `most`; its text stands beside it.
    """
    separator = my_text(declaration.separator or "")
    listed = f"CONVERT(l.{my_name(declaration.target)} USING utf8mb4)"
    # Blanks at its ends are no part of a member, but they may be the separator.
    from_nth = f"SUBSTRING_INDEX(SUBSTRING_INDEX({listed}, {separator}, n.n), {separator}, -1)"
    member = f"TRIM({from_nth})"
    length = f"CHAR_LENGTH({listed})"
    without = f"CHAR_LENGTH(REPLACE({listed}, {separator}, ''))"
    members = f"(({length} - {without}) DIV {len(declaration.separator or ' ')} + 1)"
    value = member
    if numeric:
        value = f"IF({member} REGEXP '^-?[0-9]{{1,18}}$', CAST({member} AS SIGNED), NULL)"
    most = declaration.most
    # What is left of the list after the first `most` members is refused as one row.
    before = f"SUBSTRING_INDEX({listed}, {separator}, {most})"
    past = f"CHAR_LENGTH({before}) + {len(declaration.separator or ' ') + 1}"
    rest = f"SUBSTRING({listed}, {past})"
    return (
        f"SELECT l.{my_name(declaration.source)} AS {my_name(declaration.source)},"
        f" IF(n.n > {most}, NULL, {value}) AS {my_name(declaration.target)},"
        f" IF(n.n > {most}, {rest}, {member}) AS {my_name(as_written(declaration))}"
        f" FROM {my_name(declaration.table)} l JOIN ({_numbers(most + 1)}) n"
        f" ON n.n <= {members} WHERE {listed} <> '' AND (n.n > {most} OR {member} <> '')"
    )


def _numbers(last: int) -> str:
    """SQL of a derived table: n from 1 to `last`."""
    digits = " UNION ALL ".join(["SELECT 0 AS d", *(f"SELECT {d}" for d in range(1, 10))])
    places = range(len(str(last)))
    terms = " + ".join(f"{10**place} * d{place}.d" for place in places)
    tables = ", ".join(f"({digits}) d{place}" for place in places)
    return f"SELECT 1 + {terms} AS n FROM {tables} WHERE 1 + {terms} <= {last}"
