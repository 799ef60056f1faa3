"""Numbers and times as people read them."""

from __future__ import annotations

__all__ = ["brief", "counted", "duration", "number", "rows"]

_LONGEST = 240


def number(value: int) -> str:
    """12004 as "12,004"."""
    return f"{value:,}"


def counted(value: int, thing: str, things: str = "") -> str:
    """(2, "row") as "2 rows"."""
    return f"{value:,} {thing if value == 1 else things or thing + 's'}"


def rows(value: int, says: str) -> str:
    """(2, "would load") as "rows would load", to stand after their number."""
    return f"{'row' if value == 1 else 'rows'} {says}"


def duration(seconds: float) -> str:
    """Seconds as "0.42 s", "41.3 s", "4:05" or "1:02:33"."""
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def brief(text: str, longest: int = _LONGEST) -> str:
    """The text, cut where it is too long for a page."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
