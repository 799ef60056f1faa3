"""Django system checks: mistakes in mappings that need no database to be seen."""

from __future__ import annotations

__all__ = ["register"]


def register() -> None:
    """Register the checks under the tag `delamp`."""
