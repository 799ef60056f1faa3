"""All statements that install the triggers of one parent table's counters, or remove them."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.sqltext import pg_name
from migrate.triggers.child_function import (
    BY_DELAMP,
    COUNTING,
    NEW_ROWS,
    OLD_ROWS,
    child_function_sql,
    counted_anew,
)
from migrate.triggers.frozen import FrozenChild, FrozenParent
from migrate.triggers.names import child_function, child_trigger, keep_function, new_function

__all__ = ["KEEP_TRIGGERS", "NEW_TRIGGER", "install_statements", "remove_statements", "triggers_of"]

_EVENTS = {
    "ins": ("INSERT", f"REFERENCING NEW TABLE AS {NEW_ROWS} "),
    "upd": ("UPDATE", f"REFERENCING OLD TABLE AS {OLD_ROWS} NEW TABLE AS {NEW_ROWS} "),
    "del": ("DELETE", f"REFERENCING OLD TABLE AS {OLD_ROWS} "),
    "trn": ("TRUNCATE", ""),
}
NEW_TRIGGER = "delamp_new_parent"
KEEP_TRIGGERS = ("delamp_keep_ins", "delamp_keep_upd")


def install_statements(parent: FrozenParent) -> list[str]:
    """CREATE statements, in an order that works. Without parameters: execute them as they are."""
    statements = []
    for child in parent.children:
        statements += [child_function_sql(parent, child), *_child_triggers(parent, child)]
    return [*statements, *_keep(parent), *_new(parent)]


def remove_statements(parent: FrozenParent) -> list[str]:
    """DROP statements; what is gone already is passed over."""
    statements = [
        f"DROP TRIGGER IF EXISTS {pg_name(trigger)} ON {pg_name(table)}"
        for table, trigger in triggers_of(parent)
    ]
    functions = [child_function(child.table, parent.table) for child in parent.children]
    functions += [keep_function(parent.table), new_function(parent.table)]
    return [*statements, *(f"DROP FUNCTION IF EXISTS {pg_name(f)}()" for f in functions)]


def triggers_of(parent: FrozenParent) -> Iterator[tuple[str, str]]:
    """Table and name of every trigger."""
    for child in parent.children:
        for event in _EVENTS:
            yield child.table, child_trigger(parent.table, event)
    for name in (*KEEP_TRIGGERS, NEW_TRIGGER):
        yield parent.table, name


def _child_triggers(parent: FrozenParent, child: FrozenChild) -> Iterator[str]:
    function = pg_name(child_function(child.table, parent.table))
    for short, (event, referencing) in _EVENTS.items():
        yield (
            f"CREATE TRIGGER {pg_name(child_trigger(parent.table, short))} AFTER {event}"
            f" ON {pg_name(child.table)} {referencing}FOR EACH STATEMENT"
            f" WHEN (NOT {BY_DELAMP}) EXECUTE FUNCTION {function}()"
        )


def _keep(parent: FrozenParent) -> Iterator[str]:
    """Django's `save()` writes every column, counters as they were when the object was read."""
    function, table = pg_name(keep_function(parent.table)), pg_name(parent.table)
    counters = [(pg_name(c.column), c.empty) for c in parent.counters]
    empty = " ".join(f"NEW.{column} := {value};" for column, value in counters)
    stored = " ".join(f"NEW.{column} := OLD.{column};" for column, _ in counters)
    yield f"""
CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $delamp$
BEGIN
    IF TG_OP = 'INSERT' THEN
        {empty}
    ELSE
        {stored}
    END IF;
    RETURN NEW;
END
$delamp$"""
    given = " OR ".join(f"NEW.{column} IS DISTINCT FROM {value}" for column, value in counters)
    changed = " OR ".join(f"NEW.{c} IS DISTINCT FROM OLD.{c}" for c, _ in counters)
    columns = ", ".join(column for column, _ in counters)
    others = f"NOT {BY_DELAMP} AND NOT {COUNTING}"
    for name, event, when in (
        (KEEP_TRIGGERS[0], "INSERT", given),
        (KEEP_TRIGGERS[1], f"UPDATE OF {columns}", changed),
    ):
        yield (
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW"
            f" WHEN (({when}) AND {others}) EXECUTE FUNCTION {function}()"
        )


def _new(parent: FrozenParent) -> Iterator[str]:
    """A parent may come after its children, whose foreign keys are asked at the commit: then."""
    function, table = pg_name(new_function(parent.table)), pg_name(parent.table)
    values = [
        (pg_name(c.column), counted_anew(child, p.by, c, f"NEW.{pg_name(parent.key)}"))
        for child in parent.children
        for p in child.passes
        for c in p.counters
    ]
    fresh = ", ".join(f"{value} AS {column}" for column, value in values)
    sets = ", ".join(f"{column} = f.{column}" for column, _ in values)
    differs = " OR ".join(f"p.{column} IS DISTINCT FROM f.{column}" for column, _ in values)
    yield f"""
CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $delamp$
BEGIN
    PERFORM set_config('delamp.counting', 'on', true);
    UPDATE {table} p SET {sets} FROM (SELECT {fresh}) f
    WHERE p.{pg_name(parent.key)} = NEW.{pg_name(parent.key)} AND ({differs});
    PERFORM set_config('delamp.counting', '', true);
    RETURN NULL;
END
$delamp$"""
    yield (
        f"CREATE CONSTRAINT TRIGGER {NEW_TRIGGER} AFTER INSERT ON {table}"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
        f" WHEN (NOT {BY_DELAMP}) EXECUTE FUNCTION {function}()"
    )
