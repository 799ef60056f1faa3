"""The Python tier: fields of COPY lines that SQL cannot make, finished block by block.

A block is split, the raw value of each such column goes through decode, steps, conversion and
encode, and the block is joined again. With processes, blocks are finished in worker processes
forked before the first thread starts, since a plan holds functions and cannot be pickled.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from typing import TypeVar

from mappings.plan import ColumnPlan, TablePlan
from mappings.sqltext import unescape_bytes

__all__ = ["NULL", "BlockRefused", "PythonTier", "finish_block", "finisher"]

_T = TypeVar("_T")
_R = TypeVar("_R")

NULL = b"\\N"
"""A raw value in a block that is NULL."""
_REMEMBERED = 4096
"""Distinct values per column and block whose result is kept: a value that repeats is made once."""

_PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that a process gets when the one that made it ends."""

_tables: Mapping[str, TablePlan] = {}


class BlockRefused(Exception):
    """Some row of a block was refused or a step failed: its rows must go one by one."""


def finish_block(table: TablePlan, block: bytes) -> bytes:
    """Return the block with the fields of all Python-tier columns finished.

    Raises `BlockRefused` when any row of it is refused; which one is found row by row.
    """
    numbers = [n for n, column in enumerate(table.columns) if column.python_tier]
    # Fields before the first such column stay together, in one piece.
    before = max(numbers[0] - 1, 0)
    tiers = [(n - before, finisher(table.columns[n])) for n in numbers]
    cuts = len(table.columns) - 1 - before
    lines = block.split(b"\n")
    lines.pop()
    for at, line in enumerate(lines):
        fields = line.rsplit(b"\t", cuts)
        for n, finish in tiers:
            fields[n] = finish(fields[n])
        lines[at] = b"\t".join(fields)
    lines.append(b"")
    return b"\n".join(lines)


def finisher(column: ColumnPlan) -> Callable[[bytes], bytes]:
    """Raw field of a COPY line -> finished field."""
    finish_value = column.finish

    def finish(raw: bytes) -> bytes:
        try:
            return finish_value(None if raw == NULL else unescape_bytes(raw))
        except Exception as error:
            # Any failure, a user's step included, only sends the rows the slow way, where the
            # one at fault is refused by name.
            raise BlockRefused(column.where) from error

    if not column.sources:
        return finish
    remembered: dict[bytes, bytes] = {}

    def finish_once(raw: bytes) -> bytes:
        found = remembered.get(raw)
        if found is None:
            found = finish(raw)
            if len(remembered) < _REMEMBERED and len(raw) < _REMEMBERED:
                remembered[raw] = found
        return found

    return finish_once


def _call_named(function: Callable[[TablePlan, _T], _R], name: str, given: _T) -> _R:
    return function(_tables[name], given)


def _finish_named(name: str, block: bytes) -> bytes:
    return finish_block(_tables[name], block)


def _begin_worker(parent: int, inherited: Sequence[int]) -> None:
    """What a worker process does first.

    Ctrl-C is for the parent, which finishes its chunk and then ends the workers. A parent that is
    killed can end nothing: the kernel ends them then. And they let go of the parent's connections,
    or PostgreSQL would take a run for alive whose process is gone.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for descriptor in inherited:
        with contextlib.suppress(OSError):
            os.close(descriptor)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


class PythonTier:
    """Does the work of Python here, or in `processes` worker processes when there are several.

    Make it before any thread is started, and close it at the end. `inherited` are descriptors of
    connections that are open by then, which the workers close on their side. `every`: also of
    tables without a Python-tier column.
    """

    def __init__(
        self,
        tables: Sequence[TablePlan],
        processes: int,
        inherited: Sequence[int] = (),
        *,
        every: bool = False,
    ) -> None:
        global _tables
        self._pool: ProcessPoolExecutor | None = None
        needed = {table.name: table for table in tables if every or table.python_tier}
        if needed and processes > 1:
            _tables = needed
            self._pool = ProcessPoolExecutor(
                processes,
                mp_context=multiprocessing.get_context("fork"),
                initializer=_begin_worker,
                initargs=(os.getpid(), tuple(inherited)),
            )
            self._pool.submit(int).result()

    def submit(self, table: TablePlan, block: bytes) -> Callable[[], bytes]:
        """Start finishing a block; the function returned gives it, or raises `BlockRefused`."""
        if self._pool is None:
            return lambda: finish_block(table, block)
        future: Future[bytes] = self._pool.submit(_finish_named, table.name, block)
        return future.result

    def call(
        self, function: Callable[[TablePlan, _T], _R], table: TablePlan, given: _T
    ) -> Callable[[], _R]:
        """Start a module's function on a table and what can be pickled; returned: its result."""
        if self._pool is None:
            result = function(table, given)
            return lambda: result
        return self._pool.submit(_call_named, function, table.name, given).result

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
