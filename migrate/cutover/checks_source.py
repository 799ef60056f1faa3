"""What of the source a freeze would not hold: replication, events, prepared transactions."""

from __future__ import annotations

from collections.abc import Iterator

from migrate.cutover.check import Check
from migrate.cutover.context import Context
from migrate.cutover.freezing import Freeze, choose
from migrate.cutover.standstill import look
from migrate.errors import SourceError
from migrate.source import Source, SourceRefused

__all__ = ["check_source"]


def check_source(source: Source, context: Context) -> Iterator[Check]:
    """Yield what fails. Chooses the way to freeze; only reads."""
    if context.freezes:
        try:
            way, why = choose(source, context.options)
        except SourceError as error:
            text = error.message.partition(": ")[2]
            yield Check(name="freeze", text=text, hint=error.hint or "", acceptable=False)
        else:
            context.freeze = way
            context.tell(f"the source will be frozen by {way.name} ({why})")
            for warning in way.warnings(source):
                context.warn(warning)
            yield from _neighbours(source, way)
    yield from _events(source)
    yield from _replica(source)
    yield from _prepared(source)


def _neighbours(source: Source, way: Freeze) -> Iterator[Check]:
    """Who writes on beside PHP: told apart by the binlog, else what moves is everybody's."""
    if way.name == "read-only" or look(source).binlog is not None:
        return
    rows = source.rows(
        "SELECT DISTINCT DB FROM information_schema.PROCESSLIST WHERE DB <> DATABASE()"
    )
    if rows:
        first = (rows[0][0] or b"").decode("utf-8", "replace")
        yield Check(
            name="neighbours",
            text=f"other databases of the server are in use ({first}); without the binlog's"
            " position their writes cannot be told from PHP's, and would end the pause",
            hint="see `delamp grants cutover`, freeze by read-only, or cut over while they rest",
        )


def _events(source: Source) -> Iterator[Check]:
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
        yield Check(
            name="events",
            text=f"{len(rows)} events of the server are enabled, which may write on ({first})",
            hint="disable them for the cutover: SET GLOBAL event_scheduler = OFF",
        )


def _replica(source: Source) -> Iterator[Check]:
    for statement in ("SHOW SLAVE STATUS", "SHOW REPLICA STATUS"):
        try:
            rows = source.rows(statement)
        except SourceRefused:
            continue
        if rows:
            yield Check(
                name="replica",
                text="the source is a replica: its replication writes on, whatever is frozen",
                hint="cut over from the primary, or stop replication for good (STOP SLAVE)",
            )
        return


def _prepared(source: Source) -> Iterator[Check]:
    """XA transactions that were prepared can be committed later, by anybody."""
    try:
        rows = source.rows("XA RECOVER")
    except SourceRefused:
        return
    if rows:
        yield Check(
            name="prepared",
            text=f"{len(rows)} prepared XA transactions wait for their COMMIT",
            hint="let their application commit them, or roll them back (XA RECOVER lists them)",
        )
