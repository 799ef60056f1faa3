"""What the ledger keeps of a chunk, so that the target can be asked for it ever after.

The hashes come with the lines, out of one statement of the source. Rows that were read and not
stored are taken off the sum: then it is that of the rows which the chunk has put into the target.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mappings.errors import Reject
from mappings.plan import TablePlan
from mappings.proof import ProofForm, RowSum
from migrate.errors import RunError
from migrate.extract.blocks import BlockReader
from migrate.extract.identities import rows_of_identities
from migrate.load.sink import Stored
from migrate.source import Source

__all__ = ["proof_of"]

_NAMED = 500
NAMELESS = "rows were left out that nothing names"


def proof_of(
    table: TablePlan, reader: BlockReader, sent: RowSum, parts: Sequence[Stored]
) -> dict[str, object]:
    """Columns of the chunk's row in the ledger; none without a proof.

    `sent` is the sum of the rows sent to the target. Raises `RunError` where hashes lack.
    """
    if reader.form is None:
        return {}
    lines = sum(part.loaded + part.skipped for part in parts)
    if sent.rows != lines:
        raise RunError(
            f"internal error: {table.name}: of {lines} rows sent, {sent.rows} were hashed"
        )
    skipped = sum(part.skipped for part in parts)
    left_out = RowSum.of(b"".join(_left_out(table, reader.source, reader.form, parts)))
    if left_out.rows != skipped:
        return {"unproven": NAMELESS}
    held = sent - left_out
    return {"proof": held.hex, "held": held.rows}


def _left_out(
    table: TablePlan, source: Source, form: ProofForm, parts: Sequence[Stored]
) -> Iterator[bytes]:
    """Hashes of rows that a policy left out: pairs that came again, rows kept for others."""
    for part in parts:
        for values in part.repeated:
            try:
                yield form.digest_of_values(values)
            except (Reject, TypeError, ValueError, AttributeError):
                # A user's step may take other types than psycopg2 gives. The sum lacks a row then,
                # and the chunk is told to be unproven.
                continue
    if table.identity:
        kept = [identity for part in parts for identity in part.kept]
        for start in range(0, len(kept), _NAMED):
            some = kept[start : start + _NAMED]
            for row in rows_of_identities(table, source, some, form):
                yield row.digest
