"""Numbers as people read them."""

from __future__ import annotations

__all__ = ["bytes_text", "counted", "duration", "rate", "short"]

_PREFIXES = ("", "k", "M", "G", "T")


def short(number: float) -> str:
    """1234567 as "1.23M": three digits, for a line that changes all the time."""
    prefix = 0
    while abs(number) >= 999.5 and prefix < len(_PREFIXES) - 1:
        number, prefix = number / 1000, prefix + 1
    if prefix == 0:
        return f"{number:.0f}"
    digits = 2 if number < 9.995 else 1 if number < 99.95 else 0
    return f"{number:.{digits}f}{_PREFIXES[prefix]}"


def bytes_text(number: float) -> str:
    """1234567 as "1.23 MB"."""
    text = short(number)
    return f"{text[:-1]} {text[-1]}B" if text[-1].isalpha() else f"{text} B"


def duration(seconds: float) -> str:
    """Seconds as "0.42 s", "41.3 s", "4:05" or "1:02:33"."""
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def rate(rows: int, seconds: float) -> str:
    """Rows per second with separators; "–" when it was too quick to say."""
    return f"{rows / seconds:,.0f}" if seconds >= 0.001 and rows else "–"


def counted(number: int, thing: str, things: str | None = None) -> str:
    """(1, "row") as "1 row", (2000, "row") as "2,000 rows"."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"
