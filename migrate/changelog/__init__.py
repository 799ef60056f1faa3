"""The rollback window: what Django changes after the cutover is written down, as long as asked for.

`install_change_log` and `remove_change_log` turn it on and off; what was written down is exported
as SQL for the legacy database.
"""

from __future__ import annotations

from migrate.changelog.install import install_change_log, logged_tables, remove_change_log

__all__ = ["install_change_log", "logged_tables", "remove_change_log"]
