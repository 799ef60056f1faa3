"""Verifies a shop whose source a writer keeps on changing: run in the shop's folder.

While the first pause lasts, a resync brings the target in step. Prints the report as JSON.
"""

from __future__ import annotations

import json
import sys
import threading

import django


def main() -> None:
    sys.path.insert(0, ".")
    django.setup()
    from migrate.config import load_config
    from migrate.resync import resync
    from migrate.source import Source
    from migrate.target import Target
    from migrate.verification import run_verify
    from verify import LEVELS

    config, damage = load_config(), sys.argv[1]
    stop, pauses = threading.Event(), 0
    target = Target(config.database)

    def write() -> None:
        source = Source(config.source)
        n = 0
        while not stop.wait(0.005):
            n += 1
            source.rows(f"UPDATE icons SET size = {n} WHERE id = {100 + n % 20}")
            source.rows(f"INSERT INTO icons VALUES ({20_000 + n}, 'new {n}', 's{n}', 1, 1)")
            source.rows(f"DELETE FROM icons WHERE id = {19_990 + n}")
        source.close()

    def settle() -> None:
        nonlocal pauses
        pauses += 1
        resync(config, (), stop=threading.Event())
        # Damage that no change of PHP's has to do with stays, whoever follows.
        target.execute(damage)

    target.execute(damage)
    writer = threading.Thread(target=write)
    writer.start()
    try:
        report = run_verify(config, tables=(), levels=LEVELS, settle=settle)
    finally:
        stop.set()
        writer.join()
    print(json.dumps(report.to_json() | {"pauses": pauses}))


if __name__ == "__main__":
    main()
