"""What one check says."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Check"]


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check that failed, or that is only to be known."""

    name: str
    text: str
    hint: str = ""
    acceptable: bool = True
    """Whether `--accept` lets the cutover go on."""
    warning: bool = False
