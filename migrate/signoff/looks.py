"""What verification has found, as the ledger has it: of each level and table the latest look.

A table may be verified apart from others, or by several verifications, of which one went on with
another. What counts is when it was last looked at to its end, and that this was after its load.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from mappings.sqltext import pg_name
from migrate import models
from migrate.target import Target

__all__ = ["read_looks"]

_CONTENT = frozenset({"checksums", "rows"})
"""Levels that compare values. A table that none of them has looked at is not verified."""

_NAMES = (
    *("level", "mapping", "verification", "seed", "all_rows", "found", "result"),
    *("fingerprint", "looked_at"),
)


def read_looks(
    target: Target,
    tables: Sequence[Mapping[str, Any]],
    finished: Mapping[int, dt.datetime | None],
    upto: int | None,
) -> tuple[dict[str, Any], dict[str, str]]:
    """The looks with what they found, and when each was; up to a verification, or all.

    `tables` are rows of the ledger, `finished` says when each run was. Only looks after a table's
    load, at the mapping that loaded it, are told.
    """
    whole, part = (pg_name(m._meta.db_table) for m in (models.Verification, models.VerifiedPart))
    rows = target.rows(
        "SELECT DISTINCT ON (p.level, p.mapping) p.level, p.mapping, v.id, v.seed, v.all_rows,"
        " p.found, p.result, v.tables ->> p.mapping, p.looked_at"
        f" FROM {part} p JOIN {whole} v ON v.id = p.verification_id"
        f" WHERE p.complete AND (%s IS NULL OR v.id <= %s)"
        " ORDER BY p.level, p.mapping, p.looked_at DESC",
        [upto, upto],
    )
    latest = target.value(f"SELECT max(id) FROM {whole}") if upto is None else upto
    loads = {table["mapping"]: table for table in tables}
    looks, times = [], {}
    for row in rows:
        look = dict(zip(_NAMES, row, strict=True))
        fingerprint, looked_at = look.pop("fingerprint"), look.pop("looked_at")
        if not _of_this_load(look["mapping"], fingerprint, looked_at, loads, finished):
            continue
        look["result"].pop("seconds", None)
        looks.append(look)
        times[f"{look['level']} of {look['mapping']}"] = looked_at.astimezone(dt.UTC).isoformat()
    seen = {look["mapping"] for look in looks if look["level"] in _CONTENT}
    told = {
        "upto": latest or None,
        "findings": sum(look["found"] for look in looks),
        "unverified": [name for name in loads if name not in seen],
        "looks": looks,
    }
    return told, times


def _of_this_load(
    name: str,
    fingerprint: str | None,
    looked_at: dt.datetime,
    loads: Mapping[str, Mapping[str, Any]],
    finished: Mapping[int, dt.datetime | None],
) -> bool:
    """A part that is no mapping's (a question, a table of another) belongs to all loads."""
    load = loads.get(name)
    if load is None:
        ends = list(finished.values())
        return all(end is not None and end <= looked_at for end in ends)
    end = finished[load["run_id"]]
    return end is not None and end <= looked_at and fingerprint in (None, load["fingerprint"])
