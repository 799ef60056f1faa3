"""What a step that reads a format does with a value that is not in it."""

from __future__ import annotations

__all__ = ["check_plain"]


def check_plain(step: str, plain: str) -> None:
    """Raise `ValueError` for what the option `plain` does not know."""
    if plain not in ("reject", "text"):
        raise ValueError(f"{step}: plain, got {plain!r} (expected reject, text)")
