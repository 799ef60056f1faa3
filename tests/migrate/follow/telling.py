"""Tells a worker of changed rows, in two ways: run in the shop's folder, with a key's file.

telling.py worker            answers each key of stdin with what it finds
telling.py early|late|die    changes icon 50 of the source, refreshes it, tells a worker
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import django


def work() -> None:
    from django.apps import apps

    icon: Any = apps.get_model("shop", "Icon")
    for line in sys.stdin:
        try:
            print(icon.objects.get(pk=int(line)).slug, flush=True)
        except icon.DoesNotExist:
            print("DoesNotExist", flush=True)


def tell(way: str) -> None:
    from django.apps import apps

    from migrate.config import load_config
    from migrate.ledger import Ledger
    from migrate.planning import compile_for
    from migrate.refresh import Refresher, Wanted
    from migrate.signals import rows_changed
    from migrate.source import Source
    from migrate.target import Target

    worker = subprocess.Popen(
        [sys.executable, __file__, "worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def ask(key: int) -> None:
        assert worker.stdin is not None and worker.stdout is not None
        print(key, file=worker.stdin, flush=True)
        print(worker.stdout.readline().strip(), flush=True)

    def changed(sender: Any, inserted: list[int], updated: list[int], **kwargs: Any) -> None:
        if way == "die":
            os._exit(9)
        for key in [*inserted, *updated]:
            ask(key)

    def failing(sender: Any, **kwargs: Any) -> None:
        raise RuntimeError("a receiver's own mistake")

    icon: Any = apps.get_model("shop", "Icon")
    if way != "early":
        rows_changed.connect(failing, sender=icon)
        rows_changed.connect(changed, sender=icon)
    config = load_config()
    target, source = Target(config.database), Source(config.source)
    ledger = Ledger(target)
    plan, _ = compile_for(config, source, ledger)
    source.rows("INSERT IGNORE INTO icons VALUES (50, 'fifty', 'fifty', 1, 5)")
    early = (lambda target: ask(50)) if way == "early" else None
    refresher = Refresher(plan, ledger, source, using=config.target)
    refresher.refresh({"IconMapping": Wanted(identities={(50,)})}, also=early)
    worker.kill()


def main() -> None:
    sys.path.insert(0, ".")
    django.setup()
    if sys.argv[1] == "worker":
        work()
    else:
        tell(sys.argv[1])


if __name__ == "__main__":
    main()
