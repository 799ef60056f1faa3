"""What of the source a freeze would not hold: replication, events, prepared transactions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from migrate.binlog import BinlogStream
from migrate.cutover.check import Check
from migrate.cutover.checks_programs import check_programs
from migrate.cutover.context import Context
from migrate.cutover.freezing import Freeze, choose
from migrate.cutover.freezing.accounts import global_rights
from migrate.cutover.freezing.revoke import Revoke
from migrate.cutover.standstill import look
from migrate.errors import SourceError
from migrate.source import Source, SourceRefused

__all__ = ["check_source", "writers_besides"]

_ASK_SECONDS = 0.2
"""A reader without the right to read is refused at once."""


def check_source(source: Source, context: Context) -> Iterator[Check]:
    """Yield what fails. Chooses the way to freeze; only reads."""
    for check in _freezing(source, context):
        # Weeks before, nothing is frozen, and it is good to know.
        yield check if context.freezes else replace(check, warning=True)
    yield from writers_besides(source)


def writers_besides(source: Source) -> Iterator[Check]:
    """What writes on whatever is frozen; only reads, and at once."""
    yield from _events(source)
    yield from _replica(source)
    yield from _prepared(source)


def _freezing(source: Source, context: Context) -> Iterator[Check]:
    try:
        way, why = choose(source, context.options)
    except SourceError as error:
        text = error.message.partition(": ")[2]
        yield Check(name="freeze", text=text, hint=error.hint or "", acceptable=False)
        return
    context.freeze = way
    context.tell(f"the source will be frozen by {way.name} ({why})")
    for warning in way.warnings(source):
        context.warn(warning)
    yield from _overlooked(source, way)
    yield from _neighbours(source, context, way)
    yield from check_programs(source, way)


def _overlooked(source: Source, way: Freeze) -> Iterator[Check]:
    """PHP may log in by another account than was said."""
    if isinstance(way, Revoke) and (found := way.overlooked(source)):
        yield Check(
            name="accounts",
            text=f"{', '.join(found)} may write on after the revoke, and is connected to the"
            " database, or has the name of an account of PHP",
            hint="name it by --php-user, too, if PHP uses it",
        )


def _neighbours(source: Source, context: Context, way: Freeze) -> Iterator[Check]:
    """Who writes on beside PHP: told apart by the binlog, else what moves is everybody's."""
    if way.name == "read-only" or _reads_binlog(source, context):
        return
    rights = global_rights(source, "CURRENT_USER()") or set()
    if not rights & {"ALL PRIVILEGES", "PROCESS"}:
        yield Check(
            name="neighbours",
            text="whether anybody but PHP writes to this server was not seen, nor which"
            " transactions are open (no right PROCESS); any write would end the pause, since the"
            " binlog cannot be read",
            warning=True,
        )
        return
    rows = source.rows(
        "SELECT DISTINCT DB FROM information_schema.PROCESSLIST WHERE DB <> DATABASE()"
    )
    if rows:
        first = (rows[0][0] or b"").decode("utf-8", "replace")
        yield Check(
            name="neighbours",
            text=f"other databases of the server are in use ({first}); without the binlog, which"
            " we cannot read, their writes cannot be told from PHP's, and would end the pause",
            hint="see `delamp grants cutover`, freeze by read-only, or cut over while they rest",
        )


def _reads_binlog(source: Source, context: Context) -> bool:
    """Asked of the server now: in the pause it would be too late."""
    position = look(source).binlog
    if position is None:
        return False
    stream = BinlogStream(context.config.source, position, {}, reconnect_seconds=0.0)
    try:
        stream.next(_ASK_SECONDS)
    except SourceError:
        return False
    finally:
        stream.close()
    return True


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
        first = ".".join((part or b"").decode("utf-8", "replace") for part in rows[0])
        yield Check(
            name="events",
            text=f"{len(rows)} events of the server are enabled, which may write on ({first})",
            hint="disable them for the cutover: SET GLOBAL event_scheduler = OFF",
        )
    elif not (global_rights(source, "CURRENT_USER()") or set()) & {"ALL PRIVILEGES", "EVENT"}:
        yield Check(
            name="events",
            text="the event scheduler is on, and which events there are was not seen (no right"
            " EVENT): what they write is written on, whatever is frozen",
            warning=True,
        )


def _replica(source: Source) -> Iterator[Check]:
    # MariaDB may follow several, each by a connection with a name.
    for statement in ("SHOW ALL SLAVES STATUS", "SHOW SLAVE STATUS", "SHOW REPLICA STATUS"):
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
    yield Check(
        name="replica",
        text="whether the source is a replica, which writes on whatever is frozen, was not seen"
        " (no right REPLICATION CLIENT)",
        warning=True,
    )


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
