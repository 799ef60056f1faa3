"""What the compiler makes of joins, lists, pairs and discriminators, without a server."""

from __future__ import annotations

import copy
import pickle
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace

import pytest

from mappings import Column, Constant, Join, Reject
from mappings.catalogue import Catalogue, SourceTable
from mappings.compiler import compile_plan
from mappings.compiler.listed import _numbers
from mappings.gathering import Row, Whole, is_cut, pairs, whole_rows
from mappings.keys import KeyColumn
from mappings.sqltext import SourceName, source_column
from tests.mappings.test_compiler import CATALOGUE, INT, TEAM, TEAM_META, column, make, problems

JOINED = {**TEAM, "name": Column("more.title")}
MORE = SourceTable(
    name="more",
    columns=(
        column("team", "int", **INT),
        column("title", "varchar", max_chars=150, charset="utf8mb4", nullable=False),
    ),
    uniques=(("team",),),
    engine="InnoDB",
)


def with_more(more: SourceTable = MORE) -> Catalogue:
    return replace(CATALOGUE, tables={**CATALOGUE.tables, "more": more})


def joined_fingerprint(more: SourceTable) -> str:
    meta = {**TEAM_META, "joins": {"more": Join("more", on={"team": "id"})}}
    return compile_plan([make("M", JOINED, meta)], with_more(more)).tables[0].fingerprint


def test_the_fingerprint_covers_the_joined_tables() -> None:
    wider = column("title", "varchar", max_chars=150, charset="latin1", nullable=False)
    other = replace(MORE, columns=(MORE.columns[0], wider))
    assert joined_fingerprint(MORE) == joined_fingerprint(replace(MORE))
    assert joined_fingerprint(MORE) != joined_fingerprint(other)


def test_a_joined_column_may_always_be_null_and_is_no_column_of_the_row_itself() -> None:
    meta = {**TEAM_META, "joins": {"more": Join("more", on={"team": "id"})}}
    table = compile_plan([make("M", JOINED, meta)], with_more()).tables[0]
    (name,) = [c for c in table.columns if c.name == "name"]
    assert "`more`.`title` IS NULL" in " ".join(r.sql for r in name.refusals)
    assert "s.`more" not in name.copy + name.raw
    assert table.source.relation == "`teams` s LEFT JOIN `more` `more` ON `more`.`team` = s.`id`"
    assert table.source.own == "`teams` s"


def test_the_name_of_a_joined_column_survives_copies() -> None:
    name = SourceName("a.b", "`a`.`b`")
    for twin in (copy.deepcopy(name), pickle.loads(pickle.dumps(name))):
        assert (twin, source_column(twin)) == ("a.b", "`a`.`b`")
    assert source_column("a.b") == "s.`a.b`"


def test_rows_are_owned_by_a_value_that_is_quoted() -> None:
    team = {"id": Column("id"), "name": Constant("it's\t\\")}
    meta = {**TEAM_META, "discriminator": "name"}
    (table,) = compile_plan([make("M", team, meta)], CATALOGUE).tables
    assert table.owns == "t.\"name\" = 'it''s\t\\'"
    assert table.target_rows == f'FROM "auth_group" t WHERE {table.owns}'


def test_two_mappings_without_a_discriminator_are_refused() -> None:
    found = problems(make("A", TEAM, TEAM_META), make("B", TEAM, TEAM_META))
    assert [problem.code for problem in found] == ["mappings.E006"]


RAW = b"3:6b31,76;6b32,7e3b;6b33,~;"


def test_pairs_are_read_as_they_were() -> None:
    assert list(pairs(RAW)) == [(b"k1", b"v"), (b"k2", b"~;"), (b"k3", None)]
    assert list(pairs(b"0:")) == []


@pytest.mark.parametrize("length", range(len(RAW)))
def test_a_value_cut_anywhere_is_seen(length: int) -> None:
    assert is_cut(RAW[:length])
    with pytest.raises(Reject, match="longer"):
        list(pairs(RAW[:length]))


def test_a_value_that_became_null_is_seen() -> None:
    assert is_cut(None)
    assert not is_cut(RAW)
    # A single value over max_allowed_packet is NULL, and left out of the aggregate.
    assert is_cut(b"2:6b31,76;")


def test_rows_with_a_cut_value_come_last_and_whole_and_are_held_without_it() -> None:
    whole = Whole(link=KeyColumn(name="id", kind="int"), query="pairs of {link}", fingerprint="x")
    long = b"9:" + b"6b,76;" * 200_000

    def stream(sql: str) -> Iterator[Row]:
        if sql == "rows":
            for _ in range(6):
                yield (b"7", bytes(bytearray(long)), b"7")
            yield (b"8", RAW, b"8")
        else:
            assert sql == "pairs of 7"
            yield from [(b"k", b"v"), (b"k", None)]

    tracemalloc.start()
    found = list(whole_rows(stream, "rows", [(1, whole, 2)]))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == [(b"8", RAW, b"8")] + [(b"7", b"2:6b,76;6b,~;", b"7")] * 6
    assert peak < 4 * len(long)


@pytest.mark.parametrize("last", [1, 9, 10, 13, 100, 101])
def test_numbers_have_digits_enough(last: int) -> None:
    sql = _numbers(last)
    assert sql.count("SELECT 0 AS d") == len(str(last))
    assert sql.endswith(f"<= {last}")
