"""People's data in quarantine are kept for as long as the settings say, and no longer."""

from __future__ import annotations

from mappings.sqltext import pg_name
from migrate import models
from migrate.config import Config
from migrate.target import Target

__all__ = ["forget_old_values"]


def forget_old_values(config: Config, target: Target) -> int:
    """Take the source values off rejects that are older than the settings allow; returns how many.

    Key, rule and outcome stay, which are all that verification and a retry need. Commits at once
    unless a transaction is open.
    """
    if config.keep_values_days is None:
        return 0
    reject = pg_name(models.Reject._meta.db_table)
    return target.execute(
        f'UPDATE {reject} SET "values" = NULL WHERE "values" IS NOT NULL'
        " AND created_at < now() - make_interval(days => %s)",
        [config.keep_values_days],
    )
