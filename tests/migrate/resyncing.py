"""Resyncs a shop, and runs statements on its source in the midst of it: run in the shop's folder.

`resyncing.py STRATEGY TABLE ROWS STATEMENT…`: once that many rows of the table were found. No
statement may have to wait. Prints what came of it, as JSON.
"""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

import django


def main(strategy: Any, name: str, enough: int, statements: list[str]) -> None:
    sys.path.insert(0, ".")
    django.setup()
    from migrate.config import load_config
    from migrate.errors import RunError
    from migrate.resync import resync
    from migrate.source import Source

    config, said, done = load_config(), "", False

    def midst(table: str, rows: int) -> None:
        nonlocal done
        if table == name and rows >= enough and not done:
            done = True
            source = Source(config.source)
            source.rows("SET SESSION lock_wait_timeout = 2")
            for statement in statements:
                source.rows(statement)
            source.close()

    changes = 0
    try:
        result = resync(config, (), stop=threading.Event(), progress=midst, strategy=strategy)
        changes = result.changes
    except RunError as error:
        said = error.message
    print(json.dumps({"said": said, "changes": changes, "done": done}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:])
