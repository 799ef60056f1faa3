"""The hash of one row by which a load is proved, alike on both sides, and sums of such hashes.

A row's hash is made of the canonical texts of its mapped columns: first those that the source's SQL
can make, then those that only Python makes, bound to the former by being hashed together with their
hash. Hashes of rows are added up, so that no order of rows is needed, rows that leave can be
subtracted, and equal rows do not cancel out.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from mappings.compiler.frames import NULL
from mappings.plan import ColumnPlan, TablePlan
from mappings.sqltext import copy_escape, my_bytes, pg_name

__all__ = ["DIGEST", "FORM", "ProofForm", "RowSum", "sums_sql"]

FORM = 1
"""Version of what a hash is made of; stored with every proof."""

DIGEST = 16
"""Bytes of a row's hash: 128 bits."""

_HALF = 1 << 64


@dataclass(frozen=True)
class RowSum:
    """Hashes of so many rows, added up in two halves of 64 bits, each modulo 2^64."""

    rows: int = 0
    high: int = 0
    low: int = 0

    @classmethod
    def of(cls, digests: bytes) -> RowSum:
        """The sum of digests that stand side by side."""
        halves = struct.unpack(f">{len(digests) // 8}Q", digests)
        return cls(len(halves) // 2, sum(halves[::2]) % _HALF, sum(halves[1::2]) % _HALF)

    @classmethod
    def parse(cls, text: str, rows: int) -> RowSum:
        """What `hex` wrote, of so many rows."""
        return cls(rows, int(text[:16], 16), int(text[16:], 16))

    @property
    def hex(self) -> str:
        return f"{self.high:016x}{self.low:016x}"

    def __add__(self, other: RowSum) -> RowSum:
        return RowSum(
            self.rows + other.rows,
            (self.high + other.high) % _HALF,
            (self.low + other.low) % _HALF,
        )

    def __sub__(self, other: RowSum) -> RowSum:
        return self + RowSum(-other.rows, -other.high, -other.low)


def sums_sql(digest: str) -> str:
    """PostgreSQL select list: rows and both sums of hashes, which `RowSum` takes modulo 2^64."""
    halves = (f"left({digest}, 16)", f"right({digest}, 16)")
    sums = (f"coalesce(sum(('x' || {half})::bit(64)::bigint), 0)" for half in halves)
    return f"count(*), {', '.join(sums)}"


class ProofForm:
    """How the rows of one table plan are hashed: by MySQL, by PostgreSQL and by Python."""

    def __init__(self, table: TablePlan) -> None:
        self.table = table
        self.by_sql = tuple(c for c in table.verified if c.canonical_source is not None)
        self.by_python = tuple(c for c in table.verified if c.canonical_source is None)
        self._places = {column.name: n for n, column in enumerate(table.columns)}

    @property
    def ranged(self) -> bool:
        """Whether the target can tell which rows are in a range of the source's key.

        Integers that are never NULL sort alike on both sides; texts do not.
        """
        table = self.table
        if not table.key or not len(table.key) == len(table.source.key) == len(table.identity):
            return False
        nullable = [c.nullable for k in table.key if (c := table.source.column(k.name)) is not None]
        return all(column.kind == "int" for column in table.key) and not any(nullable)

    def source_digest(self) -> str:
        """MySQL: hex of the hash, as far as SQL can make it; NULL if a text cannot be made."""
        texts = (column.canonical_source or "NULL" for column in self.by_sql)
        return f"LEFT(SHA2(CONCAT({', '.join((my_bytes(b''), *texts))}), 256), {2 * DIGEST})"

    def guards(self) -> tuple[str, ...]:
        """MySQL predicates: rows that only Python can hash, beside those that the plan guards.

        Doubles that are written with an exponent: of these, in a few cases in ten thousand, MySQL
        chooses other digits than PostgreSQL.
        """
        return tuple(
            f"LOCATE('e', {column.canonical_source})"
            for column in self.by_sql
            if column.sources and column.field.base == "double precision"
        )

    def further_fields(self) -> tuple[str, ...]:
        """MySQL: what a COPY line has beyond its columns when Python makes a part of the hash.

        The digest of the rest, and the raw values that the line does not hold anyway.
        """
        if not self.by_python:
            return ()
        raws = (
            f"IF(({c.raw}) IS NULL, 0x5C4E, {copy_escape(c.raw)})"
            for c in self.by_python
            if not c.python_tier
        )
        return (self.source_digest(), *raws)

    def raw_fields(self) -> list[tuple[int, ColumnPlan]]:
        """Of each column that Python hashes: in which field of such a line its raw value is."""
        found = []
        further = len(self.table.columns) + 1
        for column in self.by_python:
            if column.python_tier:
                found.append((self._places[column.name], column))
            else:
                found.append((further, column))
                further += 1
        return found

    def bound(self, digest: bytes, frames: Sequence[bytes]) -> bytes:
        """The row's hash from the hex of `source_digest` and the frames that Python made."""
        if not self.by_python:
            return bytes.fromhex(digest.decode())
        return hashlib.sha256(digest + b"".join(frames)).digest()[:DIGEST]

    def digest(self, raws: Sequence[bytes | None], nulled: Collection[str] = ()) -> bytes:
        """The row's hash by Python alone, from the raw values of all columns of the plan.

        `nulled` are fields that the target holds as NULL. Raises what a step raises.
        """
        return self._hashed(lambda c, n: c.python(raws[n]), nulled)

    def digest_of_values(self, values: Sequence[Any]) -> bytes:
        """The hash of a row as psycopg2 read it, all columns of the plan in their order."""
        return self._hashed(lambda column, n: _read(values[n]), ())

    def _hashed(self, value: Callable[[ColumnPlan, int], Any], nulled: Collection[str]) -> bytes:
        def frame(column: ColumnPlan) -> bytes:
            if column.name in nulled:
                return NULL
            return column.canonical(value(column, self._places[column.name]))

        text = b"".join(map(frame, self.by_sql))
        digest = hashlib.sha256(text).hexdigest()[: 2 * DIGEST].encode()
        return self.bound(digest, list(map(frame, self.by_python)))

    def target_digest(self, nulled: Collection[str] = ()) -> str:
        """PostgreSQL over `t`: hex of the row's hash, `nulled` fields taken as NULL."""

        def text(columns: Sequence[ColumnPlan]) -> str:
            frames = ("'~,'" if c.name in nulled else c.canonical_target for c in columns)
            return " || ".join(frames) or "''"

        digest = _pg_digest(text(self.by_sql))
        if not self.by_python:
            return digest
        return _pg_digest(f"{digest} || {text(self.by_python)}")

    def target_key(self) -> list[str]:
        """PostgreSQL over `t`: the columns that hold the source's key."""
        return [f"t.{pg_name(column.column)}" for column in self.table.identity]


def _pg_digest(text: str) -> str:
    return f"left(encode(sha256(convert_to({text}, 'UTF8')), 'hex'), {2 * DIGEST})"


def _read(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value
