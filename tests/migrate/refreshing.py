"""Changes a shop's source and refreshes its target, case by case: run in the shop's folder.

Each line of stdin is a case as JSON (`statements`, `wanted`, `check`), each line of stdout what
came of it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django


def main() -> None:
    sys.path.insert(0, ".")
    django.setup()
    from migrate.config import load_config
    from migrate.ledger import Ledger
    from migrate.planning import compile_for
    from migrate.refresh import Refresher, Wanted
    from migrate.source import Source
    from migrate.target import Target
    from migrate.verification import run_verify
    from verify import LEVELS

    config = load_config()
    target, source = Target(config.database), Source(config.source)
    ledger = Ledger(target)
    plan, _ = compile_for(config, source, ledger)
    refresher = Refresher(plan, ledger, source, using=config.target)

    def problems() -> list[str]:
        """Findings, and totals that are not those of the source."""
        report = run_verify(config, tables=(), levels=LEVELS)
        found = [str(f) for f in report.findings]
        for totals in ledger.table_totals([t.name for t in plan.tables]):
            rows = int(source.value(f"SELECT COUNT(*) FROM {totals.source}") or 0)
            parts = totals.loaded + totals.rejected + totals.skipped
            if not rows == totals.extracted == parts:
                found.append(f"{totals} of {rows} rows")
        return found

    for line in sys.stdin:
        case: dict[str, Any] = json.loads(line)
        for statement in case["statements"]:
            source.rows(statement)
        wanted = {
            f"{name.capitalize()}Mapping": Wanted(identities={tuple(row) for row in rows})
            for name, rows in case["wanted"].items()
        }
        done = vars(refresher.refresh(wanted))
        said: dict[str, Any] = {n: dict(v) for n, v in done.items() if n != "counters"}
        said["problems"] = problems() if case["check"] else []
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
