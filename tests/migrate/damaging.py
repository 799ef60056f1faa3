"""Damages a shop's target statement by statement, and asks its proofs: run in the shop's folder.

The argument is a file with a list of statements, stdout what came of each: (table, state, said).
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import django


def main() -> None:
    sys.path.insert(0, ".")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
    django.setup()
    from django.db import connection

    from migrate.config import load_config
    from migrate.stored import run_stored

    config = load_config(readers=1)
    found = []
    for statement in json.loads(Path(sys.argv[1]).read_text()):
        # The damage is committed, seen, and taken back from a copy of the tables.
        with connection.cursor() as cursor:
            for name in ("shop_hit", "shop_icon", "shop_word"):
                cursor.execute(f"DROP TABLE IF EXISTS kept_{name}")
                cursor.execute(f"CREATE TABLE kept_{name} AS TABLE {name}")
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(statement)
            report = run_stored(config, ())
            found.append(
                [[r.table, r.state, r.says] for r in report.results if r.state != "proven"]
            )
            for name in ("shop_hit", "shop_icon", "shop_word"):
                cursor.execute(f"DELETE FROM {name}")
                cursor.execute(f"INSERT INTO {name} OVERRIDING SYSTEM VALUE TABLE kept_{name}")
    assert all(r.state == "proven" for r in run_stored(config, ()).results)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
