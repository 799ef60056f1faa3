"""The Python tier by itself: `python -m benchmarks.tier ROWS`, in the measured project's settings.

Prints JSON: the rows of the blocks, and per number of processes the seconds of each pass over
them. The blocks are read before and thrown away after: no database is in the time.
"""

from __future__ import annotations

import json
import sys
import time

import django

__all__ = ["main"]

_PASSES = 3
_MAPPING = "IconWithMetaMapping"
_AT_ONCE = 4
"""Blocks handed to the worker processes before the first is asked back, as readers do."""


def main(rows: int) -> None:
    """Read blocks of `rows` rows, and finish all of them in one process and in two."""
    django.setup()
    # Models can be imported only now.
    from mappings.keys import KeyRange
    from migrate.config import load_config
    from migrate.extract.blocks import BlockReader
    from migrate.planning import compile_for
    from migrate.python_tier import PythonTier
    from migrate.source import Source

    config = load_config()
    source = Source(config.source, block_bytes=config.chunk_bytes)
    plan, _ = compile_for(config, source)
    table = plan.table(_MAPPING)
    if table is None:
        raise RuntimeError(f"no mapping is called {_MAPPING}")
    reader = BlockReader(table, source)
    pieces = reader.pieces(KeyRange(after=(0,), until=(rows,)))
    found = [piece for piece in pieces if not piece.finished]
    source.close()
    blocks = [piece.block for piece in found]
    seconds: dict[int, list[float]] = {}
    for processes in (1, 2):
        tier = PythonTier([table], processes)
        try:
            seconds[processes] = []
            for _ in range(_PASSES):
                started = time.monotonic()
                for first in range(0, len(blocks), _AT_ONCE):
                    waiting = [tier.submit(table, b) for b in blocks[first : first + _AT_ONCE]]
                    for finish in waiting:
                        finish()
                seconds[processes].append(time.monotonic() - started)
        finally:
            tier.close()
    print(json.dumps({"rows": sum(piece.extracted for piece in found), "seconds": seconds}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
