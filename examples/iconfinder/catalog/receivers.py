"""What is kept in the cache of icon sets is forgotten when delamp has brought their rows over.

The cache is shared by all processes: delamp sends the signal in its own, after the commit.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.cache import cache
from django.dispatch import receiver

from catalog.models import Icon, IconSet
from migrate.signals import rows_changed

__all__ = ["summary"]


def summary(icon_set: int) -> str:
    """A line about a set, from the cache where it is known."""
    key = _key(icon_set)
    found: str | None = cache.get(key)
    if found is None:
        found = _made(icon_set)
        cache.set(key, found, timeout=None)
    return found


@receiver(rows_changed, sender=IconSet)
def sets_changed(
    inserted: list[int], updated: list[int], deleted: list[int], **kwargs: Any
) -> None:
    _forget([*inserted, *updated, *deleted])


@receiver(rows_changed, sender=Icon)
def icons_changed(inserted: list[int], updated: list[int], using: str, **kwargs: Any) -> None:
    """The set that an icon has left, or a deleted icon's, is told by its own counter."""
    icons = Icon.objects.using(using).filter(pk__in=[*inserted, *updated])
    _forget(icons.exclude(icon_set=None).values_list("icon_set", flat=True))


def _made(icon_set: int) -> str:
    found = IconSet.objects.get(pk=icon_set)
    names = found.icons.order_by("-pk").values_list("name", flat=True)[:3]
    return f"{found.title}: {found.icons_count} icons, {', '.join(names)}"


def _forget(icon_sets: Iterable[int]) -> None:
    cache.delete_many({_key(icon_set) for icon_set in icon_sets})


def _key(icon_set: int) -> str:
    return f"icon-set:{icon_set}"
