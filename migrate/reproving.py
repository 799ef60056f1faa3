"""Sums of chunks made again, at the end of a run that has changed rows after their chunk.

A checksum pass and unique clashes change single rows within the run; the source, still in the
snapshot of these rows, says anew what their chunks are to hold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from mappings.keys import KeyRange, KeyValue
from mappings.plan import TablePlan
from mappings.proof import ProofForm, RowSum
from mappings.sqltext import pg_name, pg_text
from migrate import models
from migrate.context import Context
from migrate.extract.blocks import BlockReader, Piece
from migrate.extract.rowwise import read_rows
from migrate.ledger import Ledger
from migrate.proof import BY_RUN, CHANGED
from migrate.proving import prove_block
from migrate.python_tier import BlockRefused
from migrate.refresh.reading import batches, key_predicate
from migrate.source import Source

__all__ = ["prove_again"]

Fates = Mapping[KeyValue, frozenset[str] | None]
"""Of rows in quarantine: the fields that are NULL in the target, or None: it is not there."""


def prove_again(context: Context, source: Source) -> None:
    """Make the sums anew of chunks that this run has changed; commits each table.

    Only in the snapshot of their rows: after a later one they stay changed, and are told to be.
    """
    if not context.read_now:
        return
    ledger, chunk = context.ledger, pg_name(models.Chunk._meta.db_table)
    for work in context.work:
        rows = ledger.target.rows(
            f"SELECT id, after, until FROM {chunk} WHERE table_id = %s"
            f" AND unproven = {pg_text(CHANGED + BY_RUN)} ORDER BY ordinal",
            [work.table_id],
        )
        fates = _fates(ledger, work.table, work.table_id) if rows else None
        if fates is None:
            continue
        form = ProofForm(work.table)
        reader = BlockReader(work.table, source, form=form)
        with ledger.target.transaction():
            for place, (number, after, until) in enumerate(rows):
                part = KeyRange(after=_tuple(after), until=_tuple(until))
                total = _read(reader, part)
                if form.ranged:
                    own = {key: fate for key, fate in fates.items() if _within(key, part)}
                else:
                    # Sums of such a table are only looked at together: the first takes all.
                    own = dict(fates) if place == 0 else {}
                total += _corrections(work.table, source, form, own)
                ledger.update(models.Chunk, number, proof=total.hex, held=total.rows, unproven="")


def _read(reader: BlockReader, part: KeyRange) -> RowSum:
    try:
        return _summed(reader, reader.pieces(part, careful=True))
    except BlockRefused:
        return _summed(reader, reader.rowwise(part))


def _summed(reader: BlockReader, pieces: Iterator[Piece]) -> RowSum:
    total, by_python = RowSum(), reader.form is not None and bool(reader.form.by_python)
    for piece in pieces:
        digests = piece.digests
        if by_python and not piece.finished:
            _, digests = prove_block(reader.table, piece.block)
        total += RowSum.of(digests)
    return total


def _fates(ledger: Ledger, table: TablePlan, table_id: int) -> Fates | None:
    """Rows of the quarantine that are not in the target as they were read; None: not all known."""
    reject = pg_name(models.Reject._meta.db_table)
    found: dict[KeyValue, frozenset[str] | None] = {}
    nulled: dict[KeyValue, set[str]] = defaultdict(set)
    for key, column, outcome in ledger.target.rows(
        f'SELECT key, "column", outcome FROM {reject} WHERE table_id = %s', [table_id]
    ):
        if key is None or len(table.key) != len(table.source.key):
            return None
        if outcome == models.Reject.Outcome.NULLED:
            nulled[tuple(key)].add(column)
        else:
            found[tuple(key)] = None
    return {key: frozenset(names) for key, names in nulled.items()} | found


def _corrections(table: TablePlan, source: Source, form: ProofForm, fates: Fates) -> RowSum:
    """What to add to a sum of all rows that Python or SQL could read."""
    change = RowSum()
    width = len(table.key)
    for some in batches(fates):
        predicate = " OR ".join(f"({key_predicate(table, key)})" for key in some)
        for row in read_rows(table, source, predicate, form=form):
            key = tuple(k.value(v or b"") for k, v in zip(table.key, row.row, strict=False))
            nulled = fates[key]
            change -= RowSum.of(row.digest)
            if nulled is not None and row.refused is None:
                raws = row.row[width : width + len(table.columns)]
                change += RowSum.of(form.digest(raws, nulled))
    return change


def _within(key: KeyValue, part: KeyRange) -> bool:
    after, until = part.after, part.until
    return (after is None or after < key) and (until is None or key <= until)


def _tuple(value: Sequence[int | str] | None) -> KeyValue | None:
    return None if value is None else tuple(value)
