"""Rejects as people read them: a line each, or everything about one."""

from __future__ import annotations

from typing import Any

import click

from migrate.cli.layout import align
from migrate.cli.words import counted
from migrate.config import Config

__all__ = ["in_full", "listing"]


def listing(rows: list[Any]) -> list[str]:
    """A line for each."""
    heads = ("id", "table", "key", "column", "rule", "outcome", "detail")
    cells = [
        (
            str(r.pk),
            r.table.mapping,
            r.key_text or "·",
            r.column or "·",
            r.code,
            r.outcome,
            r.detail,
        )
        for r in rows
    ]
    return align(heads, cells, right="rllllll")


def in_full(reject: Any, config: Config) -> list[str]:
    """Everything about one reject; without leave, its values are counted and not shown."""
    lines = [
        click.style(f"{reject.pk}  {reject.table.mapping}[{reject.key_text}]", bold=True),
        f"  rule     {reject.code}" + (f" ({reject.detail})" if reject.detail else ""),
        f"  column   {reject.column or '·'}",
        f"  outcome  {reject.get_outcome_display()}",
        f"  from     {reject.table.source_table}, run {reject.table.run_id},"
        f" {reject.created_at:%Y-%m-%d %H:%M:%S} UTC",
    ]
    values = reject.values or {}
    if not config.show_values:
        hidden = counted(len(values), "value")
        return [*lines, f"  values   {hidden} hidden; --show-values shows them" if values else ""]
    width = max((len(name) for name in values), default=0)
    return lines + [f"  {name.ljust(width)} = {_value(value)}" for name, value in values.items()]


def _value(value: Any) -> str:
    if value is None:
        return "NULL"
    return f"0x{value['hex']}" if isinstance(value, dict) and "hex" in value else repr(value)
