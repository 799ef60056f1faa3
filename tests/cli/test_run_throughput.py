"""Rows over time, as the report of a run shows them."""

from __future__ import annotations

import datetime as dt

from migrate.cli.run_throughput import throughput

BEGUN = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


def after(*chunks: tuple[float, int]) -> list[tuple[dt.datetime, int]]:
    return [(BEGUN + dt.timedelta(seconds=seconds), rows) for seconds, rows in chunks]


def test_every_row_is_in_a_slice() -> None:
    found = throughput(BEGUN, after(*((n / 10, n) for n in range(1, 1001))))
    assert found is not None
    assert (len(found.rows), found.slice_seconds, found.pauses) == (80, 1.25, 0)
    assert sum(found.rows) == sum(range(1, 1001))
    assert found.rows[0] < found.rows[-1]


def test_few_chunks_have_few_slices() -> None:
    found = throughput(BEGUN, after((1, 10), (4, 30)))
    assert found is not None
    assert (found.rows, found.slice_seconds) == ((10, 30), 2.0)


def test_a_night_between_two_attempts_is_a_pause_and_no_slow_load() -> None:
    found = throughput(BEGUN, after((1, 10), (2, 10), (40_000, 10), (40_001, 10), (40_002, 10)))
    assert found is not None
    assert (found.pauses, found.slice_seconds * len(found.rows)) == (1, 4.0)
    assert sum(found.rows) == 50


def test_nothing_is_said_of_no_chunk_and_of_no_time() -> None:
    assert throughput(BEGUN, []) is None
    assert throughput(BEGUN, after((0, 5))) is None
    assert throughput(BEGUN, after((-3, 5))) is None, "the clocks of two machines differ"
