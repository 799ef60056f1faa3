"""Blocks whose rows Python hashes: the proof of a load, where a column has no canonical SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from mappings.plan import ColumnPlan, TablePlan
from mappings.proof import ProofForm
from mappings.sqltext import unescape_bytes
from migrate.python_tier import NULL, BlockRefused, finisher, remembering

__all__ = ["Proven", "prove_block"]

Proven: TypeAlias = tuple[bytes, bytes]
"""Lines for COPY, and the hashes of their rows side by side; none without a proof."""


def prove_block(table: TablePlan, block: bytes) -> Proven:
    """Finish a block whose lines have `ProofForm.further_fields`, and hash its rows.

    Raises `BlockRefused` when any row is refused; which one is found row by row.
    """
    form = ProofForm(table)
    width = len(table.columns)
    finishers = [(n, finisher(c)) for n, c in enumerate(table.columns) if c.python_tier]
    framers = [(n, _framer(column)) for n, column in form.raw_fields()]
    lines = block.split(b"\n")
    lines.pop()
    digests = []
    for at, line in enumerate(lines):
        fields = line.split(b"\t")
        # Before the raw values that they are made of become the fields of the line.
        frames = [frame(fields[n]) for n, frame in framers]
        digests.append(form.bound(fields[width], frames))
        for n, finish in finishers:
            fields[n] = finish(fields[n])
        lines[at] = b"\t".join(fields[:width])
    lines.append(b"")
    return b"\n".join(lines), b"".join(digests)


def _framer(column: ColumnPlan) -> Callable[[bytes], bytes]:
    """Raw field of a line -> its framed canonical text."""

    def frame(raw: bytes) -> bytes:
        try:
            return column.canonical(column.python(None if raw == NULL else unescape_bytes(raw)))
        except Exception as error:
            raise BlockRefused(column.where) from error

    return remembering(frame) if column.sources else frame
