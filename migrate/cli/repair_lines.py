"""What `delamp verify --repair` says it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate.cli.words import counted
from verify.findings import INFORMATION
from verify.report import Report

if TYPE_CHECKING:
    from migrate.repair import Repaired

__all__ = ["repair_lines"]


def repair_lines(report: Report, repaired: Repaired) -> list[str]:
    """What was found, and what of it was repaired."""
    found = sum(n for kind, n in report.totals.items() if kind not in INFORMATION)
    lines = [f"repairing {counted(found, 'finding')}"]
    done = repaired.done
    for word, rows in (
        ("loaded", done.inserted),
        ("changed", done.updated),
        ("deleted", done.deleted),
        ("refused", done.refused),
    ):
        lines += [f"  {name}: {number:,} {word}" for name, number in sorted(rows.items()) if number]
    lines += [
        f"  {name}: counters of {counted(number, 'parent')} set anew"
        for name, number in repaired.counters.items()
    ]
    if repaired.extra:
        lines.append(
            f"  {counted(repaired.extra, 'row')} that the source does not have left as they are:"
            " --delete-extra deletes them"
        )
    lines += [f"  {name}: sequence set past the last key" for name in repaired.sequences]
    lines += [
        f"  {name}: rows without a key on both sides; `delamp run {name} --restart` loads it anew"
        for name in repaired.left
    ]
    lines += [
        f"  {name}: rows without a key left as they are; --delete-extra exchanges those that differ"
        for name in repaired.exchanged
    ]
    return lines
