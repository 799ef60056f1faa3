"""MySQL's own words for what it refused, as a fact to be kept."""

from __future__ import annotations

from migrate.source import SourceRefused

__all__ = ["why_refused"]


def why_refused(error: SourceRefused) -> str:
    """The reason and its number, without the place, which every message begins with."""
    # A redacted URL holds no blank.
    return f"{error.message.partition(': ')[2]} (error {error.number})"
