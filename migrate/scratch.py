"""Empty copies of the target's tables in a schema of their own, for a load that is undone."""

from __future__ import annotations

from collections.abc import Sequence

from mappings.plan import TablePlan
from mappings.sqltext import pg_name, pg_text
from migrate import models
from migrate.target import Target

__all__ = ["SCHEMA", "make_scratch"]

SCHEMA = "delamp_rehearsal"
_LEDGER = (
    models.Run, models.Table, models.Chunk, models.Reject,
    models.Dropped, models.KeyMap, models.ExistingKey,
)  # fmt: skip


def make_scratch(target: Target, tables: Sequence[TablePlan]) -> None:
    """Let names mean empty tables with all constraints, until the transaction is rolled back.

    Needs an open transaction and the right to create a schema. Rows that were there before delamp
    came are copied where a mapping has a policy for them, and so are tables that no mapping fills
    and a foreign key refers to. Triggers are not copied.
    """
    loaded = [
        name for (name,) in target.rows(f"SELECT DISTINCT mapping FROM {_name(models.Table)}")
    ]
    ledger = [model._meta.db_table for model in _LEDGER]
    names = [*dict.fromkeys([*ledger, *(table.target for table in tables)])]
    keys = [row for name in names for row in target.rows(_FOREIGN_KEYS, [pg_name(name)])]
    home = {
        name: str(target.value("SELECT to_regclass(%s)::oid", [pg_name(name)])) for name in names
    }
    path = str(target.value("SHOW search_path"))
    target.execute(f"CREATE SCHEMA {SCHEMA}")
    for name in names:
        own = target.value(f"SELECT {home[name]}::regclass::text")
        copy = f"{SCHEMA}.{pg_name(name)}"
        target.execute(f"CREATE TABLE {copy} (LIKE {own} INCLUDING ALL)")
        _own_sequences(target, copy)
    for table in tables:
        if table.existing != "refuse":
            _copy_existing(target, table, home[table.target], known=table.name in loaded)
    target.execute(f"SET LOCAL search_path = {SCHEMA}, {path}")
    for parent in dict.fromkeys(parent for _, _, parent in keys):
        _copy_parent(target, parent)
    for table_name, definition, _ in keys:
        # The name of the parent is not qualified: it means the copy.
        target.execute(f"ALTER TABLE {SCHEMA}.{pg_name(table_name)} ADD {definition}")


_FOREIGN_KEYS = """
SELECT c.relname::text,
       'CONSTRAINT ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid),
       p.relname::text
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid
WHERE k.conrelid = to_regclass(%s) AND k.contype = 'f'
"""


def _copy_parent(target: Target, name: str) -> None:
    """Copy a table that no mapping fills, rows and all, unless a copy is there.

    A foreign key to the table itself would keep every writer of it waiting until the end.
    """
    copy = f"{SCHEMA}.{pg_name(name)}"
    if target.value("SELECT to_regclass(%s)", [copy]) is not None:
        return
    own = target.value("SELECT to_regclass(%s)::text", [pg_name(name)])
    target.execute(f"CREATE TABLE {copy} (LIKE {own} INCLUDING ALL)")
    _own_sequences(target, copy)
    _copy_rows(target, own, copy)


def _copy_rows(target: Target, own: str, copy: str, where: str = "") -> None:
    columns = ", ".join(
        pg_name(name)
        for (name,) in target.rows(
            "SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass(%s)"
            " AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
            [copy],
        )
    )
    target.execute(
        f"INSERT INTO {copy} ({columns}) OVERRIDING SYSTEM VALUE"
        f" SELECT {columns} FROM {own} t{where}"
    )


def _own_sequences(target: Target, copy: str) -> None:
    """What a serial column's default takes from its sequence would not come back."""
    for number, (column,) in enumerate(
        target.rows(
            "SELECT a.attname::text FROM pg_attribute a JOIN pg_attrdef d"
            " ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
            " WHERE a.attrelid = to_regclass(%s) AND pg_get_expr(d.adbin, d.adrelid) ~ '^nextval'",
            [copy],
        )
    ):
        oid = target.value("SELECT to_regclass(%s)::oid", [copy])
        sequence = f"{SCHEMA}.sequence_{oid}_{number}"
        target.execute(f"CREATE SEQUENCE {sequence}")
        target.execute(
            f"ALTER TABLE {copy} ALTER {pg_name(column)} SET DEFAULT nextval({pg_text(sequence)})"
        )


def _copy_existing(target: Target, table: TablePlan, home: str, *, known: bool) -> None:
    own = target.value(f"SELECT {home}::regclass::text")
    key = pg_name(table.primary_key[0])
    before = (
        f" WHERE EXISTS (SELECT FROM {_name(models.ExistingKey)} e"
        f" WHERE e.mapping = {pg_text(table.name)} AND e.target_key = t.{key}::text)"
    )
    _copy_rows(target, own, f"{SCHEMA}.{pg_name(table.target)}", before if known else "")


def _name(model: type[models.Table] | type[models.ExistingKey]) -> str:
    return pg_name(model._meta.db_table)
