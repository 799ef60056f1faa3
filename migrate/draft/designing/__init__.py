"""From facts to a design: which models, fields, keys, relations and mappings, and why.

    names, singular      what models, fields and the ways between them are called
    keys                 the primary key of each model
    telling, likeliest,  which columns refer to which table,
    relations, related   and what each is called from the other side; join tables
    columns, types       the field of each column: one choice for each family of types
    counters             numbers that count children
    uniqueness, indexes, what Meta says of them, and how large an entry may be
    indexing
    wide, shown          what no page of PostgreSQL holds; what the admin shows
    references, instead  what is told of a choice, and the lines of the other one
    fields, project      all of it in words

A pure function. Its rule: no row may be refused. Where a stricter choice would refuse one, the
looser is taken and a `Decision` says what the stricter one would cost.
"""

from __future__ import annotations

from migrate.draft.designing.project import design_project

__all__ = ["design_project"]
