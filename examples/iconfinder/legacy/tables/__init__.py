"""The tables, in the order in which they are generated."""

from __future__ import annotations

from examples.iconfinder.legacy.tables import (
    categories,
    comments,
    downloads,
    favourites,
    icon_sets,
    icon_tags,
    icons,
    purchases,
    settings,
    tags,
    users,
)

__all__ = ["TABLES"]

TABLES = (
    users.TABLE,
    icon_sets.TABLE,
    categories.TABLE,
    icons.TABLE,
    tags.TABLE,
    icon_tags.TABLE,
    downloads.TABLE,
    purchases.TABLE,
    comments.TABLE,
    favourites.TABLE,
    settings.TABLE,
)
