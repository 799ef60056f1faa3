"""An application's writers at work: run in the shop's folder, until stdin ends.

writing.py SEED F           own icons come, go and move, each with its makers' counters by F()
writing.py SEED triggers    the same; triggers count
"""

from __future__ import annotations

import itertools
import json
import random
import select
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import django


def main() -> None:
    sys.path.insert(0, ".")
    django.setup()
    from django.db import DatabaseError, connection, transaction

    seed = int(sys.argv[1])
    rng, done = random.Random(seed), Counter[str]()
    for number in itertools.count():
        if select.select([sys.stdin], [], [], 0.002)[0]:
            break
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                # A maker that PHP deletes and makes again between an icon's INSERT and the COMMIT
                # that looks for it would not count that icon (docs/counters.md).
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                change(rng, f"d{seed}-{number}", add if sys.argv[2] == "F" else nothing)
                # Others meet what is not committed yet.
                time.sleep(rng.random() / 50)
            done["committed"] += 1
        except DatabaseError as error:
            # A maker that is gone, or a deadlock: an application would say so, and try again.
            done[type(error).__name__] += 1
    print(json.dumps(done))


def change(rng: random.Random, name: str, add: Callable[[int, int, int], None]) -> None:
    """One transaction over the ORM."""
    from django.apps import apps

    icon: Any = apps.get_model("shop", "Icon")
    size, maker = rng.randint(1, 9), rng.randint(1, 12)
    # Locked: an icon that goes with its maker, and a maker that comes again, between reading the
    # icon and counting it, would be taken off what nobody has counted.
    mine = icon.objects.filter(pk__gt=1_000_000, slug__startswith=name.split("-")[0] + "-")
    own = mine.select_for_update()
    match rng.randrange(4):
        case 0:
            icon.objects.create(title=name, slug=name, maker_id=maker, size=size)
            add(maker, 1, size)
        case 1:
            add(maker, 1, size)
            icon.objects.create(title=name, slug=name, maker_id=maker, size=size)
        case 2:
            for found in own[:1]:
                found.delete()
                add(found.maker_id, -1, -found.size)
        case _:
            for found in own.order_by("-pk")[:2]:
                add(found.maker_id, -1, -found.size)
                mine.filter(pk=found.pk).update(maker_id=maker)
                add(maker, 1, found.size)


def nothing(maker: int, icons: int, weight: int) -> None:
    """Leave it to others."""


def add(maker: int, icons: int, weight: int) -> None:
    """Count as Django's documentation has it."""
    from django.apps import apps
    from django.db import IntegrityError
    from django.db.models import F

    model: Any = apps.get_model("shop", "Maker")
    found = model.objects.filter(pk=maker).update(
        icons_count=F("icons_count") + icons, weight=F("weight") + weight
    )
    if not found:
        # PHP may make it again before the icon is written, which then would not be counted.
        raise IntegrityError(f"maker {maker} is gone")


if __name__ == "__main__":
    main()
