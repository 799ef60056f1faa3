"""The follower's row of the ledger: position and suspects with the rows, signs of life beside."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mappings.sqltext import pg_name
from migrate.config import Config
from migrate.ledger import Ledger
from migrate.models import Checkpoint, Run, Table
from migrate.snapshot import BinlogPosition
from migrate.target import Target

__all__ = [
    "Saved",
    "begin",
    "comparable",
    "leave_word",
    "note_pass",
    "note_state",
    "pause",
    "read",
    "remember",
    "saving",
    "start_of_runs",
    "suspect",
]

STREAM = "source"
_TABLE = pg_name(Checkpoint._meta.db_table)
_ID = f"stream = '{STREAM}'"


@dataclass(frozen=True, kw_only=True)
class Saved:
    """What the ledger knows of the follower."""

    position: BinlogPosition | None
    committed_at: dt.datetime | None
    updated_at: dt.datetime
    """When it was brought to this position."""
    events: int
    facts: Mapping[str, Any] = field(default_factory=dict)
    suspect: Mapping[str, str] = field(default_factory=dict)
    passes: Mapping[str, str] = field(default_factory=dict)
    paused: bool = False


def read(ledger: Ledger) -> Saved | None:
    """The row of the ledger, or None before anything was followed."""
    rows = ledger.target.rows(
        "SELECT position, committed_at, updated_at, events, facts, suspect, passes, paused"
        f" FROM {_TABLE} WHERE {_ID}"
    )
    if not rows:
        return None
    position, *rest = rows[0]
    names = ("committed_at", "updated_at", "events", "facts", "suspect", "passes", "paused")
    found = None if position is None else BinlogPosition(**position)
    return Saved(position=found, **dict(zip(names, rest, strict=True)))


def remember(ledger: Ledger, facts: Mapping[str, Mapping[str, Any]]) -> None:
    """Add to what is known of the schema that tables were loaded under. Commits at once."""
    saved = read(ledger)
    known = saved.facts if saved else {}
    names = [*known, *(name for name in facts if name not in known)]
    merged = {name: {**known.get(name, {}), **facts.get(name, {})} for name in names}
    begin(ledger, saved.position if saved else None, merged)


def begin(ledger: Ledger, position: BinlogPosition | None, facts: Mapping[str, Any]) -> None:
    """Make or move the row: everything before the position is in the target. Commits at once."""
    now = dt.datetime.now(dt.UTC)
    if read(ledger) is None:
        ledger.insert(Checkpoint, stream=STREAM, updated_at=now, facts=json.dumps(facts),
                      suspect="{}", passes="{}")  # fmt: skip
    ledger.target.execute(
        f"UPDATE {_TABLE} SET position = %s, facts = %s, updated_at ="
        f" CASE WHEN position = %s THEN updated_at ELSE %s END WHERE {_ID}",
        [_json(position), json.dumps(facts), _json(position), now],
    )


def saving(
    position: BinlogPosition,
    *,
    committed_at: float | None,
    events: int,
    suspects: Mapping[str, str],
) -> Callable[[Target], None]:
    """What writes the checkpoint at the end of a transaction of rows."""
    at = None if committed_at is None else dt.datetime.fromtimestamp(committed_at, dt.UTC)

    def save(target: Target) -> None:
        target.execute(
            f"UPDATE {_TABLE} SET position = %s, committed_at = coalesce(%s, committed_at),"
            " updated_at = %s, events = events + %s, suspect = suspect || %s::jsonb"
            f" WHERE {_ID}",
            [_json(position), at, dt.datetime.now(dt.UTC), events, json.dumps(suspects)],
        )

    return save


def note_pass(ledger: Ledger, plan: str, *, at: dt.datetime, suspect: str = "") -> None:
    """Note that a table plan was compared as it was at that time. Commits at once.

    `suspect` says why it differs still; otherwise it is suspect no more.
    """
    left = json.dumps({plan: suspect} if suspect else {})
    ledger.target.execute(
        f"UPDATE {_TABLE} SET suspect = (suspect - %s) || %s::jsonb,"
        f" passes = passes || jsonb_build_object(%s::text, %s::text) WHERE {_ID}",
        [plan, left, plan, at.isoformat()],
    )


def suspect(ledger: Ledger, plans: Mapping[str, str]) -> None:
    """Have table plans compared, each for a reason. No more than that where nothing is followed.

    Commits with the transaction that is open, else at once.
    """
    ledger.target.execute(
        f"UPDATE {_TABLE} SET suspect = suspect || %s::jsonb WHERE {_ID}", [json.dumps(plans)]
    )


def note_state(ledger: Ledger, state: str, detail: str, **lag: float | None) -> None:
    """Give a sign of life. Commits at once."""
    sets = "".join(f", {pg_name(name)} = %s" for name in lag)
    ledger.target.execute(
        f"UPDATE {_TABLE} SET state = %s, detail = %s, seen_at = %s{sets} WHERE {_ID}",
        [state, detail, dt.datetime.now(dt.UTC), *lag.values()],
    )


def pause(ledger: Ledger, *, paused: bool) -> bool:
    """Ask the follower to pause, or to go on; returns whether there ever was one."""
    return bool(ledger.target.execute(f"UPDATE {_TABLE} SET paused = %s WHERE {_ID}", [paused]))


def leave_word(config: Config, state: str, detail: str) -> None:
    """Give a last sign of life over a connection of its own. Raises `TargetError`."""
    target = Target(config.database, name="delamp follow")
    try:
        note_state(Ledger(target), state, detail)
    finally:
        target.close()


def start_of_runs(ledger: Ledger) -> tuple[BinlogPosition, dt.datetime] | None:
    """Position and begin of the first of the runs that loaded the tables; None when one has none.

    Every row in the target is at least as new as the first snapshot of the run that loaded it. The
    first is by time: after RESET MASTER, lower places are later ones.
    """
    run, table = pg_name(Run._meta.db_table), pg_name(Table._meta.db_table)
    rows = ledger.target.rows(
        f"SELECT r.binlog, r.started_at FROM {run} r WHERE r.id IN"
        f" (SELECT DISTINCT ON (mapping) run_id FROM {table} ORDER BY mapping, id DESC)"
        " ORDER BY r.id"
    )
    found = [(BinlogPosition(**binlog), began) for binlog, began in rows if binlog is not None]
    if not found or len(found) < len(rows) or len({at.server for at, _ in found}) > 1:
        return None
    return found[0]


def comparable(position: BinlogPosition) -> tuple[int, int]:
    """The place in one server's binlog, as what sorts."""
    digits = position.file.rpartition(".")[2]
    return (int(digits) if digits.isdigit() else 0, position.position)


def _json(position: BinlogPosition | None) -> str | None:
    return None if position is None else json.dumps(vars(position))
