"""Servers that cut answers short or connections off, and keys with holes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from mappings.base import ModelMapping, forget
from mappings.compiler import compile_plan
from mappings.keys import KeyRange
from migrate.catalogue_reader import read_catalogue
from migrate.errors import SourceError
from migrate.extract.blocks import BlockReader
from migrate.servers import MariaDB
from migrate.source import Source
from migrate.urls import parse_source_url
from tests.migrate.conftest import Shop


@pytest.fixture
def stingy() -> Iterator[Source]:
    """A hosting company's server: short waits, few rows, no large joins."""
    with MariaDB(relaxed=True, options=["--wait-timeout=1", "--max-join-size=10"]) as server:
        server.execute("SET GLOBAL sql_select_limit = 2")
        source = Source(parse_source_url(server.create_database("site")))
        yield source
        source.close()


def test_limits_of_the_server_on_idle_connections_and_answers_do_not_reach_delamp(
    stingy: Source,
) -> None:
    stingy.rows("CREATE TABLE t (a INT)")
    stingy.rows("INSERT INTO t SELECT seq FROM seq_1_to_100")
    time.sleep(2)
    assert len(list(stingy.stream("SELECT x.a FROM t x, t y"))) == 10_000


class GroupMapping(ModelMapping):
    class Meta:
        source = "t"
        model = "auth.Group"
        columns = "same-name"


forget(GroupMapping)


def test_rows_that_go_by_python_are_counted_too(source_db: str) -> None:
    source = Source(parse_source_url(source_db))
    source.rows("CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(600) NOT NULL)")
    source.rows("INSERT INTO t SELECT seq, REPEAT('x', 500) FROM seq_1_to_3")
    table = compile_plan([GroupMapping], read_catalogue(source)).tables[0]
    reader = BlockReader(table, source)
    assert sum(p.extracted for p in reader.pieces(KeyRange(), careful=True)) == 3
    source.rows("SET SESSION sql_select_limit = 2")
    with pytest.raises(SourceError, match=r"rows are missing, got 2 \(expected 3\)"):
        list(reader.pieces(KeyRange(), careful=True))


MODELS = """
    from django.db import models

    class Thing(models.Model):
        name = models.CharField(max_length=400)
"""
MAPPINGS = """
    from mappings import ModelMapping

    class ThingMapping(ModelMapping):
        class Meta:
            source, model, columns = "things", "shop.Thing", "same-name"
"""


def test_a_hole_in_the_keys_does_not_make_one_chunk_of_all_that_follows(
    shop: Callable[..., Shop],
) -> None:
    made = shop(
        MODELS,
        MAPPINGS,
        "CREATE TABLE things (id BIGINT PRIMARY KEY, name VARCHAR(40) NOT NULL)",
        "INSERT INTO things SELECT seq, seq FROM seq_1_to_1000",
        "INSERT INTO things SELECT 2000000000 + seq, REPEAT('x', 40) FROM seq_1_to_20000",
        "INSERT INTO things SELECT 9000000000000000000 + seq, 'y' FROM seq_1_to_1000",
    )
    made.project.environment["DELAMP_CHUNK_BYTES"] = "65536"
    made.delamp("run")
    assert made.totals("ThingMapping") == (22_000, 22_000, 0, 0)
    # The rows behind the hole are six times as wide as those before it.
    assert made.target("SELECT max(bytes) FROM delamp_chunk")[0][0] < 6 * 65536
    made.delamp("verify")


def test_a_table_of_refused_rows_is_cut_by_what_quarantine_holds_of_them(
    shop: Callable[..., Shop],
) -> None:
    made = shop(
        MODELS,
        MAPPINGS,
        "CREATE TABLE things (id INT PRIMARY KEY, name VARCHAR(500) NOT NULL)",
        "INSERT INTO things SELECT seq, REPEAT('x', 500) FROM seq_1_to_20000",
    )
    made.project.environment["DELAMP_CHUNK_BYTES"] = "262144"
    made.delamp("run", "--max-rejects", "20000")
    assert made.totals("ThingMapping") == (20_000, 0, 20_000, 0)
    assert made.target("SELECT max(rejected) < 2000 FROM delamp_chunk") == [(True,)]


@pytest.mark.slow
def test_many_kept_rows_are_listed_without_one_endless_predicate(
    shop: Callable[..., Shop],
) -> None:
    made = shop(
        MODELS,
        MAPPINGS + '            existing = "keep"\n',
        "CREATE TABLE things (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL)",
        "INSERT INTO things SELECT seq, 'x' FROM seq_1_to_40000",
    )
    made.target("INSERT INTO shop_thing (id, name) SELECT n, 'y' FROM generate_series(1, 40000) n")
    started = time.monotonic()
    made.delamp("run", "--max-rejects", "0")
    assert made.totals("ThingMapping") == (40_000, 0, 0, 40_000)
    assert time.monotonic() - started < 30
