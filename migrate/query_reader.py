"""Describe the columns of a query, which no catalogue knows: from what the server says of a result.

Needs no right but SELECT. The query is described as the derived table that it will be read as,
and none of its rows is made.
"""

from __future__ import annotations

from mappings.catalogue import SourceColumn, SourceTable
from migrate.source import ResultColumn, Source

__all__ = ["describe_query"]

_TYPES = {
    1: "tinyint", 2: "smallint", 3: "int", 4: "float", 5: "double", 7: "timestamp", 8: "bigint",
    9: "mediumint", 10: "date", 11: "time", 12: "datetime", 13: "year", 14: "date", 16: "bit",
    245: "json", 246: "decimal", 255: "geometry",
}  # fmt: skip
"""Field types (MySQL internals manual, "Column Definition"); every other is text, or bytes."""
_LONG = {249, 250, 251, 252}
_NOT_NULL, _UNSIGNED, _ZEROFILL = 1, 32, 64
_BINARY = 63
"""The collation that is no charset."""
_INTEGERS = {"tinyint", "smallint", "mediumint", "int", "bigint"}


def describe_query(source: Source, name: str, query: str) -> SourceTable:
    """The query as a table called `name`, without any key. Raises `SourceRefused`."""
    table = SourceTable(name=name, columns=(), query=query)
    # What the results are converted to hides what they are.
    source.rows("SET SESSION character_set_results = NULL")
    try:
        found = source.describe(f"SELECT * FROM {table.own} LIMIT 0")
    finally:
        source.rows("SET SESSION character_set_results = utf8mb4")
    collations = _collations(source, {column.collation for column in found})
    columns = tuple(_column(column, *collations[column.collation]) for column in found)
    return SourceTable(name=name, columns=columns, query=query)


def _column(found: ResultColumn, charset: str, collation: str, width: int) -> SourceColumn:
    name = _TYPES.get(found.kind)
    nullable = not found.flags & _NOT_NULL
    if name is None:
        text = found.collation != _BINARY or found.kind == 6
        long = found.kind in _LONG
        kind = ("longtext" if long else "varchar") if text else "longblob" if long else "varbinary"
        chars = found.length // width
        return SourceColumn(
            name=found.name,
            data_type=kind,
            column_type=kind if long else f"{kind}({chars})",
            nullable=nullable,
            max_chars=chars if text else None,
            max_octets=found.length,
            charset=charset if text else None,
            collation=collation if text else None,
        )
    unsigned = bool(found.flags & _UNSIGNED)
    precision = scale = None
    shown = name
    if name in _INTEGERS or name == "bit":
        precision = found.length
        shown = f"{name}({found.length})"
    elif name == "decimal":
        # The length has room for a sign and a point.
        precision = found.length - (not unsigned) - (found.decimals > 0)
        scale = found.decimals
        shown = f"decimal({precision},{scale})"
    spelled = [shown, *["unsigned"] * unsigned, *["zerofill"] * bool(found.flags & _ZEROFILL)]
    return SourceColumn(
        name=found.name,
        data_type=name,
        column_type=" ".join(spelled),
        nullable=nullable,
        precision=precision,
        scale=scale,
        fraction=found.decimals if name in ("time", "datetime", "timestamp") else 0,
    )


def _collations(source: Source, wanted: set[int]) -> dict[int, tuple[str, str, int]]:
    """By number: charset, collation and the most bytes of a character."""
    widths = {
        _text(name): int(width or 1)
        for name, width in source.rows(
            "SELECT CHARACTER_SET_NAME AS a, MAXLEN AS b FROM information_schema.CHARACTER_SETS"
        )
    }
    # From MariaDB 10.10 on, a collation of several charsets has a number for each.
    contextual = source.server.mariadb and source.server.number >= (10, 10)
    name = "FULL_COLLATION_NAME" if contextual else "COLLATION_NAME"
    table = "COLLATION_CHARACTER_SET_APPLICABILITY" if contextual else "COLLATIONS"
    rows = source.rows(
        f"SELECT ID AS a, CHARACTER_SET_NAME AS b, {name} AS c FROM information_schema.{table}"
    )
    known = {int(number or 0): (_text(b), _text(c)) for number, b, c in rows if b is not None}
    found = {n: known.get(n, ("utf8mb4", "utf8mb4_bin")) for n in wanted}
    return {n: (charset, c, widths.get(charset, 4)) for n, (charset, c) in found.items()}


def _text(value: bytes | None) -> str:
    return "" if value is None else value.decode()
