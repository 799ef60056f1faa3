"""Where a drafted project's rows come from, as its settings may say it: without a password."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Place"]


@dataclass(frozen=True, kw_only=True)
class Place:
    """The source, for the settings and for DRAFT.md."""

    redacted: str
    """The URL without its password, or the name of the dump."""
    database: str
    """Name of the legacy database, percent-encoded."""
    url: str | None = None
    """What LEGACY_URL is when it is not set; None: it holds a secret, and must be set."""
    notes: tuple[str, ...] = ()
    """What a dump brought that was left out or read in another way."""
    private_server: bool = False
    """The dump was loaded into a private server, kept in `.delamp/legacy` of the project."""
