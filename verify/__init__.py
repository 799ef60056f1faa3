"""delamp's verify: looks for reasons to disbelieve that the target holds what the source held.

Knows `mappings` only, opens no connection, writes nothing.
"""

from __future__ import annotations

from verify.departures import Departures
from verify.differing import differing_keys
from verify.findings import Finding
from verify.keyed import NamedRow, check_named, check_named_rows, differing_named
from verify.levels import LEVELS, Level
from verify.limits import Limits
from verify.moment import Live, Moment
from verify.nameless import unmatched_rows
from verify.ports import SourceConnection, TargetConnection
from verify.priority import Past
from verify.report import Report
from verify.results import CounterSummary, LevelResult, Unlooked
from verify.rows import Declared
from verify.runner import Resumption, sharing, verify_plan

__all__ = [
    "LEVELS",
    "CounterSummary",
    "Declared",
    "Departures",
    "Finding",
    "Level",
    "LevelResult",
    "Limits",
    "Live",
    "Moment",
    "NamedRow",
    "Past",
    "Report",
    "Resumption",
    "SourceConnection",
    "TargetConnection",
    "Unlooked",
    "check_named",
    "check_named_rows",
    "differing_keys",
    "differing_named",
    "sharing",
    "unmatched_rows",
    "verify_plan",
]
