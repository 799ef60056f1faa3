"""`python -m benchmarks [MEASURE …] [--rows N]`: measure, print, write benchmarks/latest.json."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.bench import Bench
from benchmarks.machine import machine, versions
from benchmarks.measures import MEASURES
from benchmarks.results import Result
from migrate.servers import PrivateServers, ServerError

ROWS = 2_000_000
LATEST = Path(__file__).resolve().parent / "latest.json"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the measures named, or all; returns 1 when one of them failed."""
    options = _parser().parse_args(argv)
    try:
        servers = PrivateServers(tcp=True, memory=options.memory)
    except ServerError as error:
        print(error, file=sys.stderr)
        return 1
    with servers:
        about = {
            "rows": options.rows,
            "pairs": options.pairs,
            "server_memory": options.memory,
            "machine": machine(),
            "versions": versions(servers),
        }
        print(_headline(about), flush=True)
        bench = Bench(servers=servers, rows=options.rows, pairs=options.pairs)
        results, failures = _measure(bench, options.measures or list(MEASURES))
    figures = {name: value for result in results.values() for name, value in result.figures.items()}
    details = {name: result.details for name, result in results.items()}
    report = figures | about | {"details": details, "failures": failures}
    options.json.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    print(f"\nwritten to {options.json}")
    return 1 if failures else 0


def _measure(bench: Bench, names: Sequence[str]) -> tuple[dict[str, Result], dict[str, str]]:
    """Every measure in the order of the list; one that fails does not keep the others from it."""
    results, failures = {}, {}
    for name in (name for name in MEASURES if name in names):
        _, measure = MEASURES[name]
        try:
            results[name] = measure(bench)
        except Exception as error:
            failures[name] = f"{type(error).__name__}: {error}"
            print(f"\n{name}: failed, got {failures[name]}", flush=True)
        else:
            print(results[name].render(), flush=True)
    return results, failures


def _headline(about: dict[str, Any]) -> str:
    where, what = about["machine"], about["versions"]
    return (
        f"{where['cores']} cores of {where['processor']}, {where['memory_gb']} GB,"
        f" {where['system']}\n"
        f"delamp {what['delamp']}, Python {what['python']}, Django {what['django']},"
        f" MariaDB {what['mariadb']}, PostgreSQL {what['postgres']}\n"
        f"{about['rows']:,} rows, {about['pairs']} pairs, servers with {about['server_memory']}"
        " buffers and default durability"
    )


def _parser() -> argparse.ArgumentParser:
    listing = "\n".join(f"  {name:10}{text}" for name, (text, _) in MEASURES.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=f"Measure delamp on private servers.\n\nmeasures:\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("measures", nargs="*", choices=[[], *MEASURES], metavar="MEASURE")
    rows = int(os.environ.get("ROWS") or ROWS)
    parser.add_argument("--rows", type=int, default=rows, help="default: ROWS, or %(default)s")
    parser.add_argument("--pairs", type=int, default=3, help="of timings (default: %(default)s)")
    parser.add_argument("--memory", default="512M", help="buffers of each server (%(default)s)")
    parser.add_argument("--json", type=Path, default=LATEST, help="default: %(default)s")
    return parser


if __name__ == "__main__":
    sys.exit(main())
