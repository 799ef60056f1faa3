"""The order of findings: worst first, lost rows first of those, then by count and by name."""

from __future__ import annotations

from collections.abc import Iterable

from verify.reports.document import STATES, Finding

__all__ = ["in_order"]


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings as every rendering lists them."""
    return tuple(
        sorted(
            findings,
            key=lambda f: (
                STATES.index(f.state), f.level != "rejected", -f.count,
                f.table, f.level, f.code, f.column,
            ),
        )
    )  # fmt: skip
