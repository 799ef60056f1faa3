"""Memory that stays as it is: a follower runs for weeks."""

from __future__ import annotations

import ctypes
import gc
import time

__all__ = ["Sweeper", "keep_the_heap_whole"]

_SECONDS = 30.0
_LARGE_BYTES = 65536
_M_MMAP_THRESHOLD = -3
"""Of glibc's malloc.h."""


def keep_the_heap_whole() -> None:
    """Have this process's large blocks of memory come from the system, and go back to it.

    Statements and results of a batch are that large, each of another size: by itself, glibc soon
    takes them from the heap, and what is left free between smaller blocks grows by some MB an hour.
    Does nothing where there is no glibc.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)


class Sweeper:
    """Collects garbage, at most twice a minute."""

    def __init__(self) -> None:
        self._swept = 0.0

    def sweep(self) -> None:
        """Collect, if that was long ago: by itself, Python does once a quarter of all is new."""
        now = time.monotonic()
        if now - self._swept > _SECONDS:
            gc.collect()
            self._swept = now
