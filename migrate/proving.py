"""Blocks whose rows Python hashes: the proof of a load, where a column has no canonical SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from mappings.plan import ColumnPlan, TablePlan
from mappings.proof import ProofForm
from mappings.sqltext import unescape_bytes
from migrate.python_tier import NULL, BlockRefused, finisher

__all__ = ["Proven", "prove_block"]

Proven: TypeAlias = tuple[bytes, bytes]
"""Lines for COPY, and the hashes of their rows side by side; none without a proof."""

_REMEMBERED = 4096
"""Distinct values per column and block whose result is kept: a value that repeats is made once."""


def prove_block(table: TablePlan, block: bytes) -> Proven:
    """Finish a block whose lines have `ProofForm.further_fields`, and hash its rows.

    Raises `BlockRefused` when any row is refused; which one is found row by row.
    """
    form = ProofForm(table)
    width = len(table.columns)
    makers = [(n, _maker(column)) for n, column in form.raw_fields()]
    hashed = {n for n, _ in makers}
    finishers = [
        (n, finisher(column))
        for n, column in enumerate(table.columns)
        if column.python_tier and n not in hashed
    ]
    lines = block.split(b"\n")
    lines.pop()
    digests = []
    for at, line in enumerate(lines):
        fields = line.split(b"\t")
        frames = []
        for n, make in makers:
            fields[n], frame = make(fields[n])
            frames.append(frame)
        digests.append(form.bound(fields[width], frames))
        for n, finish in finishers:
            fields[n] = finish(fields[n])
        lines[at] = b"\t".join(fields[:width])
    lines.append(b"")
    return b"\n".join(lines), b"".join(digests)


def _maker(column: ColumnPlan) -> Callable[[bytes], tuple[bytes, bytes]]:
    """Raw field of a line -> finished field, and framed canonical text; both of one value."""
    remembered: dict[bytes, tuple[bytes, bytes]] = {}

    def make(raw: bytes) -> tuple[bytes, bytes]:
        found = remembered.get(raw)
        if found is not None:
            return found
        try:
            value = column.python(None if raw == NULL else unescape_bytes(raw))
            found = column.encode(value), column.canonical(value)
        except Exception as error:
            # Any failure, a user's step included, only sends the rows the slow way.
            raise BlockRefused(column.where) from error
        if len(remembered) < _REMEMBERED and len(raw) < _REMEMBERED:
            remembered[raw] = found
        return found

    return make
