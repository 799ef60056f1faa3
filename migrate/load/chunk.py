"""Load one chunk: its rows, its rejects and its ledger row, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from mappings.plan import TablePlan
from mappings.proof import RowSum
from migrate.errors import RunError
from migrate.extract.blocks import BlockReader
from migrate.extract.identities import rows_of_identities
from migrate.extract.ranges import NumberedRange
from migrate.extract.rowwise import RefusedRow, RowLine
from migrate.ledger import Ledger
from migrate.load.proof import proof_of
from migrate.load.refusals import refusal_of
from migrate.load.sink import Sink, Stored
from migrate.locks import share_table
from migrate.source import Source
from migrate.target import Target, TargetRefused

__all__ = [
    "ChunkPlace",
    "ChunkResult",
    "Tally",
    "left_out_rows",
    "load_pieces",
    "load_row_by_row",
    "store_rows",
]

_BATCH = 20_000
_NAMED = 500


@dataclass(frozen=True, kw_only=True)
class ChunkPlace:
    """Which chunk, of which table, and where its rows go."""

    table: TablePlan
    table_id: int
    """Of the table's row in the ledger."""
    given: NumberedRange
    sink: Sink
    reader: BlockReader


@dataclass(frozen=True, kw_only=True)
class ChunkResult:
    """What a committed chunk amounted to, in source rows."""

    extracted: int
    loaded: int
    rejected: int
    skipped: int
    bytes: int


@dataclass
class Tally:
    """What passed on its way to the target, in source rows."""

    extracted: int = 0
    size: int = 0
    """Bytes of COPY text."""
    refused: list[RefusedRow] = field(default_factory=list)
    proof: RowSum = field(default_factory=RowSum)
    """Of the rows sent, as the source has hashed them; zero without a proof."""

    def add(
        self,
        block: bytes,
        extracted: int,
        refused: Sequence[RefusedRow] = (),
        digests: bytes = b"",
    ) -> None:
        self.extracted += extracted
        self.proof += RowSum.of(digests)
        self.size += len(block)
        self.refused += refused

    @property
    def lines(self) -> int:
        return self.extracted - len(self.refused)


def load_pieces(
    ledger: Ledger, chunk: ChunkPlace, pieces: Iterable[bytes], tally: Tally
) -> ChunkResult:
    """Commit a chunk whose lines come as `pieces`, counted by `tally` as they pass.

    Raises `TargetRefused` when PostgreSQL refuses a row; then nothing of the chunk is committed.
    """
    with ledger.target.transaction():
        share_table(ledger.target, chunk.table_id, alone=False)
        stored = chunk.sink.store(ledger.target, pieces)
        return _record(ledger, chunk, tally, [stored])


def load_row_by_row(ledger: Ledger, chunk: ChunkPlace, *, alone: bool = False) -> ChunkResult:
    """Commit a chunk that was refused: its rows go by Python, and each culprit is quarantined.

    Rows that PostgreSQL refuses for a reason no rule foresaw are found by halving. `alone` waits
    until no other chunk of the table is under way, and lets none begin.
    """
    tally = Tally()
    parts: list[Stored] = []
    with ledger.target.transaction():
        share_table(ledger.target, chunk.table_id, alone=alone)
        for batch in _batches(chunk.reader.row_lines(chunk.given.rows)):
            good = [row for row in batch if row.refused is None]
            refused = [row.refused for row in batch if row.refused is not None]
            stored = list(store_rows(ledger.target, chunk.table, chunk.sink, good, refused))
            digests = b"".join(part.digests for part in stored)
            tally.add(b"".join(row.line for row in good), len(batch), refused, digests)
            parts += stored
        return _record(ledger, chunk, tally, parts)


def store_rows(
    target: Target,
    table: TablePlan,
    sink: Sink,
    rows: Sequence[RowLine],
    refused: list[RefusedRow],
) -> Iterator[Stored]:
    """Store rows; where PostgreSQL refuses, store the halves, down to the row at fault.

    Needs an open transaction. Rows at fault are added to `refused`. Raises `TargetRefused` for
    what is no row's fault.
    """
    if not rows:
        return
    try:
        with target.transaction():
            stored = sink.store(target, [b"".join(row.line for row in rows)])
    except TargetRefused as error:
        if not error.about_data:
            raise
        if len(rows) == 1:
            refused.append(_culprit(table, rows[0], error))
            return
        middle = len(rows) // 2
        yield from store_rows(target, table, sink, rows[:middle], refused)
        yield from store_rows(target, table, sink, rows[middle:], refused)
    else:
        yield replace(stored, digests=b"".join(row.digest for row in rows))


def _culprit(table: TablePlan, row: RowLine, error: TargetRefused) -> RefusedRow:
    code, detail = refusal_of(error)
    named = next((c.name for c in table.columns if c.column == error.column), "")
    return row.refuse(table, named, code, detail)


def _batches(rows: Iterable[RowLine]) -> Iterator[list[RowLine]]:
    batch: list[RowLine] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(row.line)
        if len(batch) >= _BATCH or size >= 4 << 20:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _record(
    ledger: Ledger, chunk: ChunkPlace, tally: Tally, parts: Sequence[Stored]
) -> ChunkResult:
    loaded, skipped = sum(p.loaded for p in parts), sum(p.skipped for p in parts)
    if loaded + skipped != tally.lines:
        raise RunError(
            f"internal error: {chunk.table.name}: of {tally.lines} rows sent,"
            f" PostgreSQL took {loaded} and {skipped} were skipped"
        )
    elsewhere = chunk.reader.skipped(chunk.given.rows)
    ledger.reject(chunk.table_id, left_out_rows(chunk.table, chunk.reader.source, parts))
    result = ChunkResult(
        extracted=tally.extracted + elsewhere,
        loaded=loaded,
        rejected=ledger.reject(chunk.table_id, tally.refused),
        skipped=skipped + elsewhere,
        bytes=tally.size,
    )
    proof = proof_of(chunk.table, chunk.reader, tally.proof, parts)
    ledger.record_chunk(
        chunk.table_id, chunk.given.ordinal, chunk.given.rows, **vars(result), **proof
    )
    return result


def left_out_rows(
    table: TablePlan, source: Source, parts: Sequence[Stored]
) -> Iterator[RefusedRow]:
    """Rows that a policy left out, for the ledger: existing rows kept, pairs that came again."""
    for part in parts:
        for values in part.repeated:
            yield _repeated(table, values)
    identities = [identity for part in parts for identity in part.kept]
    if not identities or not table.identity:
        return
    # In batches: each is a predicate of that many alternatives.
    for start in range(0, len(identities), _NAMED):
        for row in rows_of_identities(table, source, identities[start : start + _NAMED]):
            refused = row.refuse(table, "", "row_exists", "an existing row was kept")
            yield replace(refused, outcome="kept")


def _repeated(table: TablePlan, values: tuple[object, ...]) -> RefusedRow:
    shown = {c.sources[0]: str(v) for c, v in zip(table.columns, values, strict=True) if c.sources}
    return RefusedRow(
        key=None,
        key_text=", ".join(f"{name}={value}" for name, value in shown.items()),
        column="",
        code="duplicate",
        detail="the same pair came before",
        values=dict(shown),
        outcome="skipped",
    )
