"""The log is people's data and grows: it is kept no longer than it is needed."""

from __future__ import annotations

from mappings.sqltext import pg_name
from migrate import models
from migrate.changelog.reading import condition
from migrate.target import Target

__all__ = ["logged_changes", "purge_changes"]


def purge_changes(
    target: Target, *, older_than_days: int | None = None, exported: str | None = None
) -> int:
    """Delete changes; returns how many. Commits at once.

    Of those that an export with that token has seen, and those that are older; without either, all.
    Raises `ConfigError` for a token that is none.
    """
    wheres = []
    if exported is not None:
        wheres.append(f"NOT ({condition(exported)})")
    if older_than_days is not None:
        wheres.append(f"c.at < now() - make_interval(days => {int(older_than_days)})")
    log = pg_name(models.Change._meta.db_table)
    return target.execute(f"DELETE FROM {log} c WHERE {' AND '.join(wheres) or 'true'}")


def logged_changes(target: Target) -> tuple[int, str | None]:
    """How many changes are in the log, and the time of the first."""
    log = pg_name(models.Change._meta.db_table)
    number, first = target.rows(f"SELECT count(*), min(at)::text FROM {log}")[0]
    return int(number), first
