"""What was logged, transaction by transaction, in an order in which it can be done again.

Ids are given when a row changes, not when it is committed. A transaction that depends on another
(the same row, a value that became free, a parent) had to wait for its end, so its last id is
greater: ordered by their last ids, transactions never come before what they depend on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mappings.sqltext import pg_name, pg_text
from migrate import models
from migrate.errors import ConfigError
from migrate.target import Target

__all__ = ["LoggedChange", "Row", "changes", "condition", "reading_all"]

_TOKEN = re.compile(r"\d+:\d+:[\d,]*")
_TIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?)?")
_BATCH = 2_000

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class LoggedChange:
    """One row that was inserted (no `old`), updated, or deleted (no `new`)."""

    table: str
    old: Row | None
    new: Row | None
    xact: int
    at: str
    last: bool
    """Whether its transaction ends with it."""


def condition(since: str | None) -> str:
    """SQL over the log `c`: what is not older than `since`.

    A token of an earlier export means exactly what that export did not have, also what was not
    committed then; a time means what was changed from then on. Raises `ConfigError`.
    """
    if since is None:
        return "true"
    if _TOKEN.fullmatch(since):
        return f"NOT txid_visible_in_snapshot(c.xact, {pg_text(since)}::txid_snapshot)"
    if _TIME.fullmatch(since):
        return f"c.at >= {pg_text(since)}::timestamptz"
    raise ConfigError(
        f"--since: neither a time nor the token of an export, got {since!r}",
        hint="give a time such as 2009-05-01T12:00+02:00, or the token at the end of the last file",
    )


def reading_all(target: Target) -> str:
    """Let the open transaction see one moment; returns the token of that moment."""
    target.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    return str(target.value("SELECT txid_current_snapshot()::text"))


def changes(target: Target, since: str | None) -> Iterator[LoggedChange]:
    """Every change since then. Needs an open transaction; memory holds some thousand at a time."""
    log = pg_name(models.Change._meta.db_table)
    where = condition(since)
    target.execute(
        "DECLARE delamp_changes NO SCROLL CURSOR FOR"
        " SELECT c.table_name, c.old::text, c.new::text, c.xact, c.at::text, c.id = x.last"
        f" FROM {log} c JOIN (SELECT c.xact, max(c.id) AS last FROM {log} c WHERE {where}"
        f" GROUP BY c.xact) x ON x.xact = c.xact WHERE {where} ORDER BY x.last, c.id"
    )
    while rows := target.rows(f"FETCH {_BATCH} FROM delamp_changes"):
        for table, old, new, xact, at, last in rows:
            yield LoggedChange(
                table=table, old=_row(old), new=_row(new), xact=int(xact), at=at, last=bool(last)
            )


def _row(text: str | None) -> Row | None:
    if text is None:
        return None
    found: Row = json.loads(text, parse_float=Decimal)
    return found
