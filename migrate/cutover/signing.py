"""The sign-off of a cutover: `delamp report`'s document, with its hash in the ledger."""

from __future__ import annotations

import hashlib

from migrate.cutover.context import Context
from migrate.signoff import signoff, write_with_hash
from migrate.signoff.files import as_text

__all__ = ["sign_off"]


def sign_off(context: Context) -> None:
    """Write the sign-off to the file that was asked for, and its hash to the ledger. Commits."""
    # In the pause, nothing is done that grows with the database.
    slow = context.too_slow_to_count(context.slow_counts)
    text = as_text(signoff(context.ledger, show_values=False, reckoned=slow))
    digest = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
    context.report["signoff"] = {"sha256": digest}
    if context.options.signoff_file is not None:
        write_with_hash(context.options.signoff_file, text)
        context.report["signoff"]["file"] = context.options.signoff_file.name
        context.tell(f"sign-off written to {context.options.signoff_file}")
    context.report["warnings"] = list(context.warnings)
    context.record.write(report=context.report)
