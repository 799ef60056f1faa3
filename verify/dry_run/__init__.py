"""The dry run: which rows a run would not load as they are, foretold without writing a byte."""

from __future__ import annotations

from verify.dry_run.report import LEVELS, DryRunReport, Rule, TableReport
from verify.dry_run.runner import DryRunOptions, dry_run
from verify.dry_run.tasks import Connections

__all__ = [
    "LEVELS",
    "Connections",
    "DryRunOptions",
    "DryRunReport",
    "Rule",
    "TableReport",
    "dry_run",
]
