"""Facts of a legacy database, written by hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mappings.catalogue import Catalogue, SourceColumn, SourceTable
from migrate.draft.facts import ColumnEvidence, Facts, ForeignKey, Inclusion, Index, TableFacts

__all__ = ["column", "facts", "foreign_key", "inclusion", "table", "unique"]


def column(name: str, column_type: str, *, nullable: bool = False, **more: Any) -> SourceColumn:
    """A column by its type as MySQL writes it: `varchar(80)`, `int(10) unsigned`."""
    data_type = column_type.split("(")[0].split(" ")[0]
    size = column_type.partition("(")[2].partition(")")[0]
    if data_type in ("char", "varchar") and "max_chars" not in more:
        more |= {"max_chars": int(size), "max_octets": 4 * int(size)}
    if data_type in ("binary", "varbinary"):
        more |= {"max_octets": int(size)}
    if data_type in ("decimal", "bit"):
        digits = size.split(",")
        more |= {"precision": int(digits[0]), "scale": int(digits[-1]) if digits[1:] else 0}
    if data_type in ("char", "varchar", "text", "mediumtext", "enum", "set"):
        more = {"charset": "utf8mb4", "collation": "utf8mb4_general_ci", **more}
    return SourceColumn(
        name=name, data_type=data_type, column_type=column_type, nullable=nullable, **more
    )


def unique(*columns: str, name: str = "", primary: bool = False, **more: Any) -> Index:
    return Index(
        name="PRIMARY" if primary else name or "_".join(columns),
        columns=columns,
        prefixes=more.pop("prefixes", (None,) * len(columns)),
        unique=True,
        primary=primary,
        **more,
    )


def foreign_key(columns: str, parent: str, parent_columns: str, on_delete: str = "RESTRICT") -> Any:
    return ForeignKey(
        name=f"fk_{columns}".replace(" ", "_"),
        columns=tuple(columns.split()),
        parent=parent,
        parent_columns=tuple(parent_columns.split()),
        on_delete=on_delete,
    )


def table(
    name: str,
    *columns: SourceColumn,
    key: str = "",
    rows: int | None = 10,
    evidence: dict[str, ColumnEvidence] | None = None,
    indexes: Iterable[Index] = (),
    view: bool = False,
    **more: Any,
) -> TableFacts:
    """A table; its columns were seen, with nothing special in them, unless `rows` is None."""
    names = tuple(key.split())
    indexes = tuple(indexes)
    if names:
        indexes = (unique(*names, primary=True), *indexes)
    seen = {} if rows is None else {c.name: ColumnEvidence() for c in columns} | (evidence or {})
    source = SourceTable(
        name=name,
        columns=columns,
        key=names,
        uniques=tuple(i.columns for i in indexes if i.unique),
        engine=None if view else "InnoDB",
    )
    return TableFacts(table=source, rows=rows, evidence=seen, indexes=indexes, **more)


def inclusion(
    what: str, parent: str, filled: int = 10, orphans: int = 0, case: int = 0, none: int = 0
) -> Inclusion:
    """`inclusion("posts.user_id", "users.id")`."""
    (child, by), (above, key) = what.split("."), parent.split(".")
    return Inclusion(
        table=child,
        column=by,
        parent=above,
        parent_column=key,
        filled=filled,
        orphans=orphans,
        case_orphans=case,
        none_values=none,
    )


def facts(*tables: TableFacts, mariadb: bool = True, **more: Any) -> Facts:
    catalogue = Catalogue(database="old", tables={t.name: t.table for t in tables}, mariadb=mariadb)
    return Facts(catalogue=catalogue, tables=tables, **more)
