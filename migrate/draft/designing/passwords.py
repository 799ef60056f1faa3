"""What the hashes of passwords need to be verified."""

from __future__ import annotations

import re
from collections.abc import Mapping

from migrate.draft.designing.plan import Drafted

__all__ = ["hash_packages"]

_NEEDED = {
    "bcrypt": re.compile(r"(\$wp)?\$2[abxy]?\$"),
    "argon2-cffi": re.compile(r"\$argon2"),
}
"""By the name to install a package by: how the hashes begin that it verifies."""


def hash_packages(models: Mapping[str, Drafted]) -> tuple[str, ...]:
    """Packages for the hashes among the values that were seen."""
    seen = [
        value
        for drafted in models.values()
        for one in drafted.columns
        if one.answer is not None
        and one.answer.password
        and (evidence := drafted.facts.seen(one.column)) is not None
        for value in (*evidence.examples, *(evidence.values or ()))
    ]
    return tuple(
        package for package, begins in _NEEDED.items() if any(begins.match(v) for v in seen)
    )
