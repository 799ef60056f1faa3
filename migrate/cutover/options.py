"""What a cutover is told to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from migrate.urls import SourceUrl

__all__ = ["METHODS", "Method", "Options"]

Method = Literal["read-only", "revoke", "maintenance"]
METHODS: tuple[Method, ...] = ("read-only", "revoke", "maintenance")


@dataclass(frozen=True, kw_only=True)
class Options:
    """All that `delamp cutover` may be told."""

    rehearse: bool = False
    rehearse_freeze: bool = False
    """Freeze for real while rehearsing, and give back."""
    freeze: Method | None = None
    """None: the first of `METHODS` that rights and options allow."""
    php_users: tuple[str, ...] = ()
    """Accounts of PHP, `user@host`."""
    php_url: SourceUrl | None = None
    """How PHP logs in: a write is tried, and must be refused."""
    maintenance_command: str = ""
    """Puts PHP into maintenance."""
    maintenance_undo_command: str = ""
    """Takes PHP out of it; kept in the ledger, so it must hold no password."""
    maintenance_done_file: Path | None = None
    """Somebody else makes this file when PHP is in maintenance."""
    ask: Callable[[str], bool] | None = None
    """Asks a person, where there is one."""
    accept: frozenset[str] = frozenset()
    """Names of checks that may fail."""
    max_pause_seconds: float = 60.0
    """A pause that would be, or becomes, longer is given up."""
    max_lag_seconds: float = 5.0
    """Time that the last catch-up before the freeze may take."""
    patience_seconds: float = 3.0
    """How long open writing transactions may take to end before they are killed."""
    maintenance_seconds: float = 600.0
    """How long to wait for PHP to be in maintenance."""
    rollback_window: bool = False
    """Note changes on Django's side, so that they can be carried back."""
    all_rows: bool = False
    """Level "rows" of the full verification reads every row, not a sample."""
    signoff_file: Path | None = None
    """Where the sign-off goes; its hash is in the ledger in any case."""
    reuse_verification_hours: float = 12.0
    """How old a full verification may be for a resumed cutover to build on it."""
