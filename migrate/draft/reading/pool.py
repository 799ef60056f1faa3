"""Work on tables shared out over the connections at hand, biggest first."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from migrate.source import Source

__all__ = ["Pool"]

Item = TypeVar("Item")
Result = TypeVar("Result")


class Pool:
    """One thread for each connection; each connection serves one statement at a time."""

    def __init__(
        self, sources: Sequence[Source], progress: Callable[[str, int, int], None]
    ) -> None:
        self._sources = sources
        self._progress = progress

    def map(
        self,
        what: str,
        work: Callable[[Source, Item], Result],
        items: Sequence[Item],
        *,
        weight: Callable[[Item], int] = lambda item: 0,
    ) -> list[Result]:
        """Return `work(connection, item)` of each item, in the order of the items.

        Progress is told in weights, to which each item adds one, so that it always moves. The
        first error ends it: what has not begun is not done, what has is waited for.
        """
        weights = [weight(item) + 1 for item in items]
        order = sorted(range(len(items)), key=lambda n: -weights[n])
        free: queue.SimpleQueue[Source] = queue.SimpleQueue()
        for source in self._sources:
            free.put(source)
        lock, done, failed = threading.Lock(), 0, threading.Event()
        results: dict[int, Result] = {}

        def one(number: int) -> None:
            nonlocal done
            if failed.is_set():
                return
            source = free.get()
            try:
                results[number] = work(source, items[number])
            except BaseException:
                failed.set()
                raise
            finally:
                free.put(source)
            with lock:
                done += weights[number]
                self._progress(what, done, sum(weights))

        self._progress(what, 0, sum(weights))
        with ThreadPoolExecutor(len(self._sources)) as threads:
            try:
                for future in [threads.submit(one, number) for number in order]:
                    future.result()
            except BaseException:
                failed.set()
                raise
        return [results[number] for number in range(len(items))]
