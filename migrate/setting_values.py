"""Read one value of a setting, from Python or from the environment's text.

Each function returns the value or raises ValueError, whose text says what was expected.
"""

from __future__ import annotations

import re

__all__ = ["boolean", "count", "memory", "positive", "seconds", "size", "text"]

_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
_SIZE = re.compile(r"(\d+)\s*(k|m|g|)i?b?", re.IGNORECASE)
_MEMORY = re.compile(r"\d+\s*(kB|MB|GB|TB)")
SMALLEST_CHUNK = 16 * 1024
LARGEST_CHUNK = 64 * 1024**2


def text(value: object) -> str:
    if isinstance(value, str) and value:
        return value
    raise ValueError("text")


def count(value: object) -> int:
    """0 or more."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and value.replace("_", "").isdecimal():
        return int(value)
    raise ValueError("a number, 0 or more")


def positive(value: object) -> int:
    """1 or more."""
    try:
        number = count(value)
    except ValueError:
        number = 0
    if number > 0:
        return number
    raise ValueError("a number, 1 or more")


def seconds(value: object) -> float:
    """From 0 to a day; a fraction counts."""
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if 0 <= number <= 24 * 3600:
            return number
    raise ValueError("seconds, from 0 to 86400")


def size(value: object) -> int:
    """Bytes: a number, or text such as "4MiB". Bounded: a chunk is held in memory."""
    found = _SIZE.fullmatch(str(value).strip()) if not isinstance(value, bool) else None
    number = int(found[1]) * _UNITS[found[2].lower()] if found else 0
    if SMALLEST_CHUNK <= number <= LARGEST_CHUNK:
        return number
    raise ValueError("bytes from 16 KiB to 64 MiB, such as 4194304 or '4MiB'")


def memory(value: object) -> str:
    """PostgreSQL's spelling of a size: text that is safe in a SET statement."""
    if isinstance(value, str) and _MEMORY.fullmatch(value.strip()):
        return value.strip()
    raise ValueError("PostgreSQL's spelling of a size, such as '256MB'")


def boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    spelled = str(value).lower()
    if spelled in ("1", "true", "yes", "on"):
        return True
    if spelled in ("0", "false", "no", "off"):
        return False
    raise ValueError("True or False")
