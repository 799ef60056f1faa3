"""Which tables and views of the source are drafted: shell globs to take and to leave out."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from mappings.catalogue import Catalogue
from mappings.errors import nearest
from migrate.errors import ConfigError

__all__ = ["chosen_tables"]


def chosen_tables(
    catalogue: Catalogue, tables: Sequence[str] = (), exclude: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the names that match one of `tables` (all when empty) and none of `exclude`, sorted.

    A pattern that is itself a table's name means that table, whatever signs it holds; else it is
    a shell glob, compared without regard to case. Raises `ConfigError` for a pattern that
    matches nothing, and when nothing is left.
    """
    known = sorted(catalogue.tables)
    wanted = _matching(known, tables, "--tables", catalogue) if tables else set(known)
    unwanted = _matching(known, exclude, "--exclude", catalogue)
    chosen = tuple(name for name in known if name in wanted - unwanted)
    if not chosen:
        raise ConfigError(
            f"database {catalogue.database!r}: no table to draft,"
            f" got {len(known)} in all, {len(wanted & unwanted)} of them left out",
            hint="name another database in the URL, or leave out less",
        )
    return chosen


def _matching(
    known: Sequence[str], patterns: Sequence[str], option: str, catalogue: Catalogue
) -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        if pattern in catalogue.tables:
            matches = {pattern}
        else:
            folded = pattern.lower()
            matches = {name for name in known if fnmatchcase(name.lower(), folded)}
        if not matches:
            raise ConfigError(
                f"{option}: no table of database {catalogue.database!r}, got {pattern!r}",
                hint=nearest(pattern, known) or "list the tables with SHOW TABLES",
            )
        found |= matches
    return found
