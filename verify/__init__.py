"""delamp's verify: looks for reasons to disbelieve that the target holds what the source held.

Knows `mappings` only, opens no connection, writes nothing.
"""

from __future__ import annotations

from verify.departures import Departures
from verify.differing import differing_keys
from verify.findings import Finding
from verify.keyed import NamedRow, check_named, check_named_rows
from verify.levels import LEVELS, Level
from verify.ports import SourceConnection, TargetConnection
from verify.report import CounterSummary, LevelResult, Report
from verify.rows import Declared
from verify.runner import sharing, verify_plan

__all__ = [
    "LEVELS",
    "CounterSummary",
    "Declared",
    "Departures",
    "Finding",
    "Level",
    "LevelResult",
    "NamedRow",
    "Report",
    "SourceConnection",
    "TargetConnection",
    "check_named",
    "check_named_rows",
    "differing_keys",
    "sharing",
    "verify_plan",
]
