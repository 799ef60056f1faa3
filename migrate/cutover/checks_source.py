"""What of the source a freeze would not hold: replication, events, prepared transactions."""

from __future__ import annotations

from collections.abc import Iterator

from migrate.cutover.context import Context
from migrate.cutover.freezing import choose
from migrate.errors import SourceError
from migrate.source import Source, SourceRefused

__all__ = ["check_source"]


def check_source(source: Source, context: Context) -> Iterator[tuple[str, str, str]]:
    """Yield name, text and hint of what fails. Chooses the way to freeze; only reads."""
    if context.freezes:
        try:
            way, why = choose(source, context.options)
        except SourceError as error:
            yield "freeze", error.message.partition(": ")[2], error.hint or ""
        else:
            context.freeze = way
            context.tell(f"the source will be frozen by {way.name} ({why})")
            for warning in way.warnings(source):
                context.warn(warning)
    yield from _events(source)
    yield from _replica(source)
    yield from _prepared(source)


def _events(source: Source) -> Iterator[tuple[str, str, str]]:
    if (source.value("SELECT @@GLOBAL.event_scheduler") or "").upper() != "ON":
        return
    try:
        rows = source.rows(
            "SELECT EVENT_SCHEMA, EVENT_NAME FROM information_schema.EVENTS"
            " WHERE STATUS = 'ENABLED'"
        )
    except SourceRefused:
        return
    if rows:
        first = ".".join((part or b"").decode() for part in rows[0])
        yield (
            "events",
            f"{len(rows)} events of the server are enabled, which may write on ({first})",
            "disable them for the cutover: SET GLOBAL event_scheduler = OFF",
        )


def _replica(source: Source) -> Iterator[tuple[str, str, str]]:
    for statement in ("SHOW SLAVE STATUS", "SHOW REPLICA STATUS"):
        try:
            rows = source.rows(statement)
        except SourceRefused:
            continue
        if rows:
            yield (
                "replica",
                "the source is itself a replica: its replication writes on, whatever is frozen",
                "cut over from the primary, or stop replication for good (STOP SLAVE)",
            )
        return


def _prepared(source: Source) -> Iterator[tuple[str, str, str]]:
    """XA transactions that were prepared can be committed later, by anybody."""
    try:
        rows = source.rows("XA RECOVER")
    except SourceRefused:
        return
    if rows:
        yield (
            "prepared",
            f"{len(rows)} prepared XA transactions wait for their COMMIT",
            "let their application commit them, or roll them back (XA RECOVER lists them)",
        )
