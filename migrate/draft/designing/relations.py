"""References between tables: declared ones, and those that names and rows tell of.

A declared foreign key that every row keeps becomes a real one. An implied one gets
`db_constraint=False`, also without a single orphan today: nothing stops PHP from writing one
tomorrow, and a refresh must not refuse its row. It may be NULL in Django even where no row is:
Django joins to what can be NULL by LEFT JOIN, and an INNER JOIN hides the rows of a missing parent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mappings.catalogue import SourceColumn
from migrate.draft.design import Decision
from migrate.draft.designing.defaults import number_default, plain_default
from migrate.draft.designing.keys import INTEGERS, Key
from migrate.draft.designing.likeliest import likeliest
from migrate.draft.designing.plan import Relation
from migrate.draft.designing.references import told_of
from migrate.draft.designing.types.numbers import integer_range
from migrate.draft.facts import Facts, ForeignKey, Inclusion, TableFacts

__all__ = ["Found", "find_relations"]

Found = dict[str, dict[str, Relation]]
"""Per table and column."""

_ON_DELETE = {"CASCADE": "CASCADE", "SET NULL": "SET_NULL"}
_TEXTS = frozenset({"char", "varchar"})
_HOLDS = {
    "models.SmallAutoField": 2**15,
    "models.SmallIntegerField": 2**15,
    "models.AutoField": 2**31,
    "models.IntegerField": 2**31,
    "models.BigAutoField": 2**63,
    "models.BigIntegerField": 2**63,
}


def find_relations(
    facts: Facts, keys: Mapping[str, Key], prefix: str
) -> tuple[Found, list[Decision]]:
    """Per table: its columns that refer to the key of a table; and what was not made one."""
    found: Found = {}
    decisions: list[Decision] = []
    for name in keys:
        table = facts.table(name)
        if table is not None:
            found[name] = _declared(facts, table, keys, decisions)
    implied: dict[tuple[str, str], list[Inclusion]] = {}
    for inclusion in facts.inclusions:
        implied.setdefault((inclusion.table, inclusion.column), []).append(inclusion)
    for (name, column_name), candidates in implied.items():
        table = facts.table(name)
        if table is None or name not in keys or _is_declared(table, column_name):
            continue
        best = likeliest(facts, prefix, candidates)
        if best is not None:
            relation = _relation(facts, table, best.column, best, best.parent, None, keys)
            if relation is not None:
                found[name][column_name] = relation
    _break_circles(found, keys)
    return found, decisions


def _is_declared(table: TableFacts, column: str) -> bool:
    return any(key.columns == (column,) for key in table.foreign_keys)


def _declared(
    facts: Facts, table: TableFacts, keys: Mapping[str, Key], decisions: list[Decision]
) -> dict[str, Relation]:
    found: dict[str, Relation] = {}
    for key in table.foreign_keys:
        relation = None
        own = keys.get(key.parent)
        single = len(key.columns) == 1 and key.columns[0] not in found
        if single and own is not None and _is_key(own, key.parent_columns[0]):
            measured = facts.inclusion(table.name, key.columns[0], key.parent)
            relation = _relation(facts, table, key.columns[0], measured, key.parent, key, keys)
        if relation is not None:
            found[key.columns[0]] = relation
        elif not (len(key.columns) == 1 and key.columns[0] in found):
            decisions.append(_unmade(table, key))
    return found


def _is_key(key: Key, column: str) -> bool:
    return key.column is not None and key.column.name.lower() == column.lower()


def _unmade(table: TableFacts, key: ForeignKey) -> Decision:
    columns, parents = ", ".join(key.columns), ", ".join(key.parent_columns)
    return Decision(
        table=table.name,
        column=key.columns[0],
        topic="relation",
        chosen="plain columns, no ForeignKey",
        evidence=f"{key.name}: {columns} refers to {key.parent} ({parents}), "
        "which is not the primary key of a model, or of another type, or rows break it in a key",
    )


def _relation(
    facts: Facts,
    table: TableFacts,
    column_name: str,
    measured: Inclusion | None,
    parent: str,
    declared: ForeignKey | None,
    keys: Mapping[str, Key],
) -> Relation | None:
    """The reference of one column to the key of `parent`, or None where types stand against it."""
    column, key = table.table.column(column_name), keys.get(parent)
    if column is None or key is None or key.column is None:
        return None
    if measured is not None and not _is_key(key, measured.parent_column):
        return None
    if column.name in table.unread or not _holds(table, column, key):
        return None
    own = keys[table.name]
    primary = own.column is not None and own.column.name == column.name
    if primary and (parent == table.name or table.auto_increment == column.name):
        return None
    if primary and declared is None and (measured is None or measured.orphans):
        return None
    in_key = column.name in table.table.key
    none = () if in_key else _none(facts, table, column, measured, parent, declared is not None)
    orphans = _orphans(measured, none)
    # Nobody counted: MySQL lets texts refer in another case, but numbers only as they are.
    sure = measured is not None or column.data_type in INTEGERS
    constrained = declared is not None and sure and not orphans
    relation = Relation(
        table=table.name,
        column=column.name,
        parent=parent,
        on_delete=_on_delete(declared, column, none) if constrained else "DO_NOTHING",
        constrained=constrained,
        declared=declared is not None,
        measured=measured,
        none=none,
        orphans=orphans,
        one_to_one=primary or _unique_alone(table, column.name),
        primary=primary,
    )
    # A primary key cannot be NULL, so that Django's joins would hide each orphan.
    return None if primary and orphans else replace(relation, decision=told_of(relation))


def _orphans(measured: Inclusion | None, none: tuple[str, ...]) -> int:
    """Rows whose value, as PostgreSQL will see it, is in no parent."""
    if measured is None:
        return 0
    return measured.orphans + measured.case_orphans + (0 if none else measured.none_values)


def _on_delete(declared: ForeignKey | None, column: SourceColumn, none: tuple[str, ...]) -> str:
    rule = _ON_DELETE.get(declared.on_delete.upper(), "PROTECT") if declared else "DO_NOTHING"
    return "PROTECT" if rule == "SET_NULL" and not (column.nullable or none) else rule


def _holds(table: TableFacts, column: SourceColumn, key: Key) -> bool:
    """Whether the parent's type takes every value of the column, orphans too."""
    seen = table.seen(column)
    if key.integer:
        if column.data_type not in INTEGERS:
            return False
        limit = _HOLDS.get(key.cls)
        if limit is None:
            return True
        lo, hi = integer_range(column)
        if -limit <= lo and hi < limit:
            return True
        if seen is None:
            return hi <= 2 * limit
        return seen.maximum is None or -limit <= (seen.minimum or 0) <= seen.maximum < limit
    if key.text and column.data_type in _TEXTS and key.column is not None:
        width = key.column.max_chars or 0
        fits = (column.max_chars or 0) <= width
        if seen is None:
            return fits
        clean = not seen.nul_bytes and not seen.bad_charset
        return clean and (fits or (seen.longest or 0) <= width)
    return False


def _none(
    facts: Facts,
    table: TableFacts,
    column: SourceColumn,
    measured: Inclusion | None,
    parent: str,
    declared: bool,
) -> tuple[str, ...]:
    """Steps that make NULL of what MySQL has for none: 0, or ''."""
    number = column.data_type in INTEGERS
    step = "steps.null_if(0)" if number else "steps.null_if_empty"
    if measured is not None and measured.none_values:
        return (step,)
    if declared or measured is None:
        return ()
    above = facts.table(parent)
    key = above.table.column(measured.parent_column) if above else None
    seen = above.seen(key) if above and key else None
    if seen is not None and (seen.zeros or seen.empty):
        return ()
    default = plain_default(column, mariadb=facts.catalogue.mariadb)
    return (step,) if (number_default(default) == 0 if number else default == "") else ()


def _unique_alone(table: TableFacts, column: str) -> bool:
    return any(
        index.unique and index.columns == (column,) and index.prefixes == (None,)
        for index in table.indexes
    )


def _break_circles(found: Found, keys: Mapping[str, Key]) -> None:
    """Tables whose primary keys refer to each other would have no type: the last lets go."""
    for name in list(found):
        above, seen = name, {name}
        while (relation := _upwards(found, keys, above)) is not None:
            above = relation.parent
            if above in seen:
                key = keys[name].column
                if key is not None:
                    found[name].pop(key.name, None)
                break
            seen.add(above)


def _upwards(found: Found, keys: Mapping[str, Key], name: str) -> Relation | None:
    key = keys[name].column
    return found.get(name, {}).get(key.name) if key is not None else None
