"""Names fit into PostgreSQL, stay the same, and stay apart."""

from __future__ import annotations

import pytest

from migrate.triggers.names import (
    child_function,
    child_trigger,
    keep_function,
    new_function,
    short,
)

LONG = "a_table_with_a_name_that_takes_all_of_the_letters_that_there_are"


@pytest.mark.parametrize(
    "name",
    [
        child_function(LONG, LONG),
        child_trigger(LONG, "ins"),
        keep_function(LONG),
        new_function("ø" * 60),
        child_function("short", "names"),
    ],
)
def test_a_name_fits(name: str) -> None:
    assert len(name.encode()) <= 63


def test_a_name_is_the_same_in_every_version() -> None:
    assert child_function("shop_icon", "shop_maker") == "delamp_count_shop_icon_shop_maker"
    name = "delamp_a_table_with_a_name_that_takes_all_of_the_l_d12d72a9_ins"
    assert child_trigger(LONG, "ins") == name


def test_names_that_differ_at_their_end_stay_apart() -> None:
    assert short(f"{LONG}_one") != short(f"{LONG}_two")
    assert len({child_trigger(LONG, event) for event in ("ins", "upd", "del", "trn")}) == 4
