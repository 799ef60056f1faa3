"""Read the legacy schema from information_schema into `mappings.catalogue` values."""

from __future__ import annotations

from collections import defaultdict

from mappings.catalogue import Catalogue, SourceColumn, SourceTable
from migrate.source import Row, Source

__all__ = ["read_catalogue"]

# Aliases: MySQL 8 gives the columns of information_schema in upper case whatever was asked.
_TABLES = """
SELECT TABLE_NAME AS a, ENGINE AS b, TABLE_ROWS AS c, DATA_LENGTH AS d
FROM information_schema.TABLES
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')
ORDER BY TABLE_NAME
"""
_COLUMNS = """
SELECT TABLE_NAME AS a, COLUMN_NAME AS b, DATA_TYPE AS c, COLUMN_TYPE AS d, IS_NULLABLE AS e,
       CHARACTER_MAXIMUM_LENGTH AS f, CHARACTER_OCTET_LENGTH AS g, NUMERIC_PRECISION AS h,
       NUMERIC_SCALE AS i, DATETIME_PRECISION AS j, CHARACTER_SET_NAME AS k,
       COLLATION_NAME AS l, EXTRA AS m, COLUMN_DEFAULT AS n, COLUMN_COMMENT AS o
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()
ORDER BY TABLE_NAME, ORDINAL_POSITION
"""
_UNIQUES = """
SELECT TABLE_NAME AS a, INDEX_NAME AS b, COLUMN_NAME AS c, SUB_PART AS d, NULLABLE AS e
FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND NON_UNIQUE = 0
ORDER BY TABLE_NAME, INDEX_NAME = 'PRIMARY' DESC, INDEX_NAME, SEQ_IN_INDEX
"""


def read_catalogue(source: Source) -> Catalogue:
    """Return every table and view of the connection's database, with columns and unique keys."""
    columns: dict[str, list[SourceColumn]] = defaultdict(list)
    for row in source.rows(_COLUMNS):
        columns[_text(row[0])].append(_column(row))
    uniques = _uniques(source)
    tables = {}
    for name, engine, rows, size in source.rows(_TABLES):
        table = _text(name)
        whole = uniques.get(table, [])
        tables[table] = SourceTable(
            name=table,
            columns=tuple(columns[table]),
            key=next((names for names, nullable in whole if not nullable), ()),
            uniques=tuple(names for names, _ in whole),
            engine=_text(engine) or None,
            rows_estimate=_number(rows) or 0,
            bytes_estimate=_number(size) or 0,
        )
    return Catalogue(
        database=source.value("SELECT DATABASE()") or "",
        tables=tables,
        server_version=source.server.version,
        mariadb=source.server.mariadb,
    )


def _column(row: Row) -> SourceColumn:
    extra = _text(row[12]).upper()
    return SourceColumn(
        name=_text(row[1]),
        data_type=_text(row[2]).lower(),
        column_type=_text(row[3]),
        nullable=_text(row[4]) == "YES",
        max_chars=_number(row[5]),
        max_octets=_number(row[6]),
        precision=_number(row[7]),
        scale=_number(row[8]),
        fraction=_number(row[9]) or 0,
        charset=_text(row[10]) or None,
        collation=_text(row[11]) or None,
        # MySQL says VIRTUAL GENERATED, older MariaDB VIRTUAL or PERSISTENT; DEFAULT_GENERATED
        # is only a default that is an expression.
        generated=bool({"VIRTUAL", "STORED", "PERSISTENT"} & set(extra.split())),
        on_update="ON UPDATE" in extra,
        default=None if row[13] is None else _text(row[13]),
        comment=_text(row[14]),
    )


def _uniques(source: Source) -> dict[str, list[tuple[tuple[str, ...], bool]]]:
    """Per table: the columns of each unique index and whether one may be NULL, primary first.

    An index on a prefix or on an expression does not make whole values unique: it is left out.
    """
    parts: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in source.rows(_UNIQUES):
        parts[_text(row[0]), _text(row[1])].append(row)
    found: dict[str, list[tuple[tuple[str, ...], bool]]] = defaultdict(list)
    for (table, _), rows in parts.items():
        if all(row[2] is not None and row[3] is None for row in rows):
            nullable = any(_text(row[4]) == "YES" for row in rows)
            found[table].append((tuple(_text(row[2]) for row in rows), nullable))
    return found


def _text(value: bytes | None) -> str:
    return "" if value is None else value.decode()


def _number(value: bytes | None) -> int | None:
    return None if value is None else int(value)
