"""Which operating-system account a private server runs as.

PostgreSQL refuses to run as root and MariaDB should not, so root hands both to an existing account
without rights; everybody else runs them as themselves.
"""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migrate.servers.errors import ServerError

# `nobody` comes first: a throwaway server should not be able to read what the system's own
# database servers own.
CANDIDATES = ("nobody", "postgres", "mysql", "daemon")


@dataclass(frozen=True)
class Account:
    """An account without rights, used only when this process is root."""

    name: str
    uid: int
    gid: int

    def process_options(self) -> dict[str, Any]:
        """Keyword arguments that make `subprocess` start a program as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_enter(self, folder: Path) -> bool:
        """Whether the account can traverse every existing folder from the root to `folder`."""
        return all(
            self._has_search_bit(part) for part in (folder, *folder.parents) if part.exists()
        )

    def _has_search_bit(self, folder: Path) -> bool:
        status = folder.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & 0o100)
        if status.st_gid == self.gid:
            return bool(status.st_mode & 0o010)
        return bool(status.st_mode & 0o001)


def server_account() -> Account | None:
    """The account to drop to, or None when this process is not root and nothing is dropped."""
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise ServerError(
        f"private servers: no unprivileged account found, got none of {', '.join(CANDIDATES)}",
        hint="run as an ordinary user, or create the account nobody",
    )


def process_options(account: Account | None) -> dict[str, Any]:
    """Like `Account.process_options`; empty when nothing is dropped."""
    return account.process_options() if account else {}
