"""The connections that verify is handed: it opens none, and knows no driver.

A source session has `NAMES utf8mb4`, `sql_mode = ''`, `time_zone = '+00:00'` and
`group_concat_max_len` at twice `block_bytes`. A target session has `TimeZone = 'UTC'`,
`DateStyle = 'ISO'`, standard-conforming strings and UTF-8 as its client encoding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["Pair", "SourceConnection", "SourceRow", "TargetConnection"]

SourceRow = tuple[bytes | None, ...]


class SourceConnection(Protocol):
    """A session on the legacy server; values are the raw bytes of the text protocol.

    A statement that the server refuses raises an exception with the server's `number` for it; the
    session goes on. Any other exception means that it is lost.
    """

    block_bytes: int
    """Bytes to aim at in one GROUP_CONCAT, at most a quarter of max_allowed_packet."""

    def rows(self, sql: str) -> list[SourceRow]:
        """All rows of one statement."""

    def stream(self, sql: str) -> Iterator[SourceRow]:
        """The rows of one statement as they arrive."""


class TargetConnection(Protocol):
    """A session on PostgreSQL; `%` in the SQL is doubled only when there are parameters."""

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of one statement, as psycopg2 reads them."""


@dataclass(frozen=True)
class Pair:
    """One connection to each side, for one worker."""

    source: SourceConnection
    target: TargetConnection
