"""BINARY, VARBINARY and the BLOBs, in which PHP kept text as often as bytes; geometry."""

from __future__ import annotations

from migrate.draft.designing.types.base import Answer, Ask
from migrate.draft.designing.types.texts import as_json

__all__ = ["binary", "geometry"]


def binary(ask: Ask) -> Answer:
    """Text where every value is UTF-8 without zero bytes, else bytes."""
    seen = ask.seen
    plain = Answer(cls="models.BinaryField")
    if seen is None or ask.keyed or not seen.longest or seen.bad_utf8 or seen.nul_bytes:
        return plain
    if not ask.fixed and (answer := as_json(ask)) is not None:
        return answer
    width = ask.column.max_octets
    short = ask.column.data_type in ("binary", "varbinary") and width
    arguments = (f"max_length={max(width or 1, 1)}",) if short else ()
    # Bytes that are no UTF-8 may still come: they are read as latin1 then, never refused.
    steps = ('steps.decode_utf8(invalid="latin1")',)
    return Answer(
        cls="models.CharField" if short else "models.TextField",
        arguments=arguments,
        steps=steps,
        blank=ask.blank,
        changed=not ask.unique,
    ).because(
        ask.decision(
            topic="charset",
            chosen="text, though the column is binary",
            evidence=f"{ask.filled:,} values, all of them UTF-8",
            instead=f'{ask.name} = Column("{ask.column.name}") with a models.BinaryField()',
            cost="nothing; Django's admin shows no bytes",
        )
    )


def geometry(ask: Ask) -> Answer:
    return Answer(cls="models.BinaryField").because(
        ask.decision(
            topic="type",
            chosen="bytes (WKB), because a plain Django project has no field for places",
            evidence=f"the column is {ask.column.column_type}",
            instead="a field of django.contrib.gis, filled from these bytes",
        )
    )
