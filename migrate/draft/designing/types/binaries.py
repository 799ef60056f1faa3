"""BINARY, VARBINARY and the BLOBs, in which PHP kept text as often as bytes; geometry."""

from __future__ import annotations

from collections.abc import Sequence

from migrate.draft.designing.types.base import Answer, Ask
from migrate.draft.designing.types.texts import as_json, digits, password
from migrate.draft.facts import TableFacts

__all__ = ["binary", "geometry", "text_in_bytes"]


def binary(ask: Ask) -> Answer:
    """Text where every value is UTF-8 without zero bytes, else bytes."""
    seen = ask.seen
    plain = Answer(cls="models.BinaryField")
    if seen is None or ask.keyed or seen.bad_utf8 or seen.nul_bytes:
        return plain
    if not seen.longest and not ask.text_in_bytes:
        return plain
    if not ask.fixed and (answer := password(ask) or digits(ask) or as_json(ask)):
        return answer
    width = ask.column.max_octets
    short = ask.column.data_type in ("binary", "varbinary") and width
    arguments = (f"max_length={max(width or 1, 1)}",) if short else ()
    # Bytes that are no UTF-8 may still come: they are read as latin1 then, never refused.
    steps = ('steps.decode_utf8(invalid="latin1")',)
    answer = Answer(
        cls="models.CharField" if short else "models.TextField",
        arguments=arguments,
        steps=steps,
        blank=ask.blank,
    )
    if not seen.longest:
        return answer
    return answer.because(
        ask.told(
            plain,
            topic="charset",
            chosen="text, though the column is binary",
            evidence=f"{ask.filled:,} values, all of them UTF-8",
            cost="nothing; Django's admin shows no bytes",
            routine=True,
        )
    )


_BYTES = frozenset({"varbinary", "tinyblob", "blob", "mediumblob"})


def text_in_bytes(tables: Sequence[TableFacts]) -> bool:
    """Whether this database keeps its text in binary columns: most of those in use are UTF-8."""
    seen = [
        evidence
        for table in tables
        for column in table.table.columns
        if column.data_type in _BYTES and (evidence := table.seen(column)) and evidence.longest
    ]
    text = [evidence for evidence in seen if not evidence.bad_utf8 and not evidence.nul_bytes]
    return len(text) >= max(5, 0.8 * len(seen))


def geometry(ask: Ask) -> Answer:
    return Answer(cls="models.BinaryField").because(
        ask.told(
            topic="type",
            chosen="bytes (WKB), because a plain Django project has no field for places; one of "
            "django.contrib.gis can be filled from them",
            evidence=f"the column is {ask.column.column_type}",
            routine=True,
        )
    )
