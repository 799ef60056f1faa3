"""References between tables: declared ones, and those that names and rows tell of."""

from __future__ import annotations

from collections.abc import Mapping

from migrate.draft.designing.keys import Key
from migrate.draft.designing.plan import Relation
from migrate.draft.facts import Facts

__all__ = ["find_relations"]


def find_relations(
    facts: Facts, keys: Mapping[str, Key], prefix: str
) -> dict[str, dict[str, Relation]]:
    """Per table: its columns that refer to the key of another, or of their own, table."""
    return {}
