"""What `delamp rejects retry` chooses, and what it says."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from mappings.keys import KeyValue
from migrate.cli.words import counted

if TYPE_CHECKING:
    from migrate.retry import Retried

__all__ = ["chosen_keys", "days_ago", "retry_lines"]


def chosen_keys(rejects: Any) -> tuple[dict[str, set[KeyValue]], int]:
    """Keys by mapping, of rejects of the latest run of each; and how many have no key."""
    keys: dict[str, set[KeyValue]] = defaultdict(set)
    nameless = 0
    for mapping, key in rejects.values_list("table__mapping", "key").iterator(2000):
        if key is None:
            nameless += 1
        else:
            keys[mapping].add(tuple(key))
    return dict(keys), nameless


def days_ago(days: int) -> dt.datetime:
    """The instant so many days before now."""
    return dt.datetime.now(dt.UTC) - dt.timedelta(days=days)


def retry_lines(result: Retried) -> list[str]:
    """The outcome for a person."""
    done = result.done
    lines = [f"{counted(result.asked, 'reject')} tried again"]
    changes = (
        ("loaded", done.inserted),
        ("changed", done.updated),
        ("deleted", done.deleted),
        ("still refused", done.refused),
        ("without a reference that has no parent (NULL)", done.nulled),
        ("left out, as `orphans` or `duplicates` says", done.left_out),
    )
    for word, rows in changes:
        lines += [f"  {name}: {number:,} {word}" for name, number in sorted(rows.items()) if number]
    if done.counters:
        lines.append(f"  counters of {counted(done.counters, 'parent')} set anew")
    if result.nameless:
        lines.append(
            f"{counted(result.nameless, 'reject')} cannot be named by a key:"
            " load the table anew with --restart"
        )
    if result.changed:
        lines.append(
            f"the mapping of {', '.join(result.changed)} has changed since the load: rows loaded"
            " before are as it was; `delamp verify` tells which differ"
        )
    return lines
