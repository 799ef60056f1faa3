"""One worker: a reader thread ahead of a COPY, over the chunks that are still to do.

The reader pulls blocks from its source connection while the worker sends the block before to
PostgreSQL; a short queue between them bounds the memory.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mappings.plan import TablePlan
from migrate.errors import DelampError
from migrate.extract.blocks import BlockReader, Piece
from migrate.extract.ranges import NumberedRange
from migrate.extract.rowwise import RefusedRow
from migrate.ledger import Ledger
from migrate.load.chunk import ChunkPlace, ChunkResult, Tally, load_pieces, load_row_by_row
from migrate.load.tasks import Task, Tasks
from migrate.proving import Proven, prove_block
from migrate.python_tier import BlockRefused, PythonTier
from migrate.source import Source
from migrate.target import Target, TargetRefused

__all__ = ["Loaded", "Worker"]

_AHEAD = 1
"""Blocks read ahead of the COPY, beside the one being read and the one being sent."""

_RETRIES = 5
"""Of a chunk whose transaction PostgreSQL ended to break a deadlock."""


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A chunk that is committed."""

    task: Task
    result: ChunkResult


@dataclass(frozen=True, kw_only=True)
class _Part:
    """What the reader hands over: a block to finish, or (None) the end of the chunk."""

    task: Task
    given: NumberedRange
    finish: Callable[[], Proven] | None = None
    extracted: int = 0
    refused: tuple[RefusedRow, ...] = ()


class Worker:
    """Loads chunks until there are no more, or `stop` is set, or something fails."""

    def __init__(
        self, source: Source, target: Target, tasks: Tasks, tier: PythonTier, stop: threading.Event
    ) -> None:
        self._source = source
        self._ledger = Ledger(target)
        self._tasks = tasks
        self._tier = tier
        self._stop = stop
        self._parts: queue.Queue[_Part | BaseException | None] = queue.Queue(_AHEAD)
        self._abandoned = threading.Event()
        self._unended = 0
        """Chunks handed over whole, of which the reader knows no end yet."""
        self._ended = threading.Semaphore(0)

    def run(self, loaded: Callable[[Loaded], None]) -> None:
        """Load chunks and report each after its commit. Raises what the reader or a load raised."""
        reader = threading.Thread(target=self._read, name="delamp-reader", daemon=True)
        reader.start()
        try:
            while (part := self._take()) is not None:
                result = self._load(part)
                self._ended.release()
                loaded(result)
        finally:
            self._abandoned.set()
            while reader.is_alive():
                self._drain()
                reader.join(0.05)

    def _read(self) -> None:
        try:
            while not self._stop.is_set() and not self._abandoned.is_set():
                task = self._tasks.next(self._source)
                if task is None:
                    break
                self._read_chunk(*task)
            self._put(None)
        except BaseException as error:
            self._put(error)

    def _read_chunk(self, task: Task, given: NumberedRange) -> None:
        reader = BlockReader(
            task.table, self._source, before_stream=self._wait_for_the_worker, form=task.form
        )
        rows = size = 0
        for piece in reader.pieces(given.rows, careful=task.careful):
            rows += piece.extracted
            # What is refused is held until the chunk is committed, as what is loaded is not.
            size += len(piece.block) + sum(row.size for row in piece.refused)
            self._put(_Part(
                task=task, given=given, finish=self._finish(task, piece),
                extracted=piece.extracted, refused=piece.refused,
            ))  # fmt: skip
            if self._abandoned.is_set():
                return
        task.ranges.feed_back(given, rows, size)
        self._put(_Part(task=task, given=given))
        self._unended += 1

    def _finish(self, task: Task, piece: Piece) -> Callable[[], Proven]:
        """Start what Python has to do on a piece; the function returned waits for its end."""
        if not piece.finished and task.form is not None and task.form.by_python:
            return _started(self._tier, task.table, piece.block)
        if piece.finished or not task.table.python_tier:
            return lambda: (piece.block, piece.digests)
        lines = self._tier.submit(task.table, piece.block)
        return lambda: (lines(), piece.digests)

    def _wait_for_the_worker(self) -> None:
        """Until every chunk before this one is committed, or the worker has given up.

        A stream holds the connection, and the worker may need it to end the chunk before: were
        the reader to stream already, it would wait for room in the queue, and neither go on.
        """
        while self._unended and not self._abandoned.is_set():
            if self._ended.acquire(timeout=0.2):
                self._unended -= 1

    def _load(self, first: _Part) -> Loaded:
        task, given = first.task, first.given
        chunk = ChunkPlace(
            table=task.table,
            table_id=task.table_id,
            given=given,
            sink=task.sink,
            reader=BlockReader(task.table, self._source, form=task.form),
        )
        lines = _Lines(first, self._take)
        try:
            result = load_pieces(self._ledger, chunk, lines, lines.tally)
        except (TargetRefused, BlockRefused) as error:
            if isinstance(error, TargetRefused) and not (error.about_data or error.deadlock):
                raise
            lines.drain()
            deadlock = isinstance(error, TargetRefused) and error.deadlock
            if not deadlock:
                # From here on the table's rows are asked first what the target would refuse.
                task.careful = True
            result = self._again(chunk, alone=deadlock)
        task.done(result)
        return Loaded(task=task, result=result)

    def _again(self, chunk: ChunkPlace, *, alone: bool) -> ChunkResult:
        for attempt in range(_RETRIES):
            try:
                return load_row_by_row(self._ledger, chunk, alone=alone or attempt > 0)
            except TargetRefused as error:
                if not error.deadlock or attempt == _RETRIES - 1:
                    raise
        raise AssertionError("unreachable")

    def _take(self) -> _Part | None:
        part = self._parts.get()
        if isinstance(part, DelampError):
            raise part
        if isinstance(part, BaseException):
            raise RuntimeError("internal error: the reader failed") from part
        return part

    def _put(self, part: _Part | BaseException | None) -> None:
        while not self._abandoned.is_set():
            try:
                self._parts.put(part, timeout=0.2)
                return
            except queue.Full:
                continue

    def _drain(self) -> None:
        while not self._parts.empty():
            self._parts.get_nowait()


def _started(tier: PythonTier, table: TablePlan, block: bytes) -> Callable[[], Proven]:
    try:
        return tier.call(prove_block, table, block)
    except BlockRefused as error:
        # Without worker processes it is done here and now, ahead of the one who asks.
        refused = error

    def refuse() -> Proven:
        raise refused

    return refuse


class _Lines:
    """The blocks of one chunk as COPY pulls them, counted as they pass."""

    def __init__(self, first: _Part, take: Callable[[], _Part | None]) -> None:
        self.tally = Tally()
        self._part: _Part | None = first
        self._take = take

    def __iter__(self) -> Iterator[bytes]:
        while (part := self._part) is not None and part.finish is not None:
            block, digests = part.finish()
            self.tally.add(block, part.extracted, part.refused, digests)
            if block:
                yield block
            self._part = self._take()

    def drain(self) -> None:
        """Pass over the rest of the chunk."""
        while self._part is not None and self._part.finish is not None:
            self._part = self._take()
