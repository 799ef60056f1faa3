"""Names of functions and triggers: the same for the same tables, never longer than PostgreSQL's."""

from __future__ import annotations

import hashlib

__all__ = ["child_function", "child_trigger", "keep_function", "new_function", "short"]

_LONGEST = 63


def child_function(child: str, parent: str) -> str:
    """Of the function behind the triggers of a child table for one parent table."""
    return short(f"delamp_count_{child}_{parent}")


def child_trigger(parent: str, event: str) -> str:
    """Of a trigger on a child table.

    PostgreSQL fires triggers in the order of their names. By the parent's name all statements take
    the locks of several parent tables in one order.
    """
    return short(f"delamp_{parent}", f"_{event}")


def new_function(parent: str) -> str:
    """Of the function that counts for new parents."""
    return short(f"delamp_new_{parent}")


def keep_function(parent: str) -> str:
    """Of the function that keeps the counters from being written by others."""
    return short(f"delamp_keep_{parent}")


def short(name: str, tail: str = "") -> str:
    """The name, or as much of its beginning as leaves room for a digest of the whole."""
    if len((name + tail).encode()) <= _LONGEST:
        return name + tail
    digest = "_" + hashlib.sha256(name.encode()).hexdigest()[:8]
    room = _LONGEST - len((digest + tail).encode())
    return name.encode()[:room].decode(errors="ignore") + digest + tail
