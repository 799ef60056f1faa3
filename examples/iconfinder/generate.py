"""Make the legacy database: `python -m examples.iconfinder.generate --url mysql://… --rows N`."""

from __future__ import annotations

import argparse
import os
import sys
import time

from examples.iconfinder.legacy import Facts, facts, generate

__all__ = ["main"]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m examples.iconfinder.generate", description=__doc__
    )
    parser.add_argument("--url", default=os.environ.get("LEGACY_URL"), help="default: LEGACY_URL")
    parser.add_argument("--rows", type=int, default=1_050_000, help="10,000 to 100,000,000")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--facts", action="store_true", help="only print what would be planted")
    options = parser.parse_args(argv)
    if not options.url and not options.facts:
        parser.error("--url or LEGACY_URL: missing, got nothing (expected mysql://…)")
    started = time.monotonic()
    try:
        if options.facts:
            print(listing(facts(options.rows, options.seed)))
            return 0
        planted = generate(options.url, options.rows, options.seed)
    except ValueError as error:
        parser.error(str(error))
    seconds = time.monotonic() - started
    print(listing(planted))
    print(f"{options.rows:,} rows in {seconds:.1f} s, {options.rows / seconds:,.0f} rows/s")
    return 0


def listing(planted: Facts) -> str:
    """The facts as two Markdown tables, as in the README of the example."""
    lines = ["| table | rows |", "| --- | ---: |"]
    lines += [f"| {name} | {count:,} |" for name, count in planted.rows.items()]
    lines += ["", "| where | ill | rows |", "| --- | --- | ---: |"]
    for name, count in planted.ills.items():
        where, _, kind = name.partition(": ")
        lines.append(f"| `{where}` | {kind} | {count:,} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
