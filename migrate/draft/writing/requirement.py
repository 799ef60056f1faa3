"""What a drafted project requires: delamp, from where the one that drafts came."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, distribution

__all__ = ["requirement"]


def requirement(extra: str = "") -> str:
    """delamp as a dependency (PEP 508), by its address when it was not installed from an index.

    PEP 610: an installer writes down where a distribution came from, when that was named directly.
    """
    name = f"delamp[{extra}]" if extra else "delamp"
    try:
        origin = json.loads(distribution("delamp").read_text("direct_url.json") or "{}")
    except PackageNotFoundError:
        origin = {}
    address = origin.get("url")
    if not address:
        return name
    vcs = origin.get("vcs_info")
    if vcs:
        address = f"{vcs['vcs']}+{address}@{vcs['commit_id']}"
    return f"{name} @ {address}"
