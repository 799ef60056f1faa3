"""Brings a table without a key in step, while its source is written: in a shop's folder.

`tearing.py WHEN TABLE STATEMENT…`: the statements come between a comparison's two looks at the
source ("midst"), or between it and what is written ("after"). Prints what was found, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import django


def main(when: str, name: str, statements: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
    sys.path.insert(0, ".")
    django.setup()
    from migrate.config import load_config
    from migrate.follow.passes import Finder
    from migrate.ledger import Ledger
    from migrate.planning import compile_for
    from migrate.refresh import Refresher, Unmatched
    from migrate.source import Source
    from migrate.target import Target
    from verify import nameless

    config, looks = load_config(), 0
    target, source = Target(config.database), Source(config.source)
    plan, _ = compile_for(config, source, Ledger(target))
    table = plan.table(name)
    assert table is not None
    look = nameless.leftovers

    def write() -> None:
        for statement in statements:
            source.rows(statement)

    def between(*arguments: Any) -> Any:
        nonlocal looks
        looks += 1
        if when == "midst":
            write()
        return look(*arguments)

    nameless.leftovers = between  # type: ignore[attr-defined]
    finder = Finder(config, table, ())
    found = finder.next(60)
    assert isinstance(found, Unmatched)
    if when == "after":
        write()
        refresher = Refresher(plan, Ledger(target), source, using=config.target)
        assert refresher.bring_in_step(table, found, source=finder.source) is not None
    finder.close()
    said = {"looks": looks, "lost_anew": found.lost_anew, "extra": len(found.extra)}
    print(json.dumps(said | {"notes": sorted((row[2] or b"").decode() for row in found.missing)}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
