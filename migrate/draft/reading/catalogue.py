"""What information_schema says beyond columns and keys: indexes, foreign keys, comments."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Literal

from mappings.catalogue import Catalogue
from mappings.sqltext import my_name
from migrate.draft.facts import ForeignKey, Index, TableFacts
from migrate.draft.reading.refused import why_refused
from migrate.source import Source, SourceRefused

__all__ = ["catalogue_facts"]

Kind = Literal["btree", "fulltext", "spatial", "hash"]

# Aliases: MySQL 8 gives the columns of information_schema in upper case whatever was asked.
_COMMENTS = """
SELECT TABLE_NAME AS a, TABLE_COMMENT AS b FROM information_schema.TABLES
WHERE TABLE_SCHEMA = DATABASE()
"""
_AUTO_INCREMENT = """
SELECT TABLE_NAME AS a, COLUMN_NAME AS b FROM information_schema.COLUMNS
WHERE TABLE_SCHEMA = DATABASE() AND EXTRA LIKE '%auto_increment%'
"""
_ON_UPDATE = """
SELECT TABLE_NAME AS a, COLUMN_NAME AS b FROM information_schema.COLUMNS
WHERE TABLE_SCHEMA = DATABASE() AND EXTRA LIKE '%on update current_timestamp%'
"""
_INDEXES = """
SELECT TABLE_NAME AS a, INDEX_NAME AS b, COLUMN_NAME AS c, SUB_PART AS d, NON_UNIQUE AS e,
       INDEX_TYPE AS f
FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()
ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX
"""
_KEY_COLUMNS = """
SELECT TABLE_NAME AS a, CONSTRAINT_NAME AS b, COLUMN_NAME AS c, REFERENCED_TABLE_NAME AS d,
       REFERENCED_COLUMN_NAME AS e
FROM information_schema.KEY_COLUMN_USAGE
WHERE TABLE_SCHEMA = DATABASE() AND CONSTRAINT_SCHEMA = DATABASE()
  AND REFERENCED_TABLE_SCHEMA = DATABASE()
ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION
"""
_RULES = """
SELECT TABLE_NAME AS a, CONSTRAINT_NAME AS b, DELETE_RULE AS c
FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE()
"""
_NOT_BY_PEOPLE = re.compile(r"(?:; )?InnoDB free: .*|VIEW", re.DOTALL)
"""What servers write into TABLE_COMMENT themselves."""


def catalogue_facts(source: Source, catalogue: Catalogue, names: Sequence[str]) -> list[TableFacts]:
    """Return the facts of these tables and views, without evidence, in the order of `names`.

    Reads no rows, yet asks each view for none, which names those that are broken.
    """
    comments = {_text(row[0]): _text(row[1]) for row in source.rows(_COMMENTS)}
    counting = {_text(row[0]): _text(row[1]) for row in source.rows(_AUTO_INCREMENT)}
    updating: dict[str, list[str]] = defaultdict(list)
    for row in source.rows(_ON_UPDATE):
        updating[_text(row[0])].append(_text(row[1]))
    indexes = _indexes(source)
    foreign_keys = _foreign_keys(source, catalogue)
    found = []
    for name in names:
        table = catalogue.tables[name]
        view = table.engine is None
        broken = _why_unreadable(source, name) if view else None
        comment = "" if view else _NOT_BY_PEOPLE.sub("", comments.get(name, ""))
        found.append(
            TableFacts(
                table=table,
                comment=comment,
                indexes=tuple(indexes.get(name, ())),
                foreign_keys=tuple(foreign_keys.get(name, ())),
                auto_increment=counting.get(name),
                on_update=tuple(updating[name]),
                broken=broken,
            )
        )
    return found


def _why_unreadable(source: Source, name: str) -> str | None:
    """What MySQL answers to a query for no row. A crashed table has no engine either."""
    try:
        source.rows(f"SELECT * FROM {my_name(name)} LIMIT 0")
    except SourceRefused as error:
        return why_refused(error)
    return None


def _indexes(source: Source) -> dict[str, list[Index]]:
    """Per table; an index over an expression has no column to name and is left out."""
    parts: dict[tuple[str, str], list[tuple[bytes | None, ...]]] = defaultdict(list)
    for row in source.rows(_INDEXES):
        parts[_text(row[0]), _text(row[1])].append(row)
    found: dict[str, list[Index]] = defaultdict(list)
    for (table, name), rows in parts.items():
        if any(row[2] is None for row in rows):
            continue
        kind = _kind(_text(rows[0][5]))
        # FULLTEXT and SPATIAL show a length that is not one of characters.
        whole = kind in ("fulltext", "spatial")
        found[table].append(
            Index(
                name=name,
                columns=tuple(_text(row[2]) for row in rows),
                prefixes=tuple(None if whole or row[3] is None else int(row[3]) for row in rows),
                unique=rows[0][4] == b"0",
                kind=kind,
                primary=name == "PRIMARY",
            )
        )
    return found


def _kind(index_type: str) -> Kind:
    kinds: dict[str, Kind] = {
        "FULLTEXT": "fulltext",
        "SPATIAL": "spatial",
        "RTREE": "spatial",
        "HASH": "hash",
    }
    return kinds.get(index_type.upper(), "btree")


def _foreign_keys(source: Source, catalogue: Catalogue) -> dict[str, list[ForeignKey]]:
    rules = {(_text(row[0]), _text(row[1])): _text(row[2]) for row in source.rows(_RULES)}
    # With lower_case_table_names the parent's name may be spelled as the statement had it.
    spelled = {name.lower(): name for name in catalogue.tables}
    parts: dict[tuple[str, str], list[tuple[bytes | None, ...]]] = defaultdict(list)
    for row in source.rows(_KEY_COLUMNS):
        parts[_text(row[0]), _text(row[1])].append(row)
    found: dict[str, list[ForeignKey]] = defaultdict(list)
    for (table, name), rows in parts.items():
        parent = _text(rows[0][3])
        found[table].append(
            ForeignKey(
                name=name,
                columns=tuple(_text(row[2]) for row in rows),
                parent=parent
                if parent in catalogue.tables
                else spelled.get(parent.lower(), parent),
                parent_columns=tuple(_text(row[4]) for row in rows),
                on_delete=rules.get((table, name), "RESTRICT"),
            )
        )
    return found


def _text(value: bytes | None) -> str:
    return "" if value is None else value.decode()
