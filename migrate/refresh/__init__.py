"""The one engine of every kind of change: bring the target's rows of some keys in step.

Whoever calls it only chooses keys: rows to retry, findings to repair, events to follow. A batch is
one PostgreSQL transaction. Before anything is written it is *closed*: it pulls in the rows that
hold a value it needs, the parents that it lacks, the children of what leaves, and the quarantined
rows that waited for what arrives, until there is no more; so a row's fate never depends on the
order in which changes come.
"""

from __future__ import annotations

from migrate.refresh.addressing import address
from migrate.refresh.nameless import Unmatched
from migrate.refresh.refresher import Refreshed, Refresher, Wanted, touched

__all__ = ["Refreshed", "Refresher", "Unmatched", "Wanted", "address", "touched"]
