"""Rows on which the SQL form does not hold, inside a hash that MySQL makes all the same.

They are few as a rule (a DATETIME in the hour of a clock change), and nearly every range has one.
Python makes their canonical texts; MySQL is given these as literals, beside its own for the others.
"""

from __future__ import annotations

from collections.abc import Mapping

from mappings.keys import KeyValue
from mappings.sqltext import my_bytes, source_column
from verify.ports import SourceConnection
from verify.source_side import SourceSide, keys_in

__all__ = ["guarded_texts", "with_texts"]

_MOST = 500
"""Guarded rows of one range; with more, all its rows are read."""


def guarded_texts(
    side: SourceSide, source: SourceConnection, where: str
) -> dict[KeyValue, bytes] | None:
    """Canonical text by key of the guarded rows; None: too many, or too long, for one statement.

    A row that Python refuses has an empty text: no target row's is.
    """
    texts: dict[KeyValue, bytes] = {}
    # In hexadecimal, half a block: a block is a quarter of what MySQL takes in one packet.
    room = source.block_bytes // 4
    guarded = f"{where} AND ({side.guard}) LIMIT {_MOST + 1}"
    for row, _ in side.mixed_rows(source, guarded):
        text = row.text or b""
        room -= len(text)
        if row.key is not None and room >= 0:
            texts[row.key] = text
    return texts if room >= 0 and len(texts) <= _MOST else None


def with_texts(side: SourceSide, texts: Mapping[KeyValue, bytes], others: str) -> str:
    """MySQL expression: the text of these rows as a literal, of all others as `others` makes it."""
    if not texts:
        return others
    first = source_column(side.key[0].name)
    # The list is searched by halves; only rows found there go through the alternatives.
    heads = ", ".join(side.key[0].literal(value) for value in sorted({key[0] for key in texts}))
    made = " ".join(
        f"WHEN {keys_in(side.key, [key])} THEN {my_bytes(text)}" for key, text in texts.items()
    )
    return f"COALESCE(IF({first} IN ({heads}), CASE {made} END, NULL), {others})"
