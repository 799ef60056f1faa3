"""The sign-off: what the ledger keeps of a cutover, for whoever has to answer for it."""

from __future__ import annotations

from migrate.cutover.context import Context

__all__ = ["sign_off"]


def sign_off(context: Context) -> None:
    """Write what was checked and verified to the ledger. Commits."""
    context.report["warnings"] = list(context.warnings)
    context.record.write(report=context.report)
