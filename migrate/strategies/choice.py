"""Which strategy a table takes, and why: declared, asked for, or by what the source allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mappings.keys import KeyColumn, key_kind
from mappings.plan import TablePlan
from mappings.sqltext import my_text
from mappings.watermark import Watermark
from migrate.errors import ConfigError
from migrate.refresh import address
from migrate.source import Source

__all__ = ["Choice", "Strategy", "choose", "column_of"]

Strategy = Literal["auto", "watermark", "checksum", "binlog"]

_KEPT = """
SELECT c.COLUMN_NAME AS a FROM information_schema.COLUMNS c
JOIN information_schema.STATISTICS s ON s.TABLE_SCHEMA = c.TABLE_SCHEMA
 AND s.TABLE_NAME = c.TABLE_NAME AND s.COLUMN_NAME = c.COLUMN_NAME AND s.SEQ_IN_INDEX = 1
WHERE c.TABLE_SCHEMA = DATABASE() AND c.TABLE_NAME = {} AND LOWER(c.EXTRA) LIKE '%on update%'
ORDER BY 1 LIMIT 1
"""
_INDEXED = """
SELECT COUNT(*) AS a FROM information_schema.STATISTICS
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = {} AND COLUMN_NAME = {} AND SEQ_IN_INDEX = 1
"""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What is done with one table."""

    table: TablePlan
    strategy: Strategy
    why: str
    watermark: Watermark | None = None


def choose(
    source: Source,
    tables: Sequence[TablePlan],
    strategy: Strategy,
    *,
    no_binlog: str,
    blind: Mapping[str, str],
) -> list[Choice]:
    """The strategy of every table; never "auto".

    `no_binlog` says why the binlog cannot be followed, or nothing; `blind` why it does not tell of
    single tables. Raises `ConfigError` when the binlog is asked for where there is none, and for a
    declared watermark that is no column.
    """
    if strategy == "binlog" and no_binlog:
        raise ConfigError(f"--strategy binlog: {no_binlog}", hint="use --strategy checksum")
    return [_choose(source, table, strategy, no_binlog, blind) for table in tables]


def _choose(
    source: Source, table: TablePlan, strategy: Strategy, no_binlog: str, blind: Mapping[str, str]
) -> Choice:
    declared = table.resync
    if not table.refreshable:
        spelled = "its key is spelled otherwise in the target"
        why = spelled if address(table) else "its rows have no key on both sides"
        return Choice(table=table, strategy="checksum", why=why)
    if strategy == "checksum":
        return Choice(table=table, strategy="checksum", why="asked for")
    if strategy == "watermark" or (strategy == "auto" and isinstance(declared, Watermark)):
        return _by_watermark(source, table)
    if declared == "checksum" and strategy == "auto":
        return Choice(table=table, strategy="checksum", why="declared")
    why_not = no_binlog or blind.get(table.name, "")
    if why_not:
        return Choice(table=table, strategy="checksum", why=why_not)
    why = "asked for" if strategy == "binlog" else "declared" if declared == "binlog" else ""
    return Choice(table=table, strategy="binlog", why=why or "events name its rows")


def _by_watermark(source: Source, table: TablePlan) -> Choice:
    declared = table.resync
    if isinstance(declared, Watermark):
        column = column_of(table, declared)
        indexed = source.value(
            _INDEXED.format(my_text(table.source.name), my_text(str(column.name)))
        )
        why = "declared" if indexed != "0" else f"declared; no index begins with {column.name}"
        return Choice(table=table, strategy="watermark", why=why, watermark=declared)
    if table.source.engine is not None:
        kept = source.value(_KEPT.format(my_text(table.source.name)))
        if kept:
            why = f"{kept} is indexed, and set by MySQL with every change"
            mark = Watermark(kept)
            return Choice(table=table, strategy="watermark", why=why, watermark=mark)
    why = "no watermark is declared, and MySQL itself keeps none"
    return Choice(table=table, strategy="checksum", why=why)


def column_of(table: TablePlan, mark: Watermark) -> KeyColumn:
    """The watermark's column. Raises `ConfigError` for one that has no order to go by."""
    column = table.source.column(mark.column)
    kind = key_kind(column) if column else None
    if column is None or kind not in ("int", "temporal", "decimal"):
        got = column.column_type if column else "no such column"
        raise ConfigError(
            f"{table.name}.Meta: resync: {mark.column} is no watermark, got {got} (expected a"
            " moment or a number)",
            hint="name a column that grows with every change",
        )
    return KeyColumn(name=column.name, kind=kind)
