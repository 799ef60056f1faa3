"""The rollback window: what Django changes after the cutover is written down, as long as asked for.

`install_change_log` and `remove_change_log` turn it on and off; `export_changes` makes SQL for the
legacy database of what was written down.
"""

from __future__ import annotations

from migrate.changelog.export import Exported, export_changes
from migrate.changelog.install import install_change_log, logged_tables, remove_change_log
from migrate.changelog.purge import logged_changes, purge_changes

__all__ = [
    "Exported",
    "export_changes",
    "install_change_log",
    "logged_changes",
    "logged_tables",
    "purge_changes",
    "remove_change_log",
]
