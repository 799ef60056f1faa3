"""Every type × every small change × place × kind of key: found, and named to the cell.

Each damage is done to a clean copy, looked for by counts, checksums and rows, and undone; nothing
but the damaged cell may be named. With `-s`, the number of cells is printed.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.verify.matrix.board import Board
from tests.verify.matrix.looking import Looker
from tests.verify.matrix.shapes import SHAPES
from tests.verify.matrix.values import KINDS, Kind, kind

PLACES = ("first", "middle", "last")
SAFEST = [each for each in KINDS if each.field == "safest"]
OTHERS = [each for each in KINDS if each.field != "safest"]
ROW_DAMAGES = 5
LEAST = (ROW_DAMAGES + 3) * len(PLACES) * len(SHAPES)
"""Cells of a type in its safest field: NULL, something for NULL and its own smallest change, and
the damages to rows, in every place under every kind of key."""
LEAST_OF_OTHERS = 2 * 3
QUICK = (
    *(kind(label) for label in ("BIGINT UNSIGNED", "DOUBLE", "TEXT", "SET", "DATETIME(6)")),
    *(kind("TEXT", "JSON"), kind("TIME(6)"), kind("VARBINARY(40)")),
)


def test_the_matrix_is_as_large_as_it_is_said_to_be() -> None:
    assert len(SAFEST) * LEAST + len(OTHERS) * LEAST_OF_OTHERS > 6_000


@pytest.mark.parametrize("kind", QUICK, ids=str)
def test_damage_is_named_to_the_cell_in_a_part_of_the_matrix(board: Board, kind: Kind) -> None:
    """The middle row under two kinds of key; the whole is in the slow tests."""
    looker = Looker(board)
    board.make([kind], ("keyed", "keyless"))
    for slot in board.of(kind):
        looker.clean(slot)
        looker.values(slot, "middle")
        looker.clean(slot)
    assert_found(looker, kind, 6)


@pytest.mark.parametrize("shape", SHAPES)
def test_damage_to_rows_is_named_whatever_the_key(board: Board, shape: str) -> None:
    looker = Looker(board)
    board.make([kind("INT")], [shape])
    for slot in board.of(kind("INT")):
        looker.rows(slot)
        looker.clean(slot)
    assert_found(looker, shape, ROW_DAMAGES * len(PLACES))


@pytest.mark.slow
@pytest.mark.parametrize("kind", SAFEST, ids=str)
def test_damage_is_named_to_the_cell(board: Board, kind: Kind) -> None:
    """In the field that takes every value of the type, under every kind of key."""
    looker = Looker(board)
    board.make([kind])
    for slot in board.of(kind):
        looker.clean(slot)
        looker.values(slot, *PLACES)
        looker.rows(slot)
        if slot.shape.name == "keyed":
            looker.hostile(slot)
        looker.clean(slot)
    assert_found(looker, kind, LEAST)


@pytest.mark.slow
@pytest.mark.parametrize("kind", OTHERS, ids=str)
def test_damage_is_named_to_the_cell_in_other_fields(board: Board, kind: Kind) -> None:
    """In every other field that takes the type, under a key and without one, in turning places."""
    looker = Looker(board)
    board.make([kind], ("keyed", "keyless"))
    for turn, slot in enumerate(board.of(kind)):
        looker.clean(slot)
        looker.values(slot, PLACES[(OTHERS.index(kind) + turn) % len(PLACES)])
        looker.clean(slot)
    assert_found(looker, kind, LEAST_OF_OTHERS)


@pytest.mark.slow
@pytest.mark.mysql56
@pytest.mark.parametrize("kind", [each for each in SAFEST if not each.row.mariadb_only], ids=str)
def test_damage_is_named_to_the_cell_on_mysql56(board56: Board, kind: Kind) -> None:
    looker = Looker(board56)
    board56.make([kind], ("keyed", "keyless"))
    for slot in board56.of(kind):
        looker.clean(slot)
        looker.values(slot, "middle")
        looker.hostile(slot)
        looker.clean(slot)
    assert_found(looker, kind, 6)


def assert_found(looker: Looker, what: object, least: int) -> None:
    print(f"{what}: {looker.cells} cells")
    bad: Sequence[str] = looker.bad
    assert not bad, "\n".join(bad[:40])
    assert looker.cells >= least, f"{looker.cells} cells only"
