"""The ledger of verifications: how far one has got, what it found, and when each was looked at."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mappings.plan import TablePlan
from mappings.sqltext import pg_name
from migrate.errors import RunError
from migrate.ledger import Ledger
from migrate.models import Verification, VerifiedPart
from migrate.target import Target
from verify import Level, LevelResult, Past
from verify.keeping import result_from_json, result_to_json

__all__ = ["Kept", "Keeper", "looks_in_the_past", "may_keep", "require_unchanged", "stopped"]

_SPACE = 0x64656C63  # "delc", so that the locks are told from an application's
_OLD = 20
"""Verifications that are remembered."""
_WHOLE = pg_name(Verification._meta.db_table)
_PART = pg_name(VerifiedPart._meta.db_table)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A verification that was stopped, as the ledger has it."""

    id: int
    started_at: dt.datetime
    levels: tuple[Level, ...]
    tables: Mapping[str, str]
    """Fingerprints by name."""
    all_rows: bool
    seed: int
    parts: tuple[LevelResult, ...]


def may_keep(target: Target) -> bool:
    """Whether this role may write down how far a verification has got."""
    rights = " AND ".join(
        f"has_table_privilege('{table}', '{right}')"
        for table in (_WHOLE, _PART)
        for right in ("INSERT", "UPDATE", "DELETE")
    )
    sql = f"SELECT NOT pg_is_in_recovery() AND {rights}"
    return bool(target.value(f"{sql} AND current_setting('transaction_read_only') = 'off'"))


def stopped(ledger: Ledger) -> Kept:
    """The latest verification that did not come to its end. Raises `RunError` without one."""
    names = "id, started_at, levels, tables, all_rows, seed"
    rows = ledger.target.rows(
        f"SELECT {names} FROM {_WHOLE} WHERE state <> %s ORDER BY id DESC LIMIT 1",
        [str(Verification.State.FINISHED)],
    )
    if not rows:
        raise RunError(
            "verify: nothing to go on with, got no verification that was stopped",
            hint="run `delamp verify` without --resume",
        )
    number, started_at, levels, tables, all_rows, seed = rows[0]
    if not ledger.target.value(f"SELECT pg_try_advisory_xact_lock({_SPACE}, %s)", [number]):
        raise RunError(
            f"verify: verification {number} is still running",
            hint="wait for it, or end it with Ctrl-C; then --resume goes on",
        )
    parts = ledger.target.rows(
        f"SELECT result FROM {_PART} WHERE verification_id = %s ORDER BY id", [number]
    )
    return Kept(
        id=number,
        started_at=started_at,
        levels=tuple(levels),
        tables=tables,
        all_rows=all_rows,
        seed=seed,
        parts=tuple(result_from_json(result) for (result,) in parts),
    )


def require_unchanged(kept: Kept, tables: Sequence[TablePlan]) -> None:
    """Raise `RunError` unless these are the tables that were begun with, mapped as they were."""
    now = {table.name: table.fingerprint for table in tables}
    changed = [name for name, known in kept.tables.items() if now.get(name) != known]
    if changed:
        raise RunError(
            f"verify: the mapping or the source schema of {', '.join(changed)} changed since"
            f" verification {kept.id} was stopped",
            hint="begin anew: `delamp verify` without --resume",
        )


def looks_in_the_past(ledger: Ledger, tables: Sequence[TablePlan]) -> dict[tuple[str, str], Past]:
    """By level and table: when it was last looked at to its end, mapped as it is now."""
    now = {table.name: table.fingerprint for table in tables}
    rows = ledger.target.rows(
        "SELECT DISTINCT ON (p.level, p.mapping) p.level, p.mapping,"
        " extract(epoch FROM p.looked_at)::float8, p.found > 0, v.tables ->> p.mapping"
        f" FROM {_PART} p JOIN {_WHOLE} v ON v.id = p.verification_id WHERE p.complete"
        " ORDER BY p.level, p.mapping, p.looked_at DESC"
    )
    return {
        (level, name): Past(at=at, found=found)
        for level, name, at, found, known in rows
        if known is None or now.get(name) == known
    }


class Keeper:
    """Writes down what a verification finds, over a connection of its own; each time at once.

    The connection holds a lock for as long as the verification runs, so that no two go on from the
    same place.
    """

    def __init__(self, target: Target) -> None:
        self._target, self._ledger = target, Ledger(target)
        self._lock = threading.Lock()
        self._id = 0

    def begin(
        self, levels: Sequence[Level], tables: Sequence[TablePlan], *, all_rows: bool, seed: int
    ) -> None:
        """Begin a verification, and forget the oldest ones."""
        self._id = self._ledger.insert(
            Verification,
            state=Verification.State.RUNNING,
            started_at=dt.datetime.now(dt.UTC),
            levels=list(levels),
            tables={table.name: table.fingerprint for table in tables},
            all_rows=all_rows,
            seed=seed,
        )
        self._hold()
        old = f"SELECT id FROM {_WHOLE} ORDER BY id DESC OFFSET {_OLD}"
        # What was looked at last stays known, however long ago that was.
        latest = f"SELECT max(id) FROM {_PART} WHERE complete GROUP BY level, mapping"
        needed = f"SELECT verification_id FROM {_PART} WHERE id IN ({latest})"
        gone = f"IN ({old}) AND {{}} NOT IN ({needed})"
        self._target.execute(
            f"DELETE FROM {_PART} WHERE verification_id {gone.format('verification_id')}"
        )
        self._target.execute(f"DELETE FROM {_WHOLE} WHERE id {gone.format('id')}")

    def go_on(self, kept: Kept) -> None:
        """Go on with a verification."""
        self._id = kept.id
        self._hold()
        self._ledger.update(Verification, self._id, state=Verification.State.RUNNING)

    def keep(self, result: LevelResult) -> None:
        """Write down one level of one table. Safe between threads."""
        found = json.dumps(result_to_json(result))
        with self._lock:
            self._target.execute(
                f"INSERT INTO {_PART} (verification_id, level, mapping, complete, found, result,"
                " looked_at) VALUES (%s, %s, %s, %s, %s, %s, %s)"
                " ON CONFLICT (verification_id, level, mapping) DO UPDATE SET"
                " complete = EXCLUDED.complete, found = EXCLUDED.found, result = EXCLUDED.result,"
                " looked_at = EXCLUDED.looked_at",
                [
                    *(self._id, result.level, result.table, result.complete, result.wrong),
                    *(found, dt.datetime.now(dt.UTC)),
                ],
            )

    def end(self, *, complete: bool) -> None:
        """Note that it has ended, or was stopped."""
        state = Verification.State.FINISHED if complete else Verification.State.STOPPED
        now = dt.datetime.now(dt.UTC)
        self._ledger.update(Verification, self._id, state=state, ended_at=now)

    def _hold(self) -> None:
        self._target.value(f"SELECT pg_advisory_lock({_SPACE}, %s)", [self._id])
