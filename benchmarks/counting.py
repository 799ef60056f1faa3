"""Write children through the ORM: `python -m benchmarks.counting plain|trigger|signals`.

Prints seconds per write as JSON: the same creates, moves and deletes each time, counted by nothing,
by triggers, or by signal receivers as Django applications have them.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import django

_PARENTS = 50
_CHILDREN = 1_000
_BULK = 10_000


def main(way: str) -> None:
    django.setup()
    from django.db import connection

    from benchmarks.project.models import Author, Icon

    Author.objects.bulk_create(Author(id=n + 1, name="a") for n in range(_PARENTS))
    if way == "trigger":
        _install()
    elif way == "signals":
        _receive(Author, Icon)
    fields = _values(Icon)
    icons = [Icon(id=n + 1, author_id=n % _PARENTS + 1, **fields) for n in range(_CHILDREN)]
    taken = {
        "create": _each(lambda icon: icon.save(force_insert=True), icons),
        "move": _each(_move, icons),
        "delete": _each(lambda icon: icon.delete(), icons),
    }
    many = [Icon(id=n + 1, author_id=n % _PARENTS + 1, **fields) for n in range(_BULK)]
    started = time.perf_counter()
    Icon.objects.bulk_create(many)
    taken["bulk"] = (time.perf_counter() - started) / _BULK
    if way == "trigger":
        wrong = "SELECT count(*) FROM bench_author a WHERE icon_count <>"
        with connection.cursor() as cursor:
            cursor.execute(f"{wrong} (SELECT count(*) FROM bench_icon WHERE author_id = a.id)")
            assert cursor.fetchone() == (0,)
    print(json.dumps(taken))


def _each(write: Callable[[Any], object], icons: list[Any]) -> float:
    started = time.perf_counter()
    for icon in icons:
        write(icon)
    return (time.perf_counter() - started) / len(icons)


def _move(icon: Any) -> None:
    icon.author_id = icon.author_id % _PARENTS + 1
    icon.save(update_fields=["author"])


def _install() -> None:
    from django.db import connection

    from migrate.triggers import counted_tables, freeze
    from migrate.triggers.statements import install_statements

    with connection.cursor() as cursor:
        for table in counted_tables("default"):
            for statement in install_statements(freeze(table, "default")):
                cursor.execute(statement)


def _receive(author: Any, icon: Any) -> None:
    """What applications do: one UPDATE for each child that is saved or deleted, two for a move."""
    from django.db.models import F
    from django.db.models.signals import post_delete, post_init, post_save

    def count(pk: int, change: int) -> None:
        author.objects.filter(pk=pk).update(icon_count=F("icon_count") + change)

    def remember(instance: Any, **kwargs: Any) -> None:
        instance.counted_for = instance.author_id

    def saved(instance: Any, created: bool, **kwargs: Any) -> None:
        if created:
            count(instance.author_id, 1)
        elif instance.counted_for != instance.author_id:
            count(instance.counted_for, -1)
            count(instance.author_id, 1)
        instance.counted_for = instance.author_id

    def deleted(instance: Any, **kwargs: Any) -> None:
        count(instance.author_id, -1)

    post_init.connect(remember, sender=icon, weak=False)
    post_save.connect(saved, sender=icon, weak=False)
    post_delete.connect(deleted, sender=icon, weak=False)


def _values(model: Any) -> dict[str, Any]:
    """Something for every other field."""
    by_type: dict[str, Any] = {
        "DateTimeField": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        "DateField": dt.date(2026, 1, 1),
        "BooleanField": True,
        "CharField": "x",
        "TextField": "x",
    }
    return {
        field.name: by_type.get(field.get_internal_type(), 1)
        for field in model._meta.local_concrete_fields
        if not field.primary_key and field.name != "author"
    }


if __name__ == "__main__":
    main(sys.argv[1])
