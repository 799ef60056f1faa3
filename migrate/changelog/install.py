"""Triggers that write every change of the mapped tables to the change log.

By row, not by statement: a row trigger holds the old and the new row together, also when the key
changes, and takes rows in the order in which PostgreSQL did. What delamp itself writes (a resync
during the window) came from the legacy database and is not logged.
"""

from __future__ import annotations

from collections.abc import Iterable

from mappings.plan import Plan
from mappings.sqltext import pg_name, pg_text
from migrate import models
from migrate.errors import TargetError
from migrate.target import Target

__all__ = ["LOG_FUNCTION", "install_change_log", "logged_tables", "remove_change_log"]

LOG_FUNCTION = "delamp_log_change"
_BY_DELAMP = "current_setting('delamp.applying', true) IS DISTINCT FROM 'on'"
_TRIGGERS = {
    "delamp_log_insert": ("AFTER INSERT", "ROW"),
    "delamp_log_update": ("AFTER UPDATE", "ROW"),
    "delamp_log_delete": ("AFTER DELETE", "ROW"),
    "delamp_log_truncate": ("BEFORE TRUNCATE", "STATEMENT"),
}


def install_change_log(target: Target, plan: Plan) -> tuple[str, ...]:
    """Log changes of every table that the plan fills, from now on; returns the tables.

    One transaction (a savepoint inside the caller's), which waits until whoever is writing to one
    of the tables has ended. Tables that are logged already are set up anew. Only the tables' owner
    may do it. Columns that hold counters are not logged. Raises `TargetError`.
    """
    counters: dict[str, list[str]] = {}
    for table in plan.tables:
        counters.setdefault(table.target, []).extend(c.column for c in table.counters)
    with target.transaction():
        target.execute(_function(_log_table(target)))
        for name, columns in counters.items():
            for statement in _triggers(name, columns):
                target.execute(statement)
    return tuple(counters)


def remove_change_log(target: Target) -> tuple[str, ...]:
    """Log no more changes; returns the tables that were logged. What is in the log stays.

    One transaction. Does nothing where nothing was installed.
    """
    with target.transaction():
        tables = logged_tables(target)
        for table in tables:
            for trigger in _TRIGGERS:
                target.execute(f"DROP TRIGGER IF EXISTS {trigger} ON {pg_name(table)}")
        target.execute(f"DROP FUNCTION IF EXISTS {LOG_FUNCTION}()")
    return tables


def logged_tables(target: Target) -> tuple[str, ...]:
    """The tables whose changes are logged, by name."""
    rows = target.rows(
        "SELECT DISTINCT c.relname::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " JOIN pg_proc p ON p.oid = t.tgfoid"
        " WHERE p.oid = to_regproc(%s) AND NOT t.tgisinternal ORDER BY 1",
        [LOG_FUNCTION],
    )
    return tuple(name for (name,) in rows)


def _log_table(target: Target) -> str:
    """With its schema: the function must not depend on the path of whoever writes."""
    table = models.Change._meta.db_table
    schema = target.value(
        "SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = to_regclass(%s)",
        [pg_name(table)],
    )
    if schema is None:
        raise TargetError(
            f"{target.where}: the ledger's tables are missing, got none named {table!r}",
            hint="run `python manage.py migrate`",
        )
    return f"{schema}.{pg_name(table)}"


def _function(log: str) -> str:
    """Runs with the rights of its owner: Django's role may have none on delamp's tables."""
    return f"""
CREATE OR REPLACE FUNCTION {LOG_FUNCTION}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET intervalstyle = 'postgres' SET bytea_output = 'hex'
SET extra_float_digits = 3 AS $delamp$
DECLARE
    counters text[] := TG_ARGV[0]::text[];
    before jsonb := CASE WHEN TG_OP IN ('UPDATE', 'DELETE') THEN to_jsonb(OLD) - counters END;
    after jsonb := CASE WHEN TG_OP IN ('INSERT', 'UPDATE') THEN to_jsonb(NEW) - counters END;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        -- Row by row: the legacy table may hold rows that were never loaded, and are to stay.
        EXECUTE format('INSERT INTO {log} (table_name, op, old, new, xact, at)'
            ' SELECT %L, ''D'', to_jsonb(t) - $1, NULL, txid_current(), clock_timestamp()'
            ' FROM %I.%I t', TG_ARGV[1], TG_TABLE_SCHEMA, TG_TABLE_NAME) USING counters;
    ELSIF TG_OP <> 'UPDATE' OR before IS DISTINCT FROM after THEN
        INSERT INTO {log} (table_name, op, old, new, xact, at)
        VALUES (TG_ARGV[1], left(TG_OP, 1), before, after, txid_current(), clock_timestamp());
    END IF;
    RETURN NULL;
END
$delamp$"""


def _triggers(table: str, counters: Iterable[str]) -> list[str]:
    quoted = ", ".join('"' + c.replace("\\", "\\\\").replace('"', '\\"') + '"' for c in counters)
    # Of a row in a partition, the trigger knows the partition's name alone.
    arguments = f"{pg_text(f'{{{quoted}}}')}, {pg_text(table)}"
    statements = []
    for name, (event, level) in _TRIGGERS.items():
        statements.append(f"DROP TRIGGER IF EXISTS {name} ON {pg_name(table)}")
        statements.append(
            f"CREATE TRIGGER {name} {event} ON {pg_name(table)} FOR EACH {level}"
            f" WHEN ({_BY_DELAMP}) EXECUTE FUNCTION {LOG_FUNCTION}({arguments})"
        )
    return statements
