"""Global transaction ids as MariaDB and as MySQL write them: the same place on any server.

MariaDB's position is the last transaction of each domain, `0-1-270,1-2-9`; MySQL's is the set of
all transactions ever, `3E11FA47-…:1-5:7,…`.
"""

from __future__ import annotations

import struct
import uuid
from typing import Any, Protocol, TypeAlias

__all__ = ["Gtid", "Gtids", "MariaGtids", "MySQLGtids", "read_gtids"]


MariaGtid: TypeAlias = tuple[int, int, int]
"""Domain, server, number."""
MySQLGtid: TypeAlias = tuple[uuid.UUID, int]
"""Server of origin, number."""
Gtid: TypeAlias = MariaGtid | MySQLGtid


class Gtids(Protocol):
    """What was read so far; grows by one transaction at a time."""

    def __init__(self, text: str = "") -> None: ...
    def add(self, gtid: Any) -> None: ...
    def __str__(self) -> str: ...


class MariaGtids:
    """The last transaction of each domain."""

    def __init__(self, text: str = "") -> None:
        self._last: dict[int, tuple[int, int]] = {}
        for part in filter(None, text.replace("\n", "").split(",")):
            domain, server, number = (int(n) for n in part.strip().split("-"))
            self._last[domain] = (server, number)

    def add(self, gtid: Any) -> None:
        domain, server, number = gtid
        self._last[domain] = (server, number)

    def __str__(self) -> str:
        return ",".join(f"{d}-{s}-{n}" for d, (s, n) in sorted(self._last.items()))


class MySQLGtids:
    """Intervals of transaction numbers, both ends included, for each server of origin.

    Raises ValueError for the tags of MySQL 8.3 and newer.
    """

    def __init__(self, text: str = "") -> None:
        self._sets: dict[uuid.UUID, list[list[int]]] = {}
        for part in filter(None, text.replace("\n", "").split(",")):
            origin, *intervals = part.strip().split(":")
            found = self._sets.setdefault(uuid.UUID(origin), [])
            for interval in intervals:
                first, _, last = interval.partition("-")
                found.append([int(first), int(last or first)])
            found.sort()

    def add(self, gtid: Any) -> None:
        origin, number = gtid
        intervals = self._sets.setdefault(origin, [])
        if intervals and intervals[-1][1] + 1 == number:
            intervals[-1][1] = number
            return
        if any(first <= number <= last for first, last in intervals):
            return
        # Groups commit out of order; the gap is closed by those that come after.
        merged: list[list[int]] = []
        for first, last in sorted([*intervals, [number, number]]):
            if merged and merged[-1][1] + 1 >= first:
                merged[-1][1] = max(merged[-1][1], last)
            else:
                merged.append([first, last])
        self._sets[origin] = merged

    def __str__(self) -> str:
        return ",".join(
            ":".join(
                [str(origin), *(f"{a}-{b}" if a < b else f"{a}" for a, b in self._sets[origin])]
            )
            for origin in sorted(self._sets)
        )

    def encode(self) -> bytes:
        """As COM_BINLOG_DUMP_GTID takes it: there an interval ends before its last number."""
        parts = [struct.pack("<Q", len(self._sets))]
        for origin, intervals in sorted(self._sets.items()):
            parts += [origin.bytes, struct.pack("<Q", len(intervals))]
            parts += [struct.pack("<QQ", first, last + 1) for first, last in intervals]
        return b"".join(parts)


def read_gtids(text: str, *, mariadb: bool) -> Gtids | None:
    """The position that a text says; None where it says none, or one with tags."""
    if not text:
        return None
    try:
        return MariaGtids(text) if mariadb else MySQLGtids(text)
    except ValueError:
        return None
