"""Traps in how servers build long values: whatever is cut short or turns NULL is noticed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from mappings import Column, ModelMapping
from mappings.base import forget
from mappings.compiler import compile_plan
from mappings.keys import KeyRange
from mappings.plan import TablePlan
from migrate.catalogue_reader import read_catalogue
from migrate.extract.blocks import BlockReader
from migrate.extract.ranges import DoneChunk, NumberedRange, Ranges
from migrate.servers import MariaDB
from migrate.source import Source
from migrate.urls import parse_source_url


@pytest.fixture
def small_packets() -> Iterator[MariaDB]:
    """A server that takes packets of 1 MB at most, the default of the oldest ones."""
    with MariaDB(relaxed=True, options=["--max-allowed-packet=1M"]) as server:
        yield server


@pytest.fixture
def plan() -> Iterator[Callable[[Source], TablePlan]]:
    """Compile a mapping of table `t` (id, name) onto Django's own groups."""

    class GroupMapping(ModelMapping):
        id = Column("id")
        name = Column("name")

        class Meta:
            source = "t"
            model = "auth.Group"

    forget(GroupMapping)
    yield lambda source: compile_plan([GroupMapping], read_catalogue(source)).tables[0]


def read(reader: BlockReader, rows: KeyRange) -> tuple[int, list[bytes]]:
    """Source rows and COPY lines of a range."""
    pieces = list(reader.pieces(rows))
    lines = b"".join(piece.block for piece in pieces).splitlines()
    return sum(piece.extracted for piece in pieces), lines


@pytest.mark.parametrize("limit", [1024, 1029, 1033, 4096])
def test_a_block_cut_short_anywhere_is_never_taken(
    source_db: str, plan: Callable[[Source], TablePlan], limit: int
) -> None:
    source = Source(parse_source_url(source_db))
    source.rows("CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(60) NOT NULL)")
    source.rows("INSERT INTO t SELECT seq, REPEAT('x', seq % 50) FROM seq_1_to_2000")
    reader = BlockReader(plan(source), source)
    source.rows(f"SET SESSION group_concat_max_len = {limit}")
    extracted, lines = read(reader, KeyRange())
    assert extracted == 2000
    expected = [b"%d\t%b" % (n, b"x" * (n % 50)) for n in range(1, 2001)]
    assert sorted(lines) == sorted(expected)
    source.close()


def test_a_line_that_the_server_cannot_build_goes_by_python(
    small_packets: MariaDB, plan: Callable[[Source], TablePlan]
) -> None:
    # Each backslash doubles: 600 KB of them pass a packet of 1 MB, their COPY text does not.
    url = small_packets.create_database("shop")
    source = Source(parse_source_url(url))
    assert source.block_bytes == 256 * 1024
    source.rows("CREATE TABLE t (id INT PRIMARY KEY, name TEXT NOT NULL) CHARSET latin1")
    source.rows("ALTER TABLE t MODIFY name VARCHAR(60000) NOT NULL")
    source.rows("INSERT INTO t SELECT seq, REPEAT(CHAR(92), 60000) FROM seq_1_to_12")
    reader = BlockReader(plan(source), source)
    extracted, _ = read(reader, KeyRange())
    assert extracted == 12
    source.close()


def test_a_session_that_a_proxy_has_changed_is_refused(source_db: str) -> None:
    source = Source(parse_source_url(source_db))
    source.rows("SET SESSION sql_mode = 'ANSI_QUOTES'")
    with pytest.raises(Exception, match="sql_mode did not take, got 'ANSI_QUOTES'"):
        source.require_session()
    source.close()


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        ([], [(0, None, (200,))]),
        ([(0, None, (5,)), (1, (5,), None)], []),
        ([(1, (5,), None)], [(0, None, (5,))]),
        ([(0, None, (5,)), (2, (9,), (12,))], [(1, (5,), (9,)), (3, (12,), None)]),
        ([(3, (9,), (12,))], [(0, None, (9,)), (4, (12,), None)]),
    ],
    ids=["nothing done", "all done", "first missing", "gap in the middle", "several in one gap"],
)
def test_a_resume_reads_exactly_the_ranges_that_are_not_in_the_ledger(
    source_db: str,
    plan: Callable[[Source], TablePlan],
    done: list[tuple[int, tuple[int] | None, tuple[int] | None]],
    expected: list[tuple[int, tuple[int] | None, tuple[int] | None]],
) -> None:
    source = Source(parse_source_url(source_db))
    source.rows("CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(60) NOT NULL)")
    source.rows("INSERT INTO t SELECT seq, '' FROM seq_1_to_20")
    if not done:
        source.rows("INSERT INTO t VALUES (1000, '')")
    chunks = [DoneChunk(ordinal=n, rows=KeyRange(after=a, until=u)) for n, a, u in done]
    ranges = Ranges(plan(source), 1 << 20, chunks)
    found: list[NumberedRange] = []
    while given := ranges.next(source):
        found.append(given)
    got = [(g.ordinal, g.rows.after, g.rows.until) for g in found]
    assert got[: len(expected)] == expected
    if done:
        assert len(got) == len(expected)
    source.close()
