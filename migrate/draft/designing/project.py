"""The whole design, step by step."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.text import camel_case_to_spaces

from migrate.draft.design import Decision, Field, MappingLine, Model, Project
from migrate.draft.designing.columns import draft_columns
from migrate.draft.designing.counters import find_counters
from migrate.draft.designing.fields import field_of, line_of, many_of, surrogate_of
from migrate.draft.designing.indexes import index
from migrate.draft.designing.indexing import Indexing
from migrate.draft.designing.instead import key_instead, relation_instead, type_instead
from migrate.draft.designing.keys import choose_key
from migrate.draft.designing.names import app_label, common_prefix, model_name
from migrate.draft.designing.passwords import hash_packages
from migrate.draft.designing.plan import Drafted, DraftedColumn
from migrate.draft.designing.related import name_ways_back, through_tables
from migrate.draft.designing.relations import find_relations
from migrate.draft.designing.shown import admin_list, admin_raw_ids, admin_search, str_field
from migrate.draft.designing.singular import django_plural
from migrate.draft.designing.types.binaries import text_in_bytes
from migrate.draft.designing.wide import MOST_COLUMNS, too_wide
from migrate.draft.designing.words import literal
from migrate.draft.facts import Facts, TableFacts

__all__ = ["design_project"]

_VIEW = "a view: its rows come from tables"


def design_project(facts: Facts, *, app: str, time_zone: str | None = None) -> Project:
    """Return what the drafted project shall be.

    `app` is the wanted label; one that Django or Python has already gets a suffix. `time_zone` is
    where the wall clocks of DATETIME columns hung; None takes UTC for a guess.
    """
    zone = time_zone or "UTC"
    decisions: list[Decision] = []
    left_out = [(t.name, why) for t in facts.tables if (why := _left_out(t))]
    tables = [t for t in facts.tables if not _left_out(t)]
    prefix = common_prefix(t.name for t in tables)
    models: dict[str, Drafted] = {}
    keys = {table.name: choose_key(table, prefix) for table in tables}
    relations, unmade = find_relations(facts, keys, prefix)
    decisions += unmade
    for table in tables:
        name = model_name(table.name, prefix, {m.name.lower() for m in models.values()})
        models[table.name] = Drafted(facts=table, name=name, key=keys[table.name])
    for drafted in models.values():
        table = drafted.facts
        left = draft_columns(
            drafted,
            models,
            relations.get(table.name, {}),
            mariadb=facts.catalogue.mariadb,
            zone=zone,
            text_in_bytes=text_in_bytes(tables),
        )
        for column, why in left:
            decisions.append(_without(table.name, column, why))
    label = app_label(app)
    name_ways_back(models)
    decisions += through_tables(models)
    decisions += find_counters(facts, models, label)
    taken: set[str] = set()
    indexing = {name: index(drafted, label, taken) for name, drafted in models.items()}
    for name, drafted in models.items():
        decisions += _decisions(drafted, models, indexing[name])
        decisions += indexing[name].decisions
    return Project(
        app=label,
        database=facts.catalogue.database,
        models=tuple(
            _model(models[name], models, indexing[name], zone) for name in _in_order(models)
        ),
        decisions=(*decisions, *(_no_model(name, why) for name, why in left_out)),
        left_out=tuple(left_out),
        unloadable=tuple((t.name, wide) for t in tables if (wide := too_wide(t))),
        time_zone=zone,
        zone_given=time_zone is not None,
        clocks=tuple(
            (name, one.column.name)
            for name, drafted in models.items()
            for one in drafted.columns
            if _is_clock(one)
        ),
        has_passwords=any(
            c.answer is not None and c.answer.password for m in models.values() for c in m.columns
        ),
        hash_packages=hash_packages(models),
        data_evidence=facts.data_evidence,
    )


def _left_out(table: TableFacts) -> str:
    if table.broken:
        return f"cannot be read: {table.broken}"
    if len(table.table.columns) > MOST_COLUMNS:
        return f"has {len(table.table.columns):,} columns, and PostgreSQL holds 1,600"
    # Of a view that was asked for by name the rows have been read.
    if table.view and table.rows is None:
        return _VIEW
    return ""


def _no_model(name: str, why: str) -> Decision:
    return Decision(
        table=name,
        column=None,
        topic="left out",
        chosen="has no model",
        evidence=why,
        routine=why == _VIEW,
    )


def _without(table: str, column: str, why: str) -> Decision:
    return Decision(
        table=table, column=column, topic="left out", chosen="has no field", evidence=why
    )


def _decisions(
    drafted: Drafted, models: dict[str, Drafted], indexing: Indexing
) -> Iterator[Decision]:
    if (key := key_instead(drafted, models)) is not None:
        yield key
    for one in drafted.columns:
        if one.relation is not None:
            found = relation_instead(one.relation, one, models)
            if found is not None:
                yield found
        elif one.answer is not None and not one.primary:
            for told in one.answer.told:
                yield type_instead(told, one, models, unique=one.name in indexing.unique)


def _in_order(models: dict[str, Drafted]) -> list[str]:
    """Parents before children, as far as circles allow; else by name."""
    found: list[str] = []
    visited: set[str] = set()

    def visit(name: str) -> None:
        if name in visited:
            return
        visited.add(name)
        for one in models[name].columns:
            if one.relation is not None:
                visit(one.relation.parent)
        found.append(name)

    for name in models:
        visit(name)
    return found


def _model(drafted: Drafted, models: dict[str, Drafted], indexing: Indexing, zone: str) -> Model:
    fields: list[Field] = []
    if drafted.key.kind == "surrogate":
        fields.append(surrogate_of())
    fields += [field_of(one, models, unique=one.name in indexing.unique) for one in drafted.columns]
    fields += [many_of(name, arguments) for name, arguments in drafted.many]
    lines: list[MappingLine] = [line_of(one) for one in drafted.columns]
    chosen = tuple(fields)
    shown = str_field(chosen, drafted.name)
    orphaned = {c.name for c in drafted.columns if c.relation is not None and c.relation.orphans}
    return Model(
        name=drafted.name,
        source=drafted.facts.name,
        doc=_doc(drafted),
        fields=chosen,
        meta=tuple(_meta(drafted, indexing)),
        meta_imports=tuple(sorted(indexing.imports)),
        str_field=shown,
        mapping=tuple(lines),
        mapping_meta=_mapping_meta(drafted, zone),
        admin_list=admin_list(chosen, shown, orphaned),
        admin_search=admin_search(chosen, shown),
        admin_raw_ids=admin_raw_ids(chosen),
    )


def _doc(drafted: Drafted) -> str:
    comment = " ".join(drafted.facts.comment.split())
    return comment[:200] or f"A row of `{drafted.facts.name}`."


def _meta(drafted: Drafted, indexing: Indexing) -> Iterator[tuple[str, str]]:
    if (plural := django_plural(camel_case_to_spaces(drafted.name))) is not None:
        yield "verbose_name_plural", literal(plural)
    if indexing.constraints:
        yield "constraints", f"[{', '.join(indexing.constraints)}]"
    if indexing.indexes:
        yield "indexes", f"[{', '.join(indexing.indexes)}]"


def _mapping_meta(drafted: Drafted, zone: str) -> tuple[tuple[str, str], ...]:
    clocks = any(
        _is_clock(one) and one.answer and not any("local_time" in s for s in one.answer.steps)
        for one in drafted.columns
    )
    return (("time_zone", literal(zone)),) if clocks else ()


def _is_clock(one: DraftedColumn) -> bool:
    """A moment whose zone is not in the data."""
    became = one.answer is not None and one.answer.cls == "models.DateTimeField"
    return became and one.column.data_type == "datetime"
