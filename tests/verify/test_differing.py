"""`differing_keys` names what to load again, in the keys of both sides."""

from __future__ import annotations

import pytest

from tests.verify.conftest import Moved
from verify import Departures, differing_keys

LEFT, RIGHT = '"left"', '"right"'


@pytest.mark.parametrize(
    ("name", "table", "places", "expected"),
    [
        (
            "EverythingMapping",
            "everything",
            ["id = 10", "id = 20"],
            {((10,), (10,)), ((20,), None)},
        ),
        (
            "PairingMapping",
            "pairing",
            [f"{LEFT} = 1 AND {RIGHT} = 1000000000002", f"{LEFT} = 2 AND {RIGHT} = 1000000000004"],
            {((1, 10**12 + 2), (1, 10**12 + 2)), ((2, 10**12 + 4), None)},
        ),
        (
            "NamedMapping",
            "named",
            ["name = 'Åb2'", "name = 'ab1'"],
            {((b"\xc5b2".hex(),), ("Åb2",)), ((b"ab1".hex(),), None)},
        ),
    ],
)
def test_changed_and_lost_rows_are_named_by_both_keys(
    moved: Moved,
    name: str,
    table: str,
    places: list[str],
    expected: set[tuple[object, object]],
) -> None:
    column = "title" if table == "everything" else "first"
    moved.target(f"UPDATE tests_verify_{table} SET {column} = 'x' WHERE {places[0]}")
    moved.target(f"DELETE FROM tests_verify_{table} WHERE {places[1]}")
    source, target = moved.sources[0], moved.targets[0]
    found = differing_keys(moved.table(name), source, target, Departures())
    assert set(found) == expected


def test_row_that_only_the_target_holds_is_named_by_its_identity(moved: Moved) -> None:
    moved.legacy("DELETE FROM everything WHERE id = 33")
    source, target = moved.sources[0], moved.targets[0]
    found = differing_keys(moved.table("EverythingMapping"), source, target, Departures())
    assert list(found) == [(None, (33,))]


def test_rows_may_be_written_while_they_are_named(moved: Moved) -> None:
    """The load deletes what is named, over the same connection, before it asks for more."""
    moved.legacy("UPDATE everything SET title = 'new'")
    source, target = moved.sources[0], moved.targets[0]
    for key, identity in differing_keys(
        moved.table("EverythingMapping"), source, target, Departures()
    ):
        assert key is not None and identity is not None
        target.execute("DELETE FROM tests_verify_everything WHERE id = %s", identity)
    assert target.value("SELECT count(*) FROM tests_verify_everything") == 0


@pytest.mark.parametrize("name", ["LooseMapping", "LostMapping"])
def test_tables_without_identity_say_whether_anything_differs(moved: Moved, name: str) -> None:
    table = moved.table(name)
    source, target = moved.sources[0], moved.targets[0]
    assert list(differing_keys(table, source, target, Departures())) == []
    target.execute(f"DELETE FROM {table.target} WHERE first = 'f3'")
    assert list(differing_keys(table, source, target, Departures())) != []
