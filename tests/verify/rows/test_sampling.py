"""Every row is as likely to be in the sample as any other, whatever the key."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import pytest

from migrate.catalogue_reader import read_catalogue
from tests.verify.conftest import Moved
from tests.verify.legacy import MAPPINGS, ROWS
from verify import Declared, Departures
from verify.levels import SAMPLE
from verify.rows.check import check_rows
from verify.rows.columns import rows_of
from verify.rows.declared import Fillings
from verify.rows.sampling import by_chance, few_rows, sampled
from verify.rows.source_rows import Row, SourceRows

SIZE = 12
DRAWS = 400


def reading(moved: Moved, name: str) -> SourceRows:
    declared = Declared(mappings=MAPPINGS, catalogue=read_catalogue(moved.sources[0]))
    table = moved.table(name)
    fillings = Fillings.find(declared, table)
    assert fillings is not None
    return SourceRows(rows_of(declared, table, fillings, "default"))


def draw(rows: SourceRows, moved: Moved, seed: int) -> list[Row]:
    dice, connection = random.Random(seed), moved.sources[0]
    if not rows.key:
        return list(by_chance(rows, connection, SIZE, dice))
    return [row for batch in sampled(rows, connection, SIZE, dice) for row in batch]


@pytest.fixture(params=["integers", "gaps", "wide gaps", "composite", "text", "asked", "none"])
def source_rows(
    request: pytest.FixtureRequest, moved: Moved, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SourceRows]:
    if request.param == "asked":
        # From one position to the next, as in a table so large that its keys are not all read.
        monkeypatch.setattr("verify.rows.sampling._READ_ALONG", 0)
    name = {
        "composite": "PairingMapping",
        "text": "NamedMapping",
        "asked": "PairingMapping",
        "none": "LooseMapping",
    }
    if request.param == "gaps":
        moved.legacy("UPDATE parent SET id = id + 50 WHERE id > 5 ORDER BY id DESC")
    if request.param == "wide gaps":
        moved.legacy("UPDATE parent SET id = id * id * id * 1000 ORDER BY id DESC")
    yield reading(moved, name.get(request.param, "ParentMapping"))


def test_every_row_is_as_likely_as_any_other(moved: Moved, source_rows: SourceRows) -> None:
    seen: Counter[Row] = Counter()
    for seed in range(DRAWS):
        drawn = draw(source_rows, moved, seed)
        assert len(drawn) == SIZE
        seen.update(drawn)
    # Some rows of the table without a key are alike.
    alike = Counter(source_rows.stream(moved.sources[0]))
    expected = DRAWS * SIZE / ROWS
    assert seen.keys() == alike.keys()
    for row, times in seen.items():
        assert expected * 0.55 < times / alike[row] < expected * 1.5, row


def test_the_same_seed_draws_the_same_rows(moved: Moved, source_rows: SourceRows) -> None:
    first, again, other = (draw(source_rows, moved, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_no_row_is_drawn_twice(moved: Moved) -> None:
    for seed in range(20):
        drawn = draw(reading(moved, "ParentMapping"), moved, seed)
        assert len(set(drawn)) == SIZE


def test_sample_finds_damage_to_one_row_in_a_thousand() -> None:
    assert 0.99 < 1 - (1 - 0.001) ** SAMPLE < 0.99001


def test_sample_finds_what_is_in_it_and_says_how_many_it_has_read(moved: Moved) -> None:
    declared = Declared(mappings=MAPPINGS, catalogue=read_catalogue(moved.sources[0]))
    moved.target("UPDATE tests_verify_parent SET name = name || 'x'")
    table, source = moved.table("ParentMapping"), moved.sources[0]
    found = [
        check_rows(declared, table, source, Departures(), using="default", seed=seed, size=SIZE)
        for seed in (1, 1, 2)
    ]
    keys = [[f.key for f in result.findings] for result in found]
    assert [result.chunks for result in found] == [SIZE] * 3
    assert [len(k) for k in keys] == [SIZE] * 3
    assert keys[0] == keys[1] != keys[2]


def test_small_table_is_read_whole(moved: Moved) -> None:
    rows = reading(moved, "ParentMapping")
    assert few_rows(rows, moved.sources[0], ROWS)
    assert not few_rows(rows, moved.sources[0], ROWS - 1)
