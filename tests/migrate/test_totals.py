"""A run whose rows do not add up fails, whichever count tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group

from mappings.catalogue import SourceTable
from mappings.plan import TablePlan
from migrate.errors import RunError
from migrate.events import TableTotals
from migrate.ledger import Ledger
from migrate.resume import Work
from migrate.target import Target
from migrate.totals import check_totals
from tests.migrate.conftest import Shop
from tests.migrate.test_run import LEGACY, MAPPINGS, MODELS

GOOD = {"extracted": 7, "loaded": 3, "rejected": 4, "skipped": 0}


@pytest.mark.parametrize(
    ("changes", "counted", "message"),
    [
        ({}, 7, None),
        ({}, None, None),
        ({"rejected": 3}, 7, "got 7 extracted but 6 loaded, rejected or skipped"),
        ({}, 8, r"were not all read, got 7 \(expected 8, which is COUNT"),
        ({"loaded": 4, "rejected": 3}, 7, r"another number of rows than was loaded, got 3"),
    ],
    ids=["adds up", "not counted", "a row in no total", "a row never read", "a row not there"],
)
def test_totals_that_do_not_add_up_fail_the_run(
    shop: Callable[..., Shop],
    changes: dict[str, int],
    counted: int | None,
    message: str | None,
) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.delamp("run")
    name = made.target("SELECT current_database()")[0][0]
    host = made.target("SELECT current_setting('unix_socket_directories')")[0][0]
    target = Target({"NAME": name, "USER": "postgres", "HOST": host})
    work = Work(table=plan_of("shop_person"), record=None)
    totals = TableTotals(name="PersonMapping", source="people", target="x", **(GOOD | changes))
    try:
        if message is None:
            check_totals(Ledger(target), work, totals, counted)
        else:
            with pytest.raises(RunError, match=message):
                check_totals(Ledger(target), work, totals, counted)
    finally:
        target.close()


def plan_of(target: str) -> TablePlan:
    """A plan as far as totals ask it."""
    return TablePlan(
        name="PersonMapping",
        source=SourceTable(name="people", columns=(), engine="InnoDB"),
        where=None,
        model=Group,
        target=target,
        columns=(),
        key=(),
        identity=(),
        references=(),
        counters=(),
        existing="refuse",
        natural_key=(),
    )
