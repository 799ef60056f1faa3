"""Aligned tables for the terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import click

__all__ = ["align", "rule"]

_WIDEST = 48


def align(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: str = "",
    total: Sequence[str] | None = None,
) -> list[str]:
    """Lines of a table with a head and, below a rule, a line of totals.

    `right` has one letter per column, "r" where it is aligned to the right. A cell wider than
    48 columns is cut in its middle.
    """
    cells = [[_cut(cell) for cell in row] for row in (*rows, *([total] if total else []))]
    widths = [max(_width(cell) for cell in column) for column in zip(heads, *cells, strict=True)]
    flags = right.ljust(len(heads), "l")
    lines = [_line(row, widths, flags) for row in cells]
    head = click.style(_line(heads, widths, flags), bold=True)
    line = rule(sum(widths) + 2 * (len(widths) - 1))
    if total:
        lines = [*lines[:-1], line, click.style(lines[-1], bold=True)]
    return [head, line, *lines]


def rule(width: int) -> str:
    """A thin line."""
    return click.style("─" * width, dim=True)


def _line(cells: Sequence[str], widths: Sequence[int], flags: str) -> str:
    padded = []
    for cell, width, flag in zip(cells, widths, flags, strict=True):
        space = " " * (width - _width(cell))
        padded.append(space + cell if flag == "r" else cell + space)
    return "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """Columns on the terminal: East Asian letters take two, combining marks none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _cut(text: str) -> str:
    if len(text) <= _WIDEST:
        return text
    half = (_WIDEST - 1) // 2
    return f"{text[:half]}…{text[-half:]}"
