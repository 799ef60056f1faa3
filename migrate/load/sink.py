"""Where the lines of a chunk go: straight into the table, or by way of a staging table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mappings.plan import TablePlan
from mappings.sqltext import pg_name
from migrate.target import Target

__all__ = ["DirectSink", "Sink", "Stored"]


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What became of the lines of one COPY."""

    loaded: int
    skipped: int = 0
    """Rows left out by policy: a repeated pair, or a row that was there already and is kept."""
    kept: tuple[tuple[object, ...], ...] = ()
    """Identities of those of them whose existing row was kept."""
    repeated: tuple[tuple[object, ...], ...] = ()
    """Values of those of them that a row before had already."""
    digests: bytes = b""
    """Hashes of all lines sent, where they came one by one and a proof is asked for."""


class Sink:
    """Takes lines inside an open transaction of `target`."""

    def store(self, target: Target, pieces: Iterable[bytes]) -> Stored:
        raise NotImplementedError


class DirectSink(Sink):
    """COPY straight into the table."""

    def __init__(self, table: TablePlan) -> None:
        columns = ", ".join(pg_name(column.column) for column in table.columns)
        self._copy = f"COPY {pg_name(table.target)} ({columns}) FROM STDIN"

    def store(self, target: Target, pieces: Iterable[bytes]) -> Stored:
        return Stored(loaded=target.copy(self._copy, pieces))
