"""Counters after the cutover: triggers that keep them true, and the proof and repair of them."""

from __future__ import annotations

from migrate.triggers.check import CounterState, check_counters
from migrate.triggers.counted import counted_tables
from migrate.triggers.freeze import freeze
from migrate.triggers.frozen import FrozenParent
from migrate.triggers.installed import missing_triggers
from migrate.triggers.rebuild import rebuild_counters

__all__ = [
    "CounterState",
    "FrozenParent",
    "check_counters",
    "counted_tables",
    "freeze",
    "missing_triggers",
    "rebuild_counters",
]
